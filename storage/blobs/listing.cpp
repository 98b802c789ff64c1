#include "storage/blobs/listing.hpp"

#include <algorithm>

namespace lazulite::blobs {

ListPage make_page(const std::vector<std::string>& names, const ListQuery& query, const PropertyLoader& load) {
  ListPage page;
  const auto& first = std::max(query.marker, query.prefix);
  for (auto name = std::lower_bound(names.begin(), names.end(), first); name != names.end();) {
    if (!name->starts_with(query.prefix)) break;
    if (page.blobs.size() + page.prefixes.size() == query.max_results) {
      page.next_marker = *name;
      break;
    }
    const auto cut = query.delimiter.empty() ? std::string::npos : name->find(query.delimiter, query.prefix.size());
    if (cut == std::string::npos) {
      if (auto properties = load(*name)) page.blobs.push_back({*name, std::move(*properties)});
      ++name;
      continue;
    }
    const auto group = name->substr(0, cut + query.delimiter.size());
    page.prefixes.push_back(group);
    name = std::find_if_not(name, names.end(), [&](const std::string& other) { return other.starts_with(group); });
  }
  return page;
}

}  // namespace lazulite::blobs
