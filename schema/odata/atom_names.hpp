// Names of OData 3 in XML (api.md 2), for the writer and the reader of Atom.
#pragma once

#include <string_view>

namespace lazulite::odata {

inline constexpr std::string_view kAtomNamespace = "http://www.w3.org/2005/Atom";
inline constexpr std::string_view kDataNamespace = "http://schemas.microsoft.com/ado/2007/08/dataservices";
inline constexpr std::string_view kMetaNamespace = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata";
inline constexpr std::string_view kSchemeName = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme";
// Before the name of a navigation in the rel of its link.
inline constexpr std::string_view kRelatedPrefix = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/";

}  // namespace lazulite::odata
