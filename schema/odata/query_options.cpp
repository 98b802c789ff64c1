#include "schema/odata/query_options.hpp"

#include "schema/base/text.hpp"
#include "schema/odata/filter_lexer.hpp"
#include "schema/odata/value_text.hpp"

#include <algorithm>
#include <array>

namespace lazulite::odata {
namespace {

constexpr std::size_t kMaxOptions = 64;
constexpr std::size_t kMaxOrderKeys = 20;
constexpr std::size_t kMaxSelected = 50;
constexpr std::size_t kMaxExpandPaths = 50;
constexpr std::size_t kMaxExpandLevels = 5;
constexpr std::array<std::string_view, 9> kSystemOptions = {
    "$filter", "$orderby", "$top", "$skip", "$select", "$expand", "$inlinecount", "$skiptoken", "$format"};

Result<std::int64_t> parse_count(std::string_view name, std::string_view text) {
  const auto number = parse_int64(trim(text));
  if (!number || *number < 0) {
    return fail(ErrorCode::kInvalidArgument, "The value of {} must be a whole number that is not negative.", name);
  }
  return *number;
}

Error no_such_property(const model::EntityType& type, std::string_view name) {
  return fail(ErrorCode::kInvalidArgument, "No property '{}' exists in type '{}.{}'.", name, model::kModelNamespace,
              type.name);
}

const model::Property* find_visible(const model::EntityType& type, std::string_view name) {
  const auto* property = type.find_property(name);
  return property != nullptr && !property->has(model::kInternal) ? property : nullptr;
}

Result<std::vector<OrderKey>> parse_order(const model::EntityType& type, std::string_view text) {
  std::vector<OrderKey> out;
  for (const auto item : split(text, ',')) {
    auto words = trim(item);
    OrderKey key;
    const auto space = words.find_first_of(" \t");
    const auto direction = space == std::string_view::npos ? std::string_view{} : trim(words.substr(space));
    words = words.substr(0, space);
    key.property = find_visible(type, words);
    if (key.property == nullptr) return no_such_property(type, words);
    if (key.property->collection || key.property->type == model::EdmType::kComplex) {
      return fail(ErrorCode::kInvalidArgument, "The property '{}' cannot be used in $orderby.", words);
    }
    if (!direction.empty() && direction != "asc" && direction != "desc") {
      return fail(ErrorCode::kInvalidArgument, "Syntax error in $orderby near '{}'.", direction);
    }
    key.descending = direction == "desc";
    if (out.size() == kMaxOrderKeys)
      return fail(ErrorCode::kInvalidArgument, "$orderby has more than {} keys.", kMaxOrderKeys);
    out.push_back(key);
  }
  return out;
}

Result<Selection> parse_select(const model::EntityType& type, std::string_view text) {
  Selection out;
  const auto items = split(text, ',');
  if (items.size() > kMaxSelected)
    return fail(ErrorCode::kInvalidArgument, "$select has more than {} items.", kMaxSelected);
  bool all = false;
  for (const auto item : items) {
    auto name = trim(item);
    const auto slash = name.find('/');  // Tasks/Name: of an expanded entity all properties are given
    if (slash != std::string_view::npos) name = name.substr(0, slash);
    if (name == "*") {
      all = true;
    } else if (const auto* property = find_visible(type, name);
               property != nullptr && slash == std::string_view::npos) {
      if (!out.has(*property) || out.everything()) out.properties.push_back(property);
    } else if (const auto* navigation = type.find_navigation(name)) {
      if (!out.has(*navigation) || out.everything()) out.navigations.push_back(navigation);
    } else {
      return no_such_property(type, name);
    }
  }
  return all ? Selection{} : out;
}

// One path of $expand into the tree; paths that begin alike share their beginning.
Result<void> add_expand_path(const model::EntityType& root, std::string_view path, std::vector<ExpandItem>& tree) {
  const auto segments = split(path, '/');
  if (segments.size() > kMaxExpandLevels)
    return fail(ErrorCode::kInvalidArgument, "$expand goes more than {} levels deep.", kMaxExpandLevels);
  const auto* type = &root;
  auto* level = &tree;
  for (const auto segment : segments) {
    const auto name = trim(segment);
    const auto* navigation = type->find_navigation(name);
    if (navigation == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "'{}' of $expand is no navigation property of type '{}.{}'.", name,
                  model::kModelNamespace, type->name);
    }
    auto item = std::find_if(level->begin(), level->end(),
                             [navigation](const ExpandItem& each) { return each.navigation == navigation; });
    if (item == level->end()) item = level->insert(item, ExpandItem{navigation, {}});
    level = &item->nested;
    type = model::find_entity_set(navigation->target_set);
  }
  return {};
}

Result<std::vector<ExpandItem>> parse_expand(const model::EntityType& type, std::string_view text) {
  std::vector<ExpandItem> out;
  const auto paths = split(text, ',');
  if (paths.size() > kMaxExpandPaths)
    return fail(ErrorCode::kInvalidArgument, "$expand has more than {} paths.", kMaxExpandPaths);
  for (const auto path : paths) LAZULITE_CHECK(add_expand_path(type, trim(path), out));
  return out;
}

}  // namespace

