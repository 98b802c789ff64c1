#include "storage/blobs/index_codec.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace lazulite::blobs {
namespace {

namespace json = boost::json;

json::value parse(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // header values of clients are bytes
  return json::parse(json::string_view{text.data(), text.size()}, {}, options);
}

std::string text_of(const json::value& value) {
  return std::string{value.as_string().data(), value.as_string().size()};
}

std::string optional_text(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? std::string{} : text_of(*value);
}

void put_text(json::object& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

json::array pairs_to_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
  json::array out;
  for (const auto& [name, value] : pairs) out.push_back(json::array{json::value(name), json::value(value)});
  return out;
}

std::vector<std::pair<std::string, std::string>> pairs_from_json(const json::value& value) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& pair : value.as_array())
    out.emplace_back(text_of(pair.as_array().at(0)), text_of(pair.as_array().at(1)));
  return out;
}

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp from_micros(const json::value& value) {
  return Timestamp{std::chrono::microseconds{value.to_number<std::int64_t>()}};
}

json::object headers_to_json(const BlobHeaders& headers) {
  json::object out;
  put_text(out, "content_type", headers.content_type);
  put_text(out, "content_encoding", headers.content_encoding);
  put_text(out, "content_language", headers.content_language);
  put_text(out, "content_disposition", headers.content_disposition);
  put_text(out, "cache_control", headers.cache_control);
  put_text(out, "content_md5", headers.content_md5);
  if (!headers.metadata.empty()) out["metadata"] = pairs_to_json(headers.metadata);
  return out;
}

BlobHeaders headers_from_json(const json::object& object) {
  BlobHeaders out;
  out.content_type = optional_text(object, "content_type");
  out.content_encoding = optional_text(object, "content_encoding");
  out.content_language = optional_text(object, "content_language");
  out.content_disposition = optional_text(object, "content_disposition");
  out.cache_control = optional_text(object, "cache_control");
  out.content_md5 = optional_text(object, "content_md5");
  if (const auto* metadata = object.if_contains("metadata")) out.metadata = pairs_from_json(*metadata);
  return out;
}

constexpr std::string_view kCopyStatus[] = {"pending", "success", "failed", "aborted"};  // in the enum's order

json::object copy_to_json(const CopyState& copy) {
  json::object out{{"id", copy.id},
                   {"source", copy.source},
                   {"status", kCopyStatus[static_cast<std::size_t>(copy.status)]},
                   {"done", copy.done},
                   {"total", copy.total}};
  if (copy.completed) out["completed"] = micros(*copy.completed);
  put_text(out, "description", copy.description);
  return out;
}

CopyState copy_from_json(const json::object& object) {
  CopyState out;
  out.id = text_of(object.at("id"));
  out.source = text_of(object.at("source"));
  const auto* const status = std::find(std::begin(kCopyStatus), std::end(kCopyStatus), text_of(object.at("status")));
  if (status == std::end(kCopyStatus)) throw std::invalid_argument{"the status of a copy is unknown"};
  out.status = static_cast<CopyStatus>(status - std::begin(kCopyStatus));
  out.done = object.at("done").to_number<std::uint64_t>();
  out.total = object.at("total").to_number<std::uint64_t>();
  if (const auto* completed = object.if_contains("completed")) out.completed = from_micros(*completed);
  out.description = optional_text(object, "description");
  return out;
}

IndexRecord record_from_json(const json::object& object) {
  IndexRecord out;
  out.name = text_of(object.at("name"));
  out.data = text_of(object.at("data"));
  out.sequence = object.at("sequence").to_number<std::uint64_t>();
  out.properties.size = object.at("size").to_number<std::uint64_t>();
  out.properties.etag = text_of(object.at("etag"));
  out.properties.created = from_micros(object.at("created"));
  out.properties.last_modified = from_micros(object.at("last_modified"));
  out.properties.headers = headers_from_json(object.at("headers").as_object());
  if (const auto* copy = object.if_contains("copy")) out.properties.copy = copy_from_json(copy->as_object());
  return out;
}

std::optional<std::string> optional_part(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? std::nullopt : std::optional{text_of(*value)};
}

ContainerProperties container_from_json(const json::object& object) {
  ContainerProperties out;
  out.etag = text_of(object.at("etag"));
  out.last_modified = from_micros(object.at("last_modified"));
  out.public_access = optional_text(object, "public_access");
  out.metadata = pairs_from_json(object.at("metadata"));
  for (const auto& value : object.at("policies").as_array()) {
    const auto& policy = value.as_object();
    out.policies.push_back({text_of(policy.at("id")), optional_part(policy, "start"), optional_part(policy, "expiry"),
                            optional_part(policy, "permission")});
  }
  return out;
}

// Boost.JSON throws on anything that is not what was asked for; one place turns that into an Error.
template <class F>
auto guarded(const char* what, F&& decode) -> Result<decltype(decode())> {
  try {
    return decode();
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo, "{} is damaged: {}", what, error.what());
  }
}

}  // namespace

std::string encode_record(const IndexRecord& record) {
  const auto& properties = record.properties;
  json::object out{{"name", record.name},
                   {"data", record.data},
                   {"sequence", record.sequence},
                   {"size", properties.size},
                   {"etag", properties.etag},
                   {"created", micros(properties.created)},
                   {"last_modified", micros(properties.last_modified)},
                   {"headers", headers_to_json(properties.headers)}};
  if (properties.copy) out["copy"] = copy_to_json(*properties.copy);
  return json::serialize(out);
}

Result<IndexRecord> decode_record(std::string_view line) {
  return guarded("an index file", [&] { return record_from_json(parse(line).as_object()); });
}

std::string encode_blocks(const std::vector<BlockEntry>& blocks) {
  json::array out;
  for (const auto& block : blocks) out.push_back(json::array{json::value(block.id), json::value(block.size)});
  return json::serialize(out);
}

Result<std::vector<BlockEntry>> decode_blocks(std::string_view line) {
  return guarded("a block list", [&] {
    std::vector<BlockEntry> out;
    const auto value = parse(line);
    for (const auto& block : value.as_array()) {
      out.push_back({text_of(block.as_array().at(0)), block.as_array().at(1).to_number<std::uint64_t>()});
    }
    return out;
  });
}

std::string encode_container(const ContainerProperties& properties) {
  json::array policies;
  for (const auto& policy : properties.policies) {
    json::object out{{"id", policy.id}};
    if (policy.start) out["start"] = *policy.start;
    if (policy.expiry) out["expiry"] = *policy.expiry;
    if (policy.permission) out["permission"] = *policy.permission;
    policies.push_back(std::move(out));
  }
  json::object out{{"etag", properties.etag},
                   {"last_modified", micros(properties.last_modified)},
                   {"metadata", pairs_to_json(properties.metadata)},
                   {"policies", std::move(policies)}};
  put_text(out, "public_access", properties.public_access);
  return json::serialize(out);
}

Result<ContainerProperties> decode_container(std::string_view text) {
  return guarded("container.json", [&] { return container_from_json(parse(text).as_object()); });
}

}  // namespace lazulite::blobs
