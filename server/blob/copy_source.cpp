#include "server/blob/copy_source.hpp"

#include "server/blob/authorization.hpp"
#include "server/blob/error_catalog.hpp"

#include <algorithm>

namespace lazulite::blob {
namespace {

constexpr std::string_view kHeader = "x-ms-copy-source";
constexpr std::size_t kUrlLimit = 2048 + 2048;  // bytes; names of 1024 bytes may be encoded

Error unreadable(ErrorCode code, std::string_view why) {
  return fail_with(code, "CannotVerifyCopySource", "the copy source {}", why);
}

struct Url {
  std::string scheme, authority, path, query;
};

// "scheme://authority/path?query", or a path of this server alone.
std::optional<Url> parse_url(std::string_view text, const http::Request& request) {
  Url out{request.secure ? "https" : "http", std::string{request.host()}, {}, {}};
  if (const auto mark = text.find("://"); mark != std::string_view::npos) {
    out.scheme = to_lower(text.substr(0, mark));
    text.remove_prefix(mark + 3);
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    out.authority = text.substr(0, end);
    text.remove_prefix(end);
  }
  if (!text.starts_with('/') || (out.scheme != "http" && out.scheme != "https")) return std::nullopt;
  text = text.substr(0, text.find('#'));
  const auto mark = std::min(text.find('?'), text.size());
  out.path = text.substr(0, mark);
  out.query = text.substr(std::min(mark + 1, text.size()));
  return out;
}

// Host and port, the host without regard to the names of loopback.
std::pair<std::string, std::string> host_and_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  auto host = to_lower(authority.substr(0, has_port ? colon : authority.size()));
  if (host == "localhost" || host == "[::1]" || host.starts_with("127.")) host = "loopback";
  return {std::move(host), std::string{has_port ? authority.substr(colon + 1) : std::string_view{}}};
}

// Whether the URL leads here: by the name the client uses now, or by that of one of our accounts.
Result<bool> is_here(const Call& call, const Url& url, const BlobTarget& target) {
  if (host_and_port(url.authority) == host_and_port(call.request.host())) return true;
  if (target.path_style) return false;
  LAZULITE_TRY(const auto owner, call.directory.find_account(target.ref.container.account));
  return owner.has_value();
}

const Operation& get_blob() {
  const auto rows = operations();
  return *std::find_if(rows.begin(), rows.end(), [](const Operation& row) { return row.name == "GetBlob"; });
}

}  // namespace

Result<CopySource> find_copy_source(const Call& call) {
  const auto text = call.header(kHeader);
  auto url = text.size() > kUrlLimit ? std::nullopt : parse_url(text, call.request);
  if (!url) return bad_header(kHeader);
  const auto target = parse_target(url->authority, url->path, false);
  if (!target || target->level != Level::kBlob) return bad_header(kHeader);
  LAZULITE_TRY(const bool ours, is_here(call, *url, *target));
  if (!ours) return unreadable(ErrorCode::kNotFound, "is not on this server");
  if (form_value(url->query, "snapshot")) return unreadable(ErrorCode::kNotFound, "is a snapshot");

  // The client reads the source as if it asked for it by that URL.
  Call reading{.store = call.store,
               .directory = call.directory,
               .now = call.now,
               .request = {},
               .target = *target,
               .version = call.version,
               .sas = {}};
  reading.request.method = "GET";
  reading.request.path = url->path;
  reading.request.query = url->query;
  reading.request.headers.set("Host", url->authority);
  reading.request.client_address = call.request.client_address;
  reading.request.secure = url->scheme == "https";
  const bool is_own = call.by_key && target->ref.container.account == call.container().account;
  if (auth::has_sas(url->query)) {
    auto sas = auth::parse_sas(url->query);
    if (!sas) return unreadable(ErrorCode::kForbidden, sas.error().message);
    reading.sas = std::move(*sas);
  }
  if (reading.sas || !is_own) {
    const auto allowed = authorize(reading, get_blob());
    if (!allowed) return unreadable(allowed.error().code, allowed.error().message);
  }
  return CopySource{target->ref, fmt::format("{}://{}{}", url->scheme, url->authority, url->path)};
}

}  // namespace lazulite::blob
