#include "server/api/write_requests.hpp"

#include "schema/base/ids.hpp"
#include "schema/base/text.hpp"
#include "schema/odata/value_text.hpp"
#include "server/api/error_catalog.hpp"
#include "server/api/read_requests.hpp"
#include "server/api/related_rows.hpp"

namespace lazulite::api {
namespace {

using model::NavigationKind;
using model::Property;
using model::Record;
using model::Value;
using odata::EntityInput;

constexpr EntityHooks kNoHooks{};

const EntityHooks& hooks_of(const model::EntityType& type) {
  const auto* hooks = find_entity_hooks(type.set_name);
  return hooks != nullptr ? *hooks : kNoHooks;
}

bool is_empty(const Value& value) {
  const auto* text = value.as<std::string>();
  return value.is_null() || (text != nullptr && text->empty());
}

// POST Set('k')/Nav: the new row hangs on 'k'.
Result<void> bind_to_parent(HookContext& context, const odata::ODataTarget& target, EntityInput& input) {
  if (target.navigation == nullptr) return {};
  LAZULITE_TRY(const auto parent, get_row(context, *target.root, target.root_key));
  if (target.navigation->kind == NavigationKind::kToMany) input.give(target.navigation->property, Value{parent.key()});
  return {};
}

// Every reference leads to a row; to-one references become values.
Result<void> resolve_references(HookContext& context, EntityInput& input) {
  for (const auto& reference : input.references) {
    const auto& target = *model::find_entity_set(reference.navigation->target_set);
    if (reference.navigation->kind == NavigationKind::kToMany) {
      return fail(ErrorCode::kInvalidArgument, "'{}' cannot be bound.", reference.navigation->name);
    }
    LAZULITE_CHECK(get_row(context, target, reference.key));
    if (reference.navigation->kind == NavigationKind::kToOne)
      input.give(reference.navigation->property, Value{reference.key});
  }
  return {};
}

Result<std::string> new_key(const EntityInput& input) {
  const auto& type = input.type();
  const auto& sent = input.values[type.key().name];
  const auto* text = sent.as<std::string>();
  if (input.has(type.key().name) && text != nullptr && !text->empty()) return odata::normalize_key(type, *text);
  if (!type.id_prefix.empty()) return new_entity_id(type.id_prefix);
  if (type.key().has(model::kServerSet)) return std::string{};  // the set's hooks make it of other properties
  return fail(ErrorCode::kInvalidArgument, "The property '{}' is required.", type.key().name);
}

Result<void> insert_row(HookContext& context, const Record& record) {
  auto inserted = rows::insert(context.session, context.account, record);
  if (!inserted && inserted.error().code == ErrorCode::kConflict) {
    return fail(ErrorCode::kConflict, "A {} with the id '{}' or the same name exists already.", record.type->name,
                record.key());
  }
  return inserted;
}

// Links after asking the hooks, as POST on $links does; a navigation without $links has no rules of its own.
Result<void> link_row(HookContext& context, const Record& source, const model::Navigation& navigation,
                      const std::string& target_key) {
  const auto& hooks = hooks_of(*source.type);
  if (navigation.links_writable && hooks.before_link != nullptr) {
    LAZULITE_TRY(const auto target, get_row(context, *model::find_entity_set(navigation.target_set), target_key));
    LAZULITE_CHECK(hooks.before_link(context, source, navigation, target));
  }
  return rows::link(context.session, context.account, *source.type, navigation.name, source.key(), target_key);
}

Result<void> link_references(HookContext& context, const EntityInput& input, const Record& record) {
  for (const auto& reference : input.references) {
    if (reference.navigation->kind == NavigationKind::kLinked)
      LAZULITE_CHECK(link_row(context, record, *reference.navigation, reference.key));
  }
  return {};
}

// POST Set('k')/Nav of a linked navigation: the new row is linked from 'k'.
Result<void> link_to_parent(HookContext& context, const odata::ODataTarget& target, const Record& record) {
  if (target.navigation == nullptr || target.navigation->kind != NavigationKind::kLinked) return {};
  LAZULITE_TRY(const auto parent, get_row(context, *target.root, target.root_key));
  return link_row(context, parent, *target.navigation, record.key());
}

// A write-once property passes with the stored value or the type's default (api.md 4.1); another value is refused.
Result<void> apply_given(const EntityInput& input, const Record& stored, Record& changed) {
  const auto& type = *stored.type;
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const auto& property = type.properties[i];
    const auto& sent = input.values.values[i];
    if (!input.given[i] || property.has(model::kKey)) continue;
    if (property.has(model::kCreateOnly)) {
      if (sent == stored.values[i] || sent == odata::default_value(property) || is_empty(sent)) continue;
      return fail(ErrorCode::kInvalidArgument, "The property '{}' cannot be changed.", property.name);
    }
    if (property.has(model::kRequired) && is_empty(sent)) {
      return fail(ErrorCode::kInvalidArgument, "The property '{}' must not be empty.", property.name);
    }
    changed.values[i] = sent;
  }
  return {};
}

Error not_allowed(const model::Navigation& navigation) {
  return fail_with(ErrorCode::kInvalidArgument, kMethodNotAllowed, "The links of '{}' cannot be changed.",
                   navigation.name);
}

bool wants_content(const ApiRequest& request) {
  return starts_with_ignoring_case(trim(request.http.headers.get("Prefer")), "return-content");
}

struct LinkEnds {
  Record source, target;
};
// POST on $links of an unknown source is 400 in the real service (api.md 2.7 "Oddities"); a missing target is 404.
Result<LinkEnds> link_ends(HookContext& context, const ApiRequest& request, const std::string& target_key,
                           ErrorCode no_source) {
  auto source = get_row(context, *request.target.root, request.target.root_key);
  if (!source) return Error{no_source, source.error().message, {}};
  LAZULITE_TRY(auto target, get_row(context, *request.target.type, target_key));
  return LinkEnds{std::move(*source), std::move(target)};
}

}  // namespace

