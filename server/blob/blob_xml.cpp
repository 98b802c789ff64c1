#include "server/blob/blob_xml.hpp"

#include "schema/base/text.hpp"
#include "server/blob/blob_headers.hpp"

#include <pugixml.hpp>

#include <algorithm>

namespace lazulite::blob {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

Error bad_xml(std::string_view why) { return fail_with(ErrorCode::kInvalidArgument, "InvalidXmlDocument", "{}", why); }

// pugixml reads no external entities and no DTD content, and its parser does not recurse.
Result<pugi::xml_node> parse(pugi::xml_document& document, std::string_view xml, const char* root) {
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  const auto node = document.child(root);
  if (!parsed || !node) return bad_xml(fmt::format("the body is not a {} document", root));
  return node;
}

std::string element(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, xml_escape(text));
}
std::string element_unless_empty(std::string_view name, std::string_view text) {
  return text.empty() ? std::string{} : element(name, text);
}

std::optional<std::string> optional_child(pugi::xml_node node, const char* name) {
  const auto child = node.child(name);
  return child ? std::optional<std::string>{trim(child.text().get())} : std::nullopt;
}

std::string metadata_element(const std::vector<std::pair<std::string, std::string>>& metadata) {
  std::string out = "<Metadata>";
  for (const auto& [name, value] : metadata) {
    const bool is_xml_name = !name.empty() && !(name[0] >= '0' && name[0] <= '9') && name[0] != '-';
    if (is_xml_name) out += element(name, value);
  }
  return out + "</Metadata>";
}

std::string block_elements(std::string_view list, const std::vector<blobs::BlockEntry>& blocks) {
  std::string out = fmt::format("<{}>", list);
  for (const auto& block : blocks)
    out += fmt::format("<Block>{}<Size>{}</Size></Block>", element("Name", block.id), block.size);
  return out + fmt::format("</{}>", list);
}

std::string_view without_quotes(std::string_view etag) {
  return etag.size() > 2 ? etag.substr(1, etag.size() - 2) : etag;
}

std::string copy_elements(const blobs::CopyState& copy) {
  auto out = element("CopyId", copy.id) + element("CopySource", copy.source) +
             element("CopyStatus", name_of(copy.status)) + element("CopyProgress", copy_progress(copy));
  if (copy.completed) out += element("CopyCompletionTime", format_http_date(*copy.completed));
  return out + element_unless_empty("CopyStatusDescription", copy.description);
}

std::string blob_element(const blobs::ListedBlob& blob, const ListDocument& document) {
  const auto& properties = blob.properties;
  const auto& headers = properties.headers;
  std::string out = "<Blob>" + element("Name", blob.name);
  if (document.is_old) out += element("Url", document.container_url + "/" + percent_encode(blob.name, "/"));
  out += "<Properties>";
  if (!document.is_old) out += element("Creation-Time", format_http_date(properties.created));
  out += element("Last-Modified", format_http_date(properties.last_modified));
  out += element("Etag", without_quotes(properties.etag));
  out += fmt::format("<Content-Length>{}</Content-Length>", properties.size);
  out += element("Content-Type", headers.content_type);
  out += element("Content-Encoding", headers.content_encoding);
  out += element("Content-Language", headers.content_language);
  out += element_unless_empty("Content-MD5", headers.content_md5);
  out += element("Cache-Control", headers.cache_control);
  out += element_unless_empty("Content-Disposition", headers.content_disposition);
  out += "<BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus>";
  if (!document.is_old) out += "<LeaseState>available</LeaseState><ServerEncrypted>false</ServerEncrypted>";
  if (document.has_copy && properties.copy) out += copy_elements(*properties.copy);
  out += "</Properties>";
  if (document.has_metadata) out += metadata_element(headers.metadata);
  return out + "</Blob>";
}

}  // namespace

Result<std::vector<blobs::BlockReference>> read_block_list(std::string_view xml) {
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse(document, xml, "BlockList"));
  std::vector<blobs::BlockReference> out;
  for (const auto child : root.children()) {
    if (child.type() != pugi::node_element) continue;
    const std::string_view name = child.name();
    blobs::BlockReference block;
    if (name == "Committed") {
      block.source = blobs::BlockSource::kCommitted;
    } else if (name == "Uncommitted") {
      block.source = blobs::BlockSource::kUncommitted;
    } else if (name != "Latest") {
      return bad_xml(fmt::format("BlockList has an unknown child {}", name));
    }
    block.id = trim(child.text().get());
    out.push_back(std::move(block));
    if (out.size() > kBlockListLimit)
      return fail_with(ErrorCode::kInvalidArgument, "BlockListTooLong", "more than {} blocks", kBlockListLimit);
  }
  return out;
}