Result<RawOptions> split_query(std::string_view query) {
  RawOptions out;
  if (query.empty()) return out;
  for (const auto item : split(query, '&')) {
    if (item.empty()) continue;
    if (out.size() == kMaxOptions)
      return fail(ErrorCode::kInvalidArgument, "The query has more than {} options.", kMaxOptions);
    const auto equals = item.find('=');
    LAZULITE_TRY(const auto name, percent_decode(item.substr(0, equals), true));
    LAZULITE_TRY(auto value,
                 percent_decode(equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1), true));
    if (!is_valid_utf8(name) || !is_valid_utf8(value) || value.find('\0') != std::string::npos) {
      return fail(ErrorCode::kInvalidArgument, "The query is not valid UTF-8 text.");
    }
    auto lower = to_lower(trim(name));
    if (lower.starts_with('$') &&
        std::find(kSystemOptions.begin(), kSystemOptions.end(), lower) == kSystemOptions.end()) {
      return fail(ErrorCode::kInvalidArgument, "The query parameter '{}' is not supported.", name);
    }
    if (lower.starts_with('$') && find_option(out, lower) != nullptr) {
      return fail(ErrorCode::kInvalidArgument, "The query parameter '{}' is given twice.", name);
    }
    out.emplace_back(std::move(lower), std::move(value));
  }
  return out;
}

const std::string* find_option(const RawOptions& options, std::string_view name) {
  const auto hit =
      std::find_if(options.begin(), options.end(), [name](const auto& each) { return each.first == name; });
  return hit == options.end() ? nullptr : &hit->second;
}

Result<QueryOptions> parse_query_options(const model::EntityType& type, const RawOptions& options) {
  QueryOptions out;
  for (const auto& [name, value] : options) {
    if (trim(value).empty()) continue;
    if (name == "$filter") {
      LAZULITE_TRY(out.filter, parse_filter(type, value));
    } else if (name == "$orderby") {
      LAZULITE_TRY(out.order, parse_order(type, value));
    } else if (name == "$top") {
      LAZULITE_TRY(out.top, parse_count(name, value));
    } else if (name == "$skip") {
      LAZULITE_TRY(out.skip, parse_count(name, value));
    } else if (name == "$skiptoken") {
      out.skip_token = value;
    } else if (name == "$select") {
      LAZULITE_TRY(out.selection, parse_select(type, value));
    } else if (name == "$expand") {
      LAZULITE_TRY(out.expand, parse_expand(type, value));
    } else if (name == "$inlinecount") {
      if (value != "allpages" && value != "none") {
        return fail(ErrorCode::kInvalidArgument, "The value of $inlinecount must be 'allpages' or 'none'.");
      }
      out.inline_count = value == "allpages";
    }
  }
  return out;
}

Result<std::vector<model::Value>> parse_function_arguments(const model::Function& function, const RawOptions& options) {
  std::vector<model::Value> out;
  for (const auto& parameter : function.parameters) {
    const auto* text = find_option(options, to_lower(parameter.name));
    if (text == nullptr)
      return fail(ErrorCode::kInvalidArgument, "The parameter '{}' of '{}' is missing.", parameter.name, function.name);
    FilterLexer lexer(*text);
    LAZULITE_TRY(auto token, lexer.next());
    LAZULITE_TRY(const auto end, lexer.next());
    const bool is_literal =
        token.kind == FilterToken::Kind::kLiteral && !token.value.is_null() && end.kind == FilterToken::Kind::kEnd;
    if (!is_literal || (parameter.type == model::EdmType::kString && token.value.as<std::string>() == nullptr)) {
      return fail(ErrorCode::kInvalidArgument, "The parameter '{}' of '{}' is malformed.", parameter.name,
                  function.name);
    }
    if (const auto* quoted = token.value.as<std::string>();
        quoted != nullptr && parameter.type != model::EdmType::kString) {
      LAZULITE_TRY(token.value, parse_value(parameter.type, *quoted));
    }
    out.push_back(std::move(token.value));
  }
  return out;
}

}  // namespace lazulite::odata
