#include "encoder/jobs/protected_configuration.hpp"

#include "encoder/processors/task_error.hpp"
#include "schema/base/base64.hpp"
#include "schema/base/cipher.hpp"
#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::encoder {
namespace {

template <class... Args>
Error cannot_decrypt(fmt::format_string<Args...> format, Args&&... args) {
  return fail_with(ErrorCode::kInvalidArgument, task_error::kParsingConfiguration,
                   "the Configuration cannot be decrypted: {}", fmt::format(format, std::forward<Args>(args)...));
}

Result<std::vector<std::uint8_t>> key_of(rows::Session& session, const std::string& account, const JobTask& task,
                                         const OpenContentKey& open_key) {
  const std::string id = task.encryption_key_id.value_or("");
  if (id.empty()) return cannot_decrypt("EncryptionKeyId is missing");
  LAZULITE_TRY(const auto row, rows::find<ContentKey>(session, account, id));
  if (!row) return cannot_decrypt("there is no content key '{}'", id);
  if (row->content_key_type != ContentKeyType::kConfigurationEncryption)
    return cannot_decrypt("the content key '{}' is not of the type ConfigurationEncryption", id);
  auto key = open_key ? open_key(account, *row) : fail(ErrorCode::kInternal, "this server opens no content keys");
  if (!key) return cannot_decrypt("{}", key.error().message);
  if (key->size() != 32) return cannot_decrypt("the content key '{}' has {} bytes instead of 32", id, key->size());
  return key;
}

}  // namespace

Result<std::string> clear_configuration(rows::Session& session, const std::string& account, const JobTask& task,
                                        const OpenContentKey& open_key) {
  const std::string configuration = task.configuration.value_or("");
  if ((task.options & kTaskProtectedConfiguration) == 0) return configuration;
  const std::string scheme = task.encryption_scheme.value_or("");
  if (scheme != "ConfigurationEncryption") return cannot_decrypt("the EncryptionScheme '{}' is not known", scheme);
  LAZULITE_TRY(const auto key, key_of(session, account, task, open_key));
  const auto vector = base64_decode(trim(task.initialization_vector.value_or("")));
  AesBlock block{};
  if (!vector || vector->size() != block.size())
    return cannot_decrypt("InitializationVector is not 16 bytes in base64");
  std::copy(vector->begin(), vector->end(), block.begin());
  const auto data = base64_decode(trim(configuration));
  if (!data || data->empty()) return cannot_decrypt("it is not base64");
  const auto clear = decrypt_aes_cbc(key, block, *data);
  if (!clear) return cannot_decrypt("{}", clear.error().message);
  return std::string{clear->begin(), clear->end()};
}

}  // namespace lazulite::encoder
