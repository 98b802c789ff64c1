#include "server/api/read_requests.hpp"

#include "schema/base/text.hpp"
#include "schema/odata/edmx_writer.hpp"
#include "schema/odata/value_text.hpp"
#include "server/api/error_catalog.hpp"
#include "server/api/expand.hpp"
#include "server/api/list_rows.hpp"

namespace lazulite::api {
namespace {

using model::NavigationKind;
using odata::Payload;
using odata::TargetKind;

http::Response plain_text(std::string body, const char* version) {
  auto response = http::Response::text(kOk, "text/plain;charset=utf-8", std::move(body));
  response.headers.set("DataServiceVersion", version);
  return response;
}

// The same list from its next row on: $top counts down, $skip has been done.
std::string next_link(const ApiRequest& request, const odata::QueryOptions& options, const RowPage& page) {
  if (page.next_token.empty()) return {};
  const auto& target = request.target;
  std::string out = request.root;
  out +=
      target.root_key.empty() ? std::string{target.root->set_name} : odata::entity_path(*target.root, target.root_key);
  if (target.kind == TargetKind::kLinks) out += "/$links";
  if (target.navigation != nullptr) out += fmt::format("/{}", target.navigation->name);
  const char* separator = "?";
  const auto add = [&](std::string_view name, std::string_view value) {
    out += fmt::format("{}{}={}", separator, percent_encode(name, "$"), percent_encode(value));
    separator = "&";
  };
  for (const auto& [name, value] : request.options) {
    if (name != "$skip" && name != "$skiptoken" && name != "$top") add(name, value);
  }
  if (options.top) add("$top", std::to_string(*options.top - static_cast<std::int64_t>(page.records.size())));
  add("$skiptoken", page.next_token);
  return out;
}

// Counts and next links came with version 2.0 (api.md 1.5: the lowest version able to carry the payload).
void raise_version(http::Response& response, const odata::FeedExtras& extras) {
  const bool needs_2 = extras.count || !extras.next_link.empty();
  if (needs_2 && response.headers.get("DataServiceVersion") == "1.0;")
    response.headers.set("DataServiceVersion", "2.0;");
}

Result<http::Response> read_collection(HookContext& context, const ApiRequest& request) {
  LAZULITE_TRY(const auto options, odata::parse_query_options(*request.target.type, request.options));
  if (request.target.count) {
    LAZULITE_TRY(const auto count, count_rows(context, request.target, options));
    return plain_text(std::to_string(count), "2.0;");
  }
  LAZULITE_TRY(const auto* codec, codec_of(request));
  LAZULITE_TRY(auto page, list_rows(context, request.target, options));
  odata::FeedExtras extras{page.count, next_link(request, options, page)};
  std::vector<odata::Entry> entries;
  entries.reserve(page.records.size());
  for (auto& record : page.records) entries.push_back({std::move(record), {}});
  LAZULITE_CHECK(expand(context, entries, options.expand));
  auto write = write_context(request);
  write.selection = options.selection;
  auto response = formatted(request, kOk, Payload::kFeed, request.target.type,
                            codec->feed(write, *request.target.type, entries, extras));
  if (response) raise_version(*response, extras);
  return response;
}

Result<http::Response> read_entity(HookContext& context, const ApiRequest& request) {
  LAZULITE_TRY(auto record, target_row(context, request.target));
  return entity_response(context, request, kOk, std::move(record));
}

Result<http::Response> read_property(HookContext& context, const ApiRequest& request) {
  LAZULITE_TRY(auto record, target_row(context, request.target));
  LAZULITE_CHECK(compute(context, {&record, 1}));
  const auto& property = *request.target.property;
  const auto& value = record.values[record.type->index_of(property)];
  if (request.target.value) {
    if (value.is_null()) return fail(ErrorCode::kNotFound, "The property '{}' is null.", property.name);
    return plain_text(odata::value_text(property, value), "1.0;");
  }
  LAZULITE_TRY(const auto* codec, codec_of(request));
  auto response =
      formatted(request, kOk, Payload::kProperty, nullptr, codec->property(write_context(request), property, value));
  if (response && property.collection) response->headers.set("DataServiceVersion", "3.0;");
  return response;
}

Result<http::Response> read_links(HookContext& context, const ApiRequest& request) {
  LAZULITE_TRY(const auto* codec, codec_of(request));
  const auto& target = request.target;
  if (target.navigation->kind == NavigationKind::kToOne || !target.navigation_key.empty()) {
    LAZULITE_TRY(const auto record, target_row(context, target));
    return formatted(request, kOk, Payload::kLink, nullptr,
                     codec->link(write_context(request), entity_url(request, record)));
  }
  LAZULITE_TRY(const auto options, odata::parse_query_options(*target.type, request.options));
  LAZULITE_TRY(const auto page, list_rows(context, target, options));
  std::vector<std::string> uris;
  for (const auto& record : page.records) uris.push_back(entity_url(request, record));
  const odata::FeedExtras extras{page.count, next_link(request, options, page)};
  auto response = formatted(request, kOk, Payload::kLinks, nullptr, codec->links(write_context(request), uris, extras));
  if (response) raise_version(*response, extras);
  return response;
}

}  // namespace

Result<http::Response> entity_response(HookContext& context, const ApiRequest& request, unsigned status,
                                       model::Record record) {
  LAZULITE_TRY(const auto* codec, codec_of(request));
  const auto& type = *record.type;
  LAZULITE_TRY(const auto options, odata::parse_query_options(type, request.options));
  std::vector<odata::Entry> entries;
  entries.push_back({std::move(record), {}});
  LAZULITE_CHECK(compute(context, {&entries.front().record, 1}));
  LAZULITE_CHECK(expand(context, entries, options.expand));
  auto write = write_context(request);
  write.selection = options.selection;
  return formatted(request, status, Payload::kEntry, &type, codec->entry(write, entries.front()));
}

Result<http::Response> read_target(HookContext& context, const ApiRequest& request) {
  switch (request.target.kind) {
    case TargetKind::kCollection:
      return read_collection(context, request);
    case TargetKind::kEntity:
      return read_entity(context, request);
    case TargetKind::kProperty:
      return read_property(context, request);
    case TargetKind::kLinks:
      return read_links(context, request);
    default:
      return fail(ErrorCode::kInternal, "this target is not read from rows");
  }
}

// Always answered: where nothing of ours is accepted, as XML.
http::Response read_service_document(const ApiRequest& request) {
  const auto& codec = request.format.codec != nullptr ? *request.format.codec : odata::atom_codec();
  auto response = http::Response::text(kOk, codec.content_type(Payload::kService, request.format.level),
                                       codec.service_document(write_context(request)));
  response.headers.set("DataServiceVersion", std::string{codec.version(Payload::kService, nullptr)});
  return response;
}

http::Response read_metadata() {
  auto response = http::Response::text(kOk, "application/xml;charset=utf-8", odata::metadata_document());
  response.headers.set("DataServiceVersion", "3.0;");
  return response;
}

}  // namespace lazulite::api
