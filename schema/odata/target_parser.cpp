#include "schema/odata/target_parser.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/entities/asset_filter.hpp"

#include <vector>

namespace lazulite::odata {
namespace {

constexpr std::size_t kMaxPathBytes = 8192;
constexpr std::size_t kMaxSegments = 16;

struct Segment {
  std::string_view name;
  std::optional<std::string> key;  // the literal in parentheses, unquoted; none for "Set" and "Set()"
};

Error no_such_segment(std::string_view name) {
  return fail(ErrorCode::kNotFound, "Resource not found for the segment '{}'.", name);
}

// 'text' with '' for an apostrophe, guid'…', Name='…', or a bare literal.
Result<std::string> parse_key_literal(std::string_view literal) {
  const auto quote = literal.find('\'');
  if (quote == std::string_view::npos) return std::string{trim(literal)};
  const auto before = trim(literal.substr(0, quote));
  if (!before.empty() && before.back() != '=' && !equals_ignoring_case(before, "guid") &&
      !ends_with_ignoring_case(before, "=guid")) {
    return fail(ErrorCode::kInvalidArgument, "Bad Request - Error in query syntax: the key '{}' is malformed.",
                literal);
  }
  std::string out;
  std::size_t at = quote + 1;
  for (; at < literal.size(); ++at) {
    if (literal[at] != '\'') {
      out += literal[at];
    } else if (at + 1 < literal.size() && literal[at + 1] == '\'') {
      out += '\'';
      ++at;
    } else {
      break;
    }
  }
  if (at >= literal.size() || !trim(literal.substr(at + 1)).empty()) {
    return fail(ErrorCode::kInvalidArgument, "Bad Request - Error in query syntax: the key '{}' is malformed.",
                literal);
  }
  return out;
}

Result<Segment> parse_segment(std::string_view text) {
  const auto open = text.find('(');
  if (open == std::string_view::npos) return Segment{text, {}};
  if (text.back() != ')')
    return fail(ErrorCode::kInvalidArgument, "Bad Request - Error in query syntax near '{}'.", text);
  const auto literal = trim(text.substr(open + 1, text.size() - open - 2));
  Segment out{text.substr(0, open), {}};
  if (literal.empty()) return out;
  LAZULITE_TRY(out.key, parse_key_literal(literal));
  if (out.key->empty()) return fail(ErrorCode::kInvalidArgument, "The key of '{}' must not be empty.", out.name);
  return out;
}

// Splits at slashes outside of quotes; drops empty segments.
Result<std::vector<Segment>> split_path(std::string_view path) {
  std::vector<Segment> out;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    if (i < path.size() && path[i] == '\'') quoted = !quoted;
    if (i < path.size() && (path[i] != '/' || quoted)) continue;
    if (i > begin) {
      if (out.size() == kMaxSegments) return fail(ErrorCode::kInvalidArgument, "The path has too many segments.");
      LAZULITE_TRY(auto segment, parse_segment(path.substr(begin, i - begin)));
      out.push_back(std::move(segment));
    }
    begin = i + 1;
  }
  return out;
}

const model::Property* find_wire_property(const model::EntityType& type, std::string_view name) {
  const auto* property = type.find_property(name);
  return property != nullptr && !property->has(model::kInternal) ? property : nullptr;
}

const model::Function* find_function(std::string_view name, std::string_view bound_set) {
  const auto dot = name.rfind('.');  // WindowsAzureMediaServices.Publish
  if (dot != std::string_view::npos && !bound_set.empty()) name = name.substr(dot + 1);
  for (const auto& each : model::functions()) {
    if (each.bound_set == bound_set && equals_ignoring_case(each.name, name)) return &each;
  }
  return nullptr;
}

// Walks the segments after the first, one state at a time.
class PathWalk {
 public:
  PathWalk(ODataTarget& target, std::span<const Segment> rest) : target_(target), rest_(rest) {}

  Result<void> run() {
    while (!rest_.empty()) {
      const Segment segment = rest_.front();
      rest_ = rest_.subspan(1);
      LAZULITE_CHECK(step(segment));
    }
    return {};
  }

 private:
  Result<void> step(const Segment& segment) {
    if (target_.count || target_.value) return no_such_segment(segment.name);
    switch (target_.kind) {
      case TargetKind::kCollection:
        if (segment.name != "$count") return no_such_segment(segment.name);
        target_.count = true;
        return {};
      case TargetKind::kProperty:
        if (segment.name != "$value" || target_.property->type == model::EdmType::kComplex ||
            target_.property->collection) {
          return no_such_segment(segment.name);
        }
        target_.value = true;
        return {};
      case TargetKind::kEntity:
        return step_from_entity(segment);
      default:
        return no_such_segment(segment.name);
    }
  }

  Result<void> step_from_entity(const Segment& segment) {
    if (segment.name == "$links") return step_links();
    if (const auto* navigation = target_.type->find_navigation(segment.name);
        navigation != nullptr && target_.navigation == nullptr) {
      return step_navigation(*navigation, segment, TargetKind::kCollection, TargetKind::kEntity);
    }
    if (const auto* property = find_wire_property(*target_.type, segment.name); property != nullptr && !segment.key) {
      target_.kind = TargetKind::kProperty;
      target_.property = property;
      return {};
    }
    if (const auto* action = find_function(segment.name, target_.type->set_name);
        action != nullptr && target_.navigation == nullptr) {
      target_.kind = TargetKind::kAction;
      target_.function = action;
      return {};
    }
    return no_such_segment(segment.name);
  }