Result<std::vector<blobs::StoredAccessPolicy>> read_signed_identifiers(std::string_view xml) {
  std::vector<blobs::StoredAccessPolicy> out;
  if (trim(xml).empty()) return out;
  pugi::xml_document document;
  LAZULITE_TRY(const auto root, parse(document, xml, "SignedIdentifiers"));
  for (const auto child : root.children("SignedIdentifier")) {
    const auto policy = child.child("AccessPolicy");
    auto id = optional_child(child, "Id").value_or("");
    if (id.empty() || id.size() > 64 || out.size() == kPolicyLimit)
      return bad_xml("a container takes five policies with ids of 1 to 64 characters");
    out.push_back({std::move(id), optional_child(policy, "Start"), optional_child(policy, "Expiry"),
                   optional_child(policy, "Permission")});
  }
  return out;
}

std::string write_signed_identifiers(const std::vector<blobs::StoredAccessPolicy>& policies) {
  std::string out{kDeclaration};
  out += "<SignedIdentifiers>";
  for (const auto& policy : policies) {
    out += "<SignedIdentifier>" + element("Id", policy.id) + "<AccessPolicy>";
    if (policy.start) out += element("Start", *policy.start);
    if (policy.expiry) out += element("Expiry", *policy.expiry);
    if (policy.permission) out += element("Permission", *policy.permission);
    out += "</AccessPolicy></SignedIdentifier>";
  }
  return out + "</SignedIdentifiers>";
}

std::string write_block_list(const blobs::BlockLists& lists, BlockListType type) {
  std::string out{kDeclaration};
  out += "<BlockList>";
  if (type != BlockListType::kUncommitted) out += block_elements("CommittedBlocks", lists.committed);
  if (type != BlockListType::kCommitted) out += block_elements("UncommittedBlocks", lists.uncommitted);
  return out + "</BlockList>";
}

std::string write_blob_list(const ListDocument& document, const blobs::ListQuery& query, const blobs::ListPage& page) {
  std::string out{kDeclaration};
  out += document.is_old ? fmt::format("<EnumerationResults ContainerName=\"{}\">", xml_escape(document.container_url))
                         : fmt::format("<EnumerationResults ServiceEndpoint=\"{}\" ContainerName=\"{}\">",
                                       xml_escape(document.service_url), xml_escape(document.container));
  out += element_unless_empty("Prefix", query.prefix) + element_unless_empty("Marker", query.marker);
  if (document.has_max_results) out += fmt::format("<MaxResults>{}</MaxResults>", query.max_results);
  out += element_unless_empty("Delimiter", query.delimiter) + "<Blobs>";
  // Blobs and prefixes are one sorted sequence on the wire.
  auto prefix = page.prefixes.begin();
  const auto write_prefixes_before = [&](const std::string* name) {
    for (; prefix != page.prefixes.end() && (name == nullptr || *prefix < *name); ++prefix) {
      out += "<BlobPrefix>" + element("Name", *prefix) + "</BlobPrefix>";
    }
  };
  for (const auto& blob : page.blobs) {
    write_prefixes_before(&blob.name);
    out += blob_element(blob, document);
  }
  write_prefixes_before(nullptr);
  return out + "</Blobs>" + element("NextMarker", page.next_marker) + "</EnumerationResults>";
}

std::string write_container_list(const ContainerList& list) {
  std::string out{kDeclaration};
  out += fmt::format("<EnumerationResults ServiceEndpoint=\"{}\">", xml_escape(list.service_url));
  out += element_unless_empty("Prefix", list.prefix) + element_unless_empty("Marker", list.marker) + "<Containers>";
  for (const auto& [name, properties] : list.containers) {
    out += "<Container>" + element("Name", name) + "<Properties>" +
           element("Last-Modified", format_http_date(properties.last_modified)) + element("Etag", properties.etag) +
           "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>" +
           element_unless_empty("PublicAccess", properties.public_access) + "</Properties>";
    if (list.has_metadata) out += metadata_element(properties.metadata);
    out += "</Container>";
  }
  return out + "</Containers>" + element("NextMarker", list.next_marker) + "</EnumerationResults>";
}

}  // namespace lazulite::blob
