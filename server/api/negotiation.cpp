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
  if (range.odata == "verbose") return {&odata::json_verbose_codec(), MetadataLevel::kMinimal};
  if (range.odata == "fullmetadata") return {&odata::json_light_codec(), MetadataLevel::kFull};
  if (range.odata == "nometadata") return {&odata::json_light_codec(), MetadataLevel::kNone};
  if (range.odata.empty() && version_number(request.headers.get("MaxDataServiceVersion"), 3) <= 2) {
    return {&odata::json_verbose_codec(), MetadataLevel::kMinimal};
  }
  return {&odata::json_light_codec(), MetadataLevel::kMinimal};
}

bool is_xml(std::string_view type) {
  return type == "application/atom+xml" || type == "application/xml" || type == "text/xml" ||
         type == "application/atomsvc+xml";
}

Format default_format(const http::Request& request, bool atom_by_default) {
  return atom_by_default ? Format{&odata::atom_codec()} : json_format({}, request);
}

// No codec when the range holds none of ours.
Format format_of_range(const MediaRange& range, const http::Request& request, bool atom_by_default) {
  if (is_xml(range.type)) return {&odata::atom_codec()};
  if (range.type == "application/json") return json_format(range, request);
  if (range.type == "*/*" || range.type == "application/*") return default_format(request, atom_by_default);
  return {};
}

bool is_service_version(std::string_view text) {
  const auto value = trim(text);
  return value.starts_with("2.") && value.size() <= 6 && parse_uint64(value.substr(2)).has_value();
}

}  // namespace

Format negotiate(const http::Request& request, const odata::RawOptions& options, bool atom_by_default) {
  if (const auto* format = odata::find_option(options, "$format")) {
    if (equals_ignoring_case(*format, "atom") || equals_ignoring_case(*format, "xml")) return {&odata::atom_codec()};
    if (equals_ignoring_case(*format, "json")) return json_format({}, request);
    if (equals_ignoring_case(*format, "verbosejson")) return json_format({"application/json", "verbose", 1}, request);
    return format_of_range(parse_media_range(*format), request, atom_by_default);
  }
  const auto accept = trim(request.headers.get("Accept"));
  if (accept.empty()) return default_format(request, atom_by_default);
  std::vector<MediaRange> ranges;
  for (const auto each : split(accept, ',')) ranges.push_back(parse_media_range(each));
  std::stable_sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  for (const auto& range : ranges) {
    if (range.weight <= 0) continue;
    const auto out = format_of_range(range, request, atom_by_default);
    if (out.codec != nullptr) return out;
  }
  return {};
}

Format format_of_body(const http::Request& request, bool atom_by_default) {
  const auto out = format_of_range(parse_media_range(request.headers.get("Content-Type")), request, atom_by_default);
  return out.codec != nullptr ? out : default_format(request, atom_by_default);
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