  Result<void> step_navigation(const model::Navigation& navigation, const Segment& segment, TargetKind many,
                               TargetKind one) {
    target_.navigation = &navigation;
    target_.type = model::find_entity_set(navigation.target_set);
    if (target_.type == nullptr) return no_such_segment(segment.name);
    const bool single = navigation.kind == model::NavigationKind::kToOne;
    if (segment.key) {
      if (single) return fail(ErrorCode::kInvalidArgument, "'{}' leads to one entity and takes no key.", segment.name);
      LAZULITE_TRY(target_.navigation_key, normalize_key(*target_.type, *segment.key));
    }
    target_.kind = single || segment.key ? one : many;
    return {};
  }

  Result<void> step_links() {
    if (target_.navigation != nullptr || rest_.empty()) return no_such_segment("$links");
    const Segment segment = rest_.front();
    rest_ = rest_.subspan(1);
    const auto* navigation = target_.type->find_navigation(segment.name);
    if (navigation == nullptr) return no_such_segment(segment.name);
    return step_navigation(*navigation, segment, TargetKind::kLinks, TargetKind::kLinks);
  }

  ODataTarget& target_;
  std::span<const Segment> rest_;
};

}  // namespace

Result<std::string> normalize_key(const model::EntityType& type, std::string_view key) {
  if (!type.id_prefix.empty()) {
    auto id = normalize_entity_id(type.id_prefix, key);
    if (!id) return fail(ErrorCode::kInvalidArgument, "The id '{}' is not valid for {}.", key, type.name);
    return id;
  }
  if (type.key().type == model::EdmType::kGuid) {
    const auto guid = Uuid::parse(key);
    if (!guid) return fail(ErrorCode::kInvalidArgument, "'{}' is not a GUID.", key);
    return guid->text();
  }
  return normalize_any_id(key);
}

std::string normalize_any_id(std::string_view text) {
  constexpr std::string_view kMarker = ":uuid:";
  const auto marker = to_lower(text).find(kMarker);
  if (marker == std::string::npos || !starts_with_ignoring_case(text, "nb:")) return std::string{text};
  const auto head = text.substr(0, marker + kMarker.size());
  auto rest = text.substr(head.size());
  const auto mark = rest.find(kAssetFilterIdMark);  // an AssetFilter's id: the name after the mark stays as it is
  const auto tail = mark == std::string_view::npos ? std::string_view{} : rest.substr(mark);
  rest.remove_suffix(tail.size());
  const auto guid = Uuid::parse(rest);
  return guid ? fmt::format("{}{}{}", head, guid->text(), tail) : std::string{text};
}

Result<ODataTarget> parse_resource_path(std::string_view path) {
  LAZULITE_TRY(const auto segments, split_path(path));
  ODataTarget target;
  if (segments.empty()) return target;
  const Segment& first = segments.front();
  if (first.name == "$metadata" || first.name == "$batch") {
    if (segments.size() > 1) return no_such_segment(segments[1].name);
    target.kind = first.name == "$batch" ? TargetKind::kBatch : TargetKind::kMetadata;
    return target;
  }
  target.root = model::find_entity_set(first.name);
  if (target.root == nullptr) {
    target.function = find_function(first.name, {});
    if (target.function == nullptr || segments.size() > 1 || first.key) return no_such_segment(first.name);
    target.kind = TargetKind::kFunction;
    return target;
  }
  target.type = target.root;
  target.kind = TargetKind::kCollection;
  if (first.key) {
    LAZULITE_TRY(target.root_key, normalize_key(*target.root, *first.key));
    target.kind = TargetKind::kEntity;
  }
  LAZULITE_CHECK(PathWalk(target, std::span{segments}.subspan(1)).run());
  return target;
}

Result<ODataTarget> parse_target(std::string_view encoded_path) {
  if (encoded_path.size() > kMaxPathBytes) return fail(ErrorCode::kInvalidArgument, "The path is too long.");
  LAZULITE_TRY(const auto decoded, percent_decode(encoded_path));
  if (!is_valid_utf8(decoded) || decoded.find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "The path is not valid UTF-8 text.");
  }
  std::string_view path = decoded;
  while (path.starts_with('/')) path.remove_prefix(1);
  const auto end = path.find('/');
  if (!equals_ignoring_case(path.substr(0, end), "api")) return no_such_segment(path.substr(0, end));
  return parse_resource_path(end == std::string_view::npos ? std::string_view{} : path.substr(end));
}

Result<EntityReference> parse_reference(std::string_view uri) {
  LAZULITE_TRY(const auto decoded, percent_decode(uri));
  if (!is_valid_utf8(decoded) || decoded.find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "The reference is not valid UTF-8 text.");
  }
  const auto close = decoded.rfind(')');
  const auto open = close == std::string::npos ? close : decoded.rfind('(', close);
  if (open == std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "The reference '{}' names no entity.", decoded);
  const auto slash = decoded.rfind('/', open);
  const auto begin = slash == std::string::npos ? 0 : slash + 1;
  LAZULITE_TRY(const auto segment, parse_segment(std::string_view{decoded}.substr(begin, close + 1 - begin)));
  EntityReference out{model::find_entity_set(segment.name), {}};
  if (out.type == nullptr || !segment.key) {
    return fail(ErrorCode::kInvalidArgument, "The reference '{}' names no entity.", decoded);
  }
  LAZULITE_TRY(out.key, normalize_key(*out.type, *segment.key));
  return out;
}

std::string entity_path(const model::EntityType& type, std::string_view key) {
  std::string quoted;
  for (const char c : key) quoted.append(c == '\'' ? 2 : 1, c);
  const std::string_view prefix = type.key().type == model::EdmType::kGuid ? "guid'" : "'";
  return fmt::format("{}({}{}')", type.set_name, prefix, percent_encode(quoted));
}

}  // namespace lazulite::odata
