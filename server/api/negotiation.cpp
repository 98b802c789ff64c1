#include "server/api/negotiation.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::api {
namespace {

using odata::MetadataLevel;

struct MediaRange {
  std::string type;   // lower case
  std::string odata;  // of the parameter odata=, lower case
  double weight = 1;
};

MediaRange parse_media_range(std::string_view text) {
  MediaRange out;
  const auto parts = split(text, ';');
  out.type = to_lower(trim(parts[0]));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = to_lower(trim(parts[i].substr(0, equals)));
    const auto value = trim(parts[i].substr(equals + 1));
    if (name == "odata") out.odata = to_lower(value);
    if (name == "q") out.weight = parse_double(value).value_or(1);
  }
  return out;
}

// "3.0;NetFx" → 3.0.
double version_number(std::string_view header, double absent) {
  const auto text = trim(header.substr(0, header.find(';')));
  return text.empty() ? absent : parse_double(text).value_or(absent);
}

Format json_format(const MediaRange& range, const http::Request& request) {
  if (range.odata == "verbose") return {&odata::json_verbose_codec(), MetadataLevel::kMinimal, false};
  if (range.odata == "fullmetadata") return {&odata::json_light_codec(), MetadataLevel::kFull, false};
  if (range.odata == "nometadata") return {&odata::json_light_codec(), MetadataLevel::kNone, false};
  if (range.odata.empty() && version_number(request.headers.get("MaxDataServiceVersion"), 3) <= 2) {
    return {&odata::json_verbose_codec(), MetadataLevel::kMinimal, false};
  }
  return {&odata::json_light_codec(), MetadataLevel::kMinimal, false};
}

bool is_xml(std::string_view type) {
  return type == "application/atom+xml" || type == "application/xml" || type == "text/xml" ||
         type == "application/atomsvc+xml";
}

bool takes_json(std::string_view type) {
  return type == "application/json" || type == "application/*" || type == "*/*";
}

bool is_service_version(std::string_view text) {
  const auto value = trim(text);
  return value.starts_with("2.") && value.size() <= 6 && parse_uint64(value.substr(2)).has_value();
}

}  // namespace

Format negotiate(const http::Request& request, const odata::RawOptions& options) {
  if (const auto* format = odata::find_option(options, "$format")) {
    if (equals_ignoring_case(*format, "json")) return json_format({}, request);
    if (equals_ignoring_case(*format, "verbosejson")) return json_format({"application/json", "verbose", 1}, request);
    return json_format(parse_media_range(*format), request);
  }
  const auto accept = trim(request.headers.get("Accept"));
  if (accept.empty()) return json_format({}, request);
  std::vector<MediaRange> ranges;
  for (const auto each : split(accept, ',')) ranges.push_back(parse_media_range(each));
  std::stable_sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  const bool xml_first = is_xml(ranges.front().type);
  for (const auto& range : ranges) {
    if (range.weight <= 0 || !takes_json(range.type)) continue;
    auto out = json_format(range, request);
    out.xml = xml_first && range.type != "application/json";
    return out;
  }
  return {nullptr, MetadataLevel::kMinimal, xml_first};
}

Result<void> check_service_version(const http::Request& request, const odata::RawOptions& options, bool required) {
  const auto* option = odata::find_option(options, "api-version");
  const auto header = request.headers.find("x-ms-version");
  if (!header && option == nullptr) {
    if (!required) return {};
    return fail(ErrorCode::kInvalidArgument, "The x-ms-version header is required.");
  }
  const std::string_view version = header ? *header : std::string_view{*option};
  if (!is_service_version(version)) {
    return fail(ErrorCode::kInvalidArgument, "The API version '{}' is not supported.", version.substr(0, 40));
  }
  return {};
}

std::string effective_method(const http::Request& request) {
  if (request.method != "POST") return request.method;
  const auto tunnelled = to_upper(trim(request.headers.get("X-HTTP-Method")));
  return tunnelled.empty() ? request.method : tunnelled;
}

}  // namespace lazulite::api
