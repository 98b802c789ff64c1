// Lets Catch print a Result: REQUIRE(result) shows the error.
#pragma once

#include "schema/base/result.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

namespace Catch {

template <class T>
struct StringMaker<boost::system::result<T, lazulite::Error>> {
  static std::string convert(const boost::system::result<T, lazulite::Error>& result) {
    if (result.has_value()) return "a value";
    std::ostringstream out;
    out << result.error();
    return out.str();
  }
};

}  // namespace Catch
