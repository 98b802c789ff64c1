#include "server/http/message.hpp"

#include "schema/base/text.hpp"

#include <algorithm>

namespace lazulite::http {
namespace {

auto is_named(std::string_view name) {
  return [name](const auto& field) { return equals_ignoring_case(field.first, name); };
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), is_named(name));
  if (found == fields_.end()) return std::nullopt;
  return std::string_view{found->second};
}

void Headers::set(std::string_view name, std::string value) {
  const auto found = std::find_if(fields_.begin(), fields_.end(), is_named(name));
  if (found == fields_.end()) {
    fields_.emplace_back(std::string{name}, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

void Headers::add(std::string_view name, std::string value) {
  fields_.emplace_back(std::string{name}, std::move(value));
}

void Headers::remove(std::string_view name) {
  fields_.erase(std::remove_if(fields_.begin(), fields_.end(), is_named(name)), fields_.end());
}

std::string_view Request::host() const {
  const auto host = headers.get("Host");
  return host.empty() ? std::string_view{local_address} : host;
}

std::string Request::base_url() const { return (secure ? "https://" : "http://") + std::string{host()}; }

Response Response::text(unsigned status, std::string_view content_type, std::string body) {
  Response response;
  response.status = status;
  response.headers.set("Content-Type", std::string{content_type});
  response.body = files::Content{std::move(body)};
  return response;
}

}  // namespace lazulite::http
