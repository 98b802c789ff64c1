#include "server/auth/installation_secrets.hpp"

#include "schema/base/base64.hpp"
#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "storage/files/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <sys/stat.h>
#include <system_error>

namespace lazulite::auth {
namespace {

constexpr std::size_t kSwtKeyBytes = 32;
constexpr std::size_t kManagementKeyBytes = 32;
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

// `loss`: what is void without the file.
Error damaged(const std::filesystem::path& path, std::string_view why, std::string_view loss) {
  return fail(ErrorCode::kInvalidArgument, "{} is damaged ({}); restore it from a backup, or remove it to void {}",
              path.string(), why, loss);
}
constexpr std::string_view kTokens = "all tokens in use";
constexpr std::string_view kContentKeys = "all content keys";

template <std::size_t N>
Result<std::array<std::uint8_t, N>> load_random_key(const std::filesystem::path& path, std::string_view loss) {
  LAZULITE_TRY(const auto text, read_or_create(path, [] { return base64_encode(random_bytes(N)); }));
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != N) return damaged(path, fmt::format("not base64 of {} bytes", N), loss);
  std::array<std::uint8_t, N> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

Result<RsaKey> load_jwt_key(const std::filesystem::path& path) {
  LAZULITE_TRY(const auto pem, read_or_create(path, [] { return RsaKey::generate().to_pem(); }));
  auto key = RsaKey::from_pem(pem);
  if (!key) return damaged(path, key.error().message, kTokens);
  return key;
}

Result<CertifiedKey> load_protection_key(const std::filesystem::path& path) {
  constexpr std::string_view kCommonName = "Lazulite content key protection";
  LAZULITE_TRY(const auto pem, read_or_create(path, [&] { return CertifiedKey::generate(kCommonName).to_pem(); }));
  auto key = CertifiedKey::from_pem(pem);
  if (!key) return damaged(path, key.error().message, kContentKeys);
  return key;
}

Result<std::string> load_tenant_id(const std::filesystem::path& path) {
  LAZULITE_TRY(const auto text, read_or_create(path, [] { return Uuid::random().text(); }));
  const auto tenant = Uuid::parse(text);
  if (!tenant) return damaged(path, "not a GUID", kTokens);
  return tenant->text();
}

// Always the same for one installation.
std::string client_id_of_management(std::string_view tenant_id) {
  const auto digest = sha256(as_bytes(fmt::format("management of {}", tenant_id)));
  Uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return id.text();
}

}  // namespace

Result<InstallationSecrets> load_or_create_secrets(const std::filesystem::path& data_directory) {
  const auto directory = data_directory / "secrets";
  LAZULITE_CHECK(make_private_directory(directory));
  LAZULITE_TRY(const auto swt_key, load_random_key<kSwtKeyBytes>(directory / "swt.key", kTokens));
  LAZULITE_TRY(auto jwt_key, load_jwt_key(directory / "jwt-key.pem"));
  LAZULITE_TRY(auto tenant_id, load_tenant_id(directory / "tenant-id"));
  LAZULITE_TRY(auto protection_key, load_protection_key(directory / "protection-key.pem"));
  LAZULITE_TRY(const auto master_key, load_random_key<SealingKey{}.size()>(directory / "master.key", kContentKeys));
  LAZULITE_TRY(const auto management_key,
               load_random_key<kManagementKeyBytes>(directory / "management.key", "the management key"));
  auto management_client = client_id_of_management(tenant_id);
  return InstallationSecrets{{swt_key.begin(), swt_key.end()}, std::move(jwt_key), std::move(tenant_id),
                             std::move(protection_key),        master_key,         base64_encode(management_key),
                             std::move(management_client)};
}

Result<http::CertificateAuthority> load_or_create_authority(const std::filesystem::path& data_directory) {
  const auto directory = data_directory / "secrets";
  LAZULITE_CHECK(make_private_directory(directory));
  const auto path = directory / "tls-authority.pem";
  LAZULITE_TRY(const auto pem, read_or_create(path, [] { return http::CertificateAuthority::generate().to_pem(); }));
  auto authority = http::CertificateAuthority::from_pem(pem);
  if (!authority) return damaged(path, authority.error().message, "all certificates it has signed");
  return authority;
}

}  // namespace lazulite::auth
