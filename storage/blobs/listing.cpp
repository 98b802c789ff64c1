#include "storage/blobs/listing.hpp"

#include <algorithm>
#include <iterator>

namespace lazulite::blobs {

void PageCollector::add(const std::string& name, bool uncommitted) {
  if (!name.starts_with(query_.prefix) || name < query_.marker) return;
  // Its entry is the name or a start of it, and nothing sorts between a common prefix and the names it stands for.
  if (entries_.size() > query_.max_results && name > std::prev(entries_.end())->first) return;
  const auto cut = query_.delimiter.empty() ? std::string::npos : name.find(query_.delimiter, query_.prefix.size());
  if (cut == std::string::npos) {
    entries_.try_emplace(name, uncommitted ? Kind::kUncommitted : Kind::kBlob);
  } else {
    entries_.insert_or_assign(name.substr(0, cut + query_.delimiter.size()), Kind::kPrefix);
  }
  if (entries_.size() > query_.max_results + 1) entries_.erase(std::prev(entries_.end()));
}

ListPage PageCollector::finish(const PropertyLoader& load) const {
  ListPage page;
  std::size_t count = 0;
  for (const auto& [name, kind] : entries_) {
    if (count++ == query_.max_results) {
      page.next_marker = name;
      break;
    }
    if (kind == Kind::kPrefix) {
      page.prefixes.push_back(name);
    } else if (kind == Kind::kUncommitted) {
      page.blobs.push_back({name, {}});
    } else if (auto properties = load(name)) {
      page.blobs.push_back({name, std::move(*properties)});
    }
  }
  return page;
}

}  // namespace lazulite::blobs
