// The Entity Data Model in C++ (api.md 5): Property, Navigation, ComplexType and EntityType tables, declared once per
// entity in schema/entities and read by every codec, by $filter, by write validation, by $metadata and by the DDL.
// Immutable; built at compile time.
//
// property<&Asset::name>("Name", kIndexed) derives the Edm type and nullability from the member's C++ type:
//   std::string Edm.String · std::int32_t and enums Edm.Int32 · std::int64_t Edm.Int64 · double Edm.Double · bool
//   Edm.Boolean · Timestamp Edm.DateTime · Guid Edm.Guid · std::optional<T> nullable T · std::vector<T> Collection(T) ·
//   a struct with complex_type().
#pragma once

#include "schema/model/value.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace lazulite::model {

enum class EdmType : std::uint8_t { kString, kInt32, kInt64, kDouble, kBoolean, kDateTime, kGuid, kComplex };

// "Edm.String" …; empty for kComplex, whose name is the ComplexType's.
std::string_view edm_name(EdmType type);

// An Edm.Guid as text, lower case.
struct Guid {
  std::string text;
  bool operator==(const Guid&) const = default;
};

enum PropertyFlag : std::uint32_t {
  kNone = 0,
  kKey = 1U << 0,
  kServerSet = 1U << 1,   // values in request bodies are ignored (clients send every property)
  kCreateOnly = 1U << 2,  // MERGE with the stored value or the type's default passes, another value is 400
  kRequired = 1U << 3,    // must be given on create, and not be empty text
  kIndexed = 1U << 4,     // an index (account, property)
  kInternal = 1U << 5,    // stored, never on the wire, not addressable in $filter
  kComputed = 1U << 6,    // on the wire, never stored: a hook fills it in on read
};

struct ComplexType;

// Of a struct T: get reads a member as a Value; set writes it and leaves the struct unchanged when the Value does not
// fit.
using Getter = Value (*)(const void* object);
using Setter = Result<void> (*)(void* object, const Value& value);

struct Property {
  std::string_view name;
  EdmType type = EdmType::kString;
  bool nullable = false;
  bool collection = false;
  std::uint32_t flags = kNone;
  const ComplexType* complex = nullptr;
  Getter get = nullptr;
  Setter set = nullptr;
  std::size_t max_length = 4000;  // of text, in bytes

  [[nodiscard]] constexpr bool has(PropertyFlag flag) const { return (flags & flag) != 0; }
  // The same property with another bound: property<…>("Configuration").limited_to(100'000).
  [[nodiscard]] consteval Property limited_to(std::size_t bytes) const {
    Property copy = *this;
    copy.max_length = bytes;
    return copy;
  }
};

struct ComplexType {
  std::string_view name;
  std::span<const Property> properties;
};

enum class NavigationKind : std::uint8_t {
  kToMany,  // target rows whose `property` equals this row's key
  kToOne,   // the target row whose key equals this row's `property`
  kLinked,  // rows of a link table, in the order they were linked; links may outlive their target (tombstones)
};

struct Navigation {
  std::string_view name;
  std::string_view target_set;
  NavigationKind kind = NavigationKind::kToMany;
  std::string_view property;    // kToMany: of the target; kToOne: of this type; kLinked: empty
  bool links_writable = false;  // POST and DELETE on $links are allowed (kLinked)
};

consteval Navigation to_many(std::string_view name, std::string_view target_set, std::string_view target_property) {
  return {name, target_set, NavigationKind::kToMany, target_property, false};
}
consteval Navigation to_one(std::string_view name, std::string_view target_set, std::string_view property) {
  return {name, target_set, NavigationKind::kToOne, property, false};
}
consteval Navigation linked(std::string_view name, std::string_view target_set, bool links_writable = false) {
  return {name, target_set, NavigationKind::kLinked, {}, links_writable};
}

// What a client may do with a set, besides reading it.
enum EntityVerb : std::uint32_t {
  kReadOnly = 0,
  kCreate = 1U << 0,
  kUpdate = 1U << 1,
  kDelete = 1U << 2,
  kHidden = 1U << 3
};

struct EntityType {
  std::string_view name;       // "Asset"
  std::string_view set_name;   // "Assets"
  std::string_view id_prefix;  // "nb:cid:UUID:"; empty when the key is not such an id
  std::span<const Property> properties;
  std::span<const Navigation> navigations;
  std::uint32_t verbs = kReadOnly;