Result<Record> new_record(const EntityInput& input, Timestamp now) {
  const auto& type = input.type();
  Record record{type};
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    const auto& property = type.properties[i];
    const auto& sent = input.values.values[i];
    if (property.has(model::kRequired) && (!input.given[i] || is_empty(sent))) {
      return fail(ErrorCode::kInvalidArgument, "The property '{}' is required.", property.name);
    }
    record.values[i] = input.given[i] ? sent : odata::default_value(property);
  }
  LAZULITE_TRY(auto key, new_key(input));
  record[type.key().name] = Value{std::move(key)};
  for (const std::string_view name : {"Created", "LastModified"}) {
    if (type.find_property(name) != nullptr) record[name] = Value{now};
  }
  return record;
}

Result<http::Response> create_entity(HookContext& context, const ApiRequest& request) {
  LAZULITE_CHECK(codec_of(request));
  EntityInput input = request.input;
  const auto& hooks = hooks_of(input.type());
  if (!input.children.empty() && !hooks.takes_children) {
    return fail(ErrorCode::kInvalidArgument, "'{}' cannot be created together with {}.",
                input.children.front().navigation->name, input.type().name);
  }
  LAZULITE_CHECK(bind_to_parent(context, request.target, input));
  LAZULITE_CHECK(resolve_references(context, input));
  LAZULITE_TRY(auto record, new_record(input, context.now));
  LAZULITE_CHECK(context.services.quotas.require_room(context.session, context.account, input.type()));
  if (hooks.prepare_create != nullptr) LAZULITE_CHECK(hooks.prepare_create(context, input, record));
  LAZULITE_CHECK(insert_row(context, record));
  LAZULITE_CHECK(link_references(context, input, record));
  LAZULITE_CHECK(link_to_parent(context, request.target, record));
  if (hooks.after_insert != nullptr) LAZULITE_CHECK(hooks.after_insert(context, input, record));
  auto location = entity_url(request, record);
  LAZULITE_TRY(auto response, entity_response(context, request, kCreated, std::move(record)));
  response.headers.set("Location", std::move(location));
  return with_operation(context, request, std::move(response));
}

Result<http::Response> update_entity(HookContext& context, const ApiRequest& request) {
  LAZULITE_TRY(const auto stored, target_row(context, request.target));
  Record changed = stored;
  LAZULITE_CHECK(apply_given(request.input, stored, changed));
  if (stored.type->find_property("LastModified") != nullptr) changed["LastModified"] = Value{context.now};
  const auto& hooks = hooks_of(*stored.type);
  if (hooks.before_update != nullptr) LAZULITE_CHECK(hooks.before_update(context, request.input, stored, changed));
  LAZULITE_CHECK(rows::update(context.session, context.account, changed));
  if (!wants_content(request)) return with_operation(context, request, no_content());
  LAZULITE_TRY(auto response, entity_response(context, request, kOk, std::move(changed)));
  return with_operation(context, request, std::move(response));
}

Result<void> delete_row(HookContext& context, const Record& record) {
  const auto& hooks = hooks_of(*record.type);
  if (hooks.before_delete != nullptr) LAZULITE_CHECK(hooks.before_delete(context, record));
  for (const auto& navigation : record.type->navigations) {
    if (navigation.kind != NavigationKind::kLinked) continue;
    LAZULITE_CHECK(rows::unlink_all(context.session, context.account, *record.type, navigation.name, record.key()));
  }
  return rows::remove(context.session, context.account, *record.type, record.key());
}

Result<http::Response> delete_entity(HookContext& context, const ApiRequest& request) {
  LAZULITE_TRY(const auto record, target_row(context, request.target));
  LAZULITE_CHECK(delete_row(context, record));
  return with_operation(context, request, no_content());
}

Result<http::Response> add_link(HookContext& context, const ApiRequest& request) {
  const auto& navigation = *request.target.navigation;
  if (!navigation.links_writable) return not_allowed(navigation);
  if (request.link.type != request.target.type) {
    return fail(ErrorCode::kInvalidArgument, "'{}' links to {} only.", navigation.name, request.target.type->set_name);
  }
  LAZULITE_TRY(const auto ends, link_ends(context, request, request.link.key, ErrorCode::kInvalidArgument));
  LAZULITE_CHECK(link_row(context, ends.source, navigation, ends.target.key()));
  return no_content();
}

Result<http::Response> remove_link(HookContext& context, const ApiRequest& request) {
  const auto& navigation = *request.target.navigation;
  if (!navigation.links_writable) return not_allowed(navigation);
  LAZULITE_TRY(const auto ends, link_ends(context, request, request.target.navigation_key, ErrorCode::kNotFound));
  const auto& hooks = hooks_of(*request.target.root);
  if (hooks.before_unlink != nullptr)
    LAZULITE_CHECK(hooks.before_unlink(context, ends.source, navigation, ends.target));
  LAZULITE_CHECK(rows::unlink(context.session, context.account, *request.target.root, navigation.name,
                              ends.source.key(), ends.target.key()));
  return no_content();
}

}  // namespace lazulite::api
