#include "server/auth/installation_secrets.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/files/file.hpp"

#include <cerrno>
#include <cstring>
#include <functional>
#include <sys/stat.h>
#include <system_error>

namespace lazulite::auth {
namespace {

constexpr std::size_t kSwtKeyBytes = 32;
constexpr std::uint64_t kMaxSecretFileBytes = 64U << 10U;

Result<void> make_private_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory.parent_path(), error);
  if (error) return fail(ErrorCode::kIo, "cannot create {}: {}", directory.parent_path().string(), error.message());
  if (::mkdir(directory.c_str(), 0700) == 0) return files::flush_directory(directory.parent_path());
  if (errno != EEXIST) return fail(ErrorCode::kIo, "cannot create {}: {}", directory.string(), std::strerror(errno));
  return {};
}

// The text of the file, without its last newline; written first when there is none.
Result<std::string> read_or_create(const std::filesystem::path& path, const std::function<std::string()>& create) {
  auto text = files::read_file(path, kMaxSecretFileBytes);
  if (text) return std::string{trim(*text)};
  if (text.error().code != ErrorCode::kNotFound) return text.error();
  const std::string made = create();
  LAZULITE_CHECK(files::write_file_durably(path, made + "\n", 0600));
  return made;
}

Error damaged(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument,
              "{} is damaged ({}); restore it from a backup, or remove it to void all tokens in use", path.string(),
              why);
}

}  // namespace

Result<InstallationSecrets> load_or_create_secrets(const std::filesystem::path& data_directory) {
  const auto directory = data_directory / "secrets";
  LAZULITE_CHECK(make_private_directory(directory));

  const auto swt_path = directory / "swt.key";
  LAZULITE_TRY(const auto swt_text, read_or_create(swt_path, [] { return base64_encode(random_bytes(kSwtKeyBytes)); }));
  auto swt_key = base64_decode(swt_text);
  if (!swt_key || swt_key->size() != kSwtKeyBytes) return damaged(swt_path, "not base64 of 32 bytes");

  const auto jwt_path = directory / "jwt-key.pem";
  LAZULITE_TRY(const auto pem, read_or_create(jwt_path, [] { return RsaKey::generate().to_pem(); }));
  auto jwt_key = RsaKey::from_pem(pem);
  if (!jwt_key) return damaged(jwt_path, jwt_key.error().message);

  const auto tenant_path = directory / "tenant-id";
  LAZULITE_TRY(const auto tenant_text, read_or_create(tenant_path, [] { return Uuid::random().text(); }));
  const auto tenant = Uuid::parse(tenant_text);
  if (!tenant) return damaged(tenant_path, "not a GUID");

  return InstallationSecrets{std::move(*swt_key), std::move(*jwt_key), tenant->text()};
}

Result<http::CertificateAuthority> load_or_create_authority(const std::filesystem::path& data_directory) {
  const auto directory = data_directory / "secrets";
  LAZULITE_CHECK(make_private_directory(directory));
  const auto path = directory / "tls-authority.pem";
  LAZULITE_TRY(const auto pem, read_or_create(path, [] { return http::CertificateAuthority::generate().to_pem(); }));
  auto authority = http::CertificateAuthority::from_pem(pem);
  if (!authority) return damaged(path, authority.error().message);
  return authority;
}

}  // namespace lazulite::auth