  [[nodiscard]] constexpr const Property* find_property(std::string_view property_name) const {
    for (const auto& each : properties) {
      if (each.name == property_name) return &each;
    }
    return nullptr;
  }
  [[nodiscard]] constexpr const Navigation* find_navigation(std::string_view navigation_name) const {
    for (const auto& each : navigations) {
      if (each.name == navigation_name) return &each;
    }
    return nullptr;
  }
  [[nodiscard]] constexpr const Property& key() const {
    for (const auto& each : properties) {
      if (each.has(kKey)) return each;
    }
    return properties.front();
  }
  // Position of a property in `properties` (and so in a Record). The property must be of this type.
  [[nodiscard]] constexpr std::size_t index_of(const Property& property) const {
    return static_cast<std::size_t>(&property - properties.data());
  }
  [[nodiscard]] constexpr bool has_collection() const {
    for (const auto& each : properties) {
      if (each.collection && !each.has(kInternal)) return true;
    }
    return false;
  }
};

// One key; unique names.
consteval bool is_well_formed(const EntityType& type) {
  int keys = 0;
  for (std::size_t i = 0; i < type.properties.size(); ++i) {
    keys += type.properties[i].has(kKey) ? 1 : 0;
    for (std::size_t j = 0; j < i; ++j) {
      if (type.properties[i].name == type.properties[j].name) return false;
    }
    for (const auto& each : type.navigations) {
      if (each.name == type.properties[i].name) return false;
    }
  }
  return keys == 1;
}

// ---- from C++ types to Edm
// ----------------------------------------------------------------------------------------------------

template <class T>
concept Complex = requires(const T* p) {
  { complex_type(p) } -> std::same_as<const ComplexType&>;
};

namespace detail {

Error wrong_kind(std::string_view wanted);

template <class T>
struct Codec;

template <>
struct Codec<std::string> {
  static constexpr EdmType kType = EdmType::kString;
  static Value to(const std::string& v) { return Value{v}; }
  static Result<std::string> from(const Value& v) {
    if (const auto* p = v.as<std::string>()) return *p;
    if (v.is_null()) return std::string{};  // clients send null for a text they do not care about
    return wrong_kind("a text");
  }
};
template <>
struct Codec<Guid> {
  static constexpr EdmType kType = EdmType::kGuid;
  static Value to(const Guid& v) { return Value{v.text}; }
  static Result<Guid> from(const Value& v) {
    if (const auto* p = v.as<std::string>()) return Guid{*p};
    return wrong_kind("a GUID");
  }
};
template <>
struct Codec<bool> {
  static constexpr EdmType kType = EdmType::kBoolean;
  static Value to(bool v) { return Value{v}; }
  static Result<bool> from(const Value& v) {
    if (const auto* p = v.as<bool>()) return *p;
    if (const auto* p = v.as<std::int64_t>()) return *p != 0;  // rows keep 0 and 1
    return wrong_kind("a Boolean");
  }
};
template <>
struct Codec<double> {
  static constexpr EdmType kType = EdmType::kDouble;
  static Value to(double v) { return Value{v}; }
  static Result<double> from(const Value& v) {
    if (const auto* p = v.as<double>()) return *p;
    if (const auto* p = v.as<std::int64_t>()) return static_cast<double>(*p);
    return wrong_kind("a number");
  }
};
template <>
struct Codec<std::int64_t> {
  static constexpr EdmType kType = EdmType::kInt64;
  static Value to(std::int64_t v) { return Value{v}; }
  static Result<std::int64_t> from(const Value& v) {
    if (const auto* p = v.as<std::int64_t>()) return *p;
    return wrong_kind("a whole number");
  }
};
template <>
struct Codec<std::int32_t> {
  static constexpr EdmType kType = EdmType::kInt32;
  static Value to(std::int32_t v) { return Value{static_cast<std::int64_t>(v)}; }
  static Result<std::int32_t> from(const Value& v) {
    if (const auto* p = v.as<std::int64_t>(); p != nullptr && *p >= INT32_MIN && *p <= INT32_MAX)
      return static_cast<std::int32_t>(*p);
    return wrong_kind("a 32-bit whole number");
  }
};
template <>
struct Codec<Timestamp> {
  static constexpr EdmType kType = EdmType::kDateTime;
  static Value to(Timestamp v) { return Value{v}; }
  static Result<Timestamp> from(const Value& v) {
    if (const auto* p = v.as<Timestamp>()) return *p;
    return wrong_kind("a date and time");
  }
};
template <class T>
requires std::is_enum_v<T>
struct Codec<T> {
  static constexpr EdmType kType = EdmType::kInt32;
  static Value to(T v) { return Value{static_cast<std::int64_t>(v)}; }
  static Result<T> from(const Value& v) {
    LAZULITE_TRY(const auto number, Codec<std::int32_t>::from(v));
    return static_cast<T>(number);
  }
};
template <Complex T>
struct Codec<T> {
  static constexpr EdmType kType = EdmType::kComplex;
  static Value to(const T& v) {
    ComplexValue out;
    for (const auto& each : complex_type(&v).properties) out.members.push_back(each.get(&v));
    return Value{std::move(out)};
  }
  static Result<T> from(const Value& v) {
    T out{};
    const auto properties = complex_type(&out).properties;
    const auto* p = v.as<ComplexValue>();
    if (p == nullptr || p->members.size() != properties.size()) return wrong_kind("an object");
    for (std::size_t i = 0; i < properties.size(); ++i) LAZULITE_CHECK(properties[i].set(&out, p->members[i]));
    return out;
  }
};
template <class T>
struct Codec<std::optional<T>> {
  static constexpr EdmType kType = Codec<T>::kType;
  static Value to(const std::optional<T>& v) { return v ? Codec<T>::to(*v) : Value{}; }
  static Result<std::optional<T>> from(const Value& v) {
    if (v.is_null()) return std::optional<T>{};
    LAZULITE_TRY(auto inner, Codec<T>::from(v));
    return std::optional<T>{std::move(inner)};
  }
};
template <class T>
struct Codec<std::vector<T>> {
  static constexpr EdmType kType = Codec<T>::kType;
  static Value to(const std::vector<T>& v) {
    CollectionValue out;
    for (const auto& each : v) out.items.push_back(Codec<T>::to(each));
    return Value{std::move(out)};
  }
  static Result<std::vector<T>> from(const Value& v) {
    std::vector<T> out;
    if (v.is_null()) return out;
    const auto* p = v.as<CollectionValue>();
    if (p == nullptr) return wrong_kind("a list");
    for (const auto& each : p->items) {
      LAZULITE_TRY(auto item, Codec<T>::from(each));
      out.push_back(std::move(item));
    }
    return out;
  }
};

template <class T>
struct Unwrap {
  using Type = T;
  static constexpr bool kOptional = false;
  static constexpr bool kVector = false;
};
template <class T>
struct Unwrap<std::optional<T>> {
  using Type = T;
  static constexpr bool kOptional = true;
  static constexpr bool kVector = false;
};
template <class T>
struct Unwrap<std::vector<T>> {
  using Type = T;
  static constexpr bool kOptional = false;
  static constexpr bool kVector = true;
};

template <class T>
constexpr const ComplexType* complex_of() {
  if constexpr (Complex<T>) {
    return &complex_type(static_cast<const T*>(nullptr));
  } else {
    return nullptr;
  }
}

template <class T>
struct MemberOf;
template <class C, class M>
struct MemberOf<M C::*> {
  using Class = C;
  using Member = M;
};

}  // namespace detail

template <auto Member>
consteval Property property(std::string_view name, std::uint32_t flags = kNone) {
  using Class = typename detail::MemberOf<decltype(Member)>::Class;
  using Type = typename detail::MemberOf<decltype(Member)>::Member;
  using Inner = typename detail::Unwrap<Type>::Type;
  Property out;
  out.name = name;
  out.type = detail::Codec<Type>::kType;
  out.nullable = detail::Unwrap<Type>::kOptional;
  out.collection = detail::Unwrap<Type>::kVector;
  out.flags = flags;
  out.complex = detail::complex_of<Inner>();
  out.get = [](const void* object) { return detail::Codec<Type>::to(static_cast<const Class*>(object)->*Member); };
  out.set = [](void* object, const Value& value) -> Result<void> {
    auto converted = detail::Codec<Type>::from(value);
    if (!converted) return std::move(converted).error();
    static_cast<Class*>(object)->*Member = std::move(converted).value();
    return {};
  };
  return out;
}

}  // namespace lazulite::model
