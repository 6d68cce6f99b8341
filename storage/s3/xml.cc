#include "storage/s3/xml.h"

#include <charconv>
#include <string_view>

#include <pugixml.hpp>

#include "storage/s3/target.h"

namespace eyrie::storage::s3 {
namespace {

constexpr const char* kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

class Writer final : public pugi::xml_writer {
 public:
  void write(const void* data, std::size_t size) override {
    out_.append(static_cast<const char*>(data), size);
  }
  Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

Bytes to_bytes(const pugi::xml_document& document) {
  Writer writer;
  document.save(writer, "", pugi::format_raw, pugi::encoding_utf8);
  return writer.take();
}

pugi::xml_node make_root(pugi::xml_document& document, const char* name) {
  pugi::xml_node root = document.append_child(name);
  root.append_attribute("xmlns") = kNamespace;
  return root;
}

void add_text(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

// The document's root if it has that name, else the null node.
pugi::xml_node load_root(pugi::xml_document& document, BytesView body, const char* name) {
  const unsigned int options = pugi::parse_default & ~pugi::parse_doctype;
  if (!document.load_buffer(body.data(), body.size(), options, pugi::encoding_utf8)) return {};
  const pugi::xml_node root = document.document_element();
  return std::string_view(root.name()) == name ? root : pugi::xml_node();
}

std::string text_of(pugi::xml_node parent, const char* name) {
  return parent.child(name).text().get();
}

template <class T>
bool read_number(pugi::xml_node parent, const char* name, T& value) {
  const std::string_view text = parent.child(name).text().get();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<ErrorBody> parse_error(BytesView body) {
  pugi::xml_document document;
  const pugi::xml_node root = load_root(document, body, "Error");
  if (!root) return std::nullopt;
  ErrorBody error{text_of(root, "Code"), text_of(root, "Message"), text_of(root, "Resource")};
  return error.code.empty() ? std::nullopt : std::optional(std::move(error));
}

Bytes to_xml(const ErrorBody& error) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("Error");
  add_text(root, "Code", error.code);
  add_text(root, "Message", error.message);
  add_text(root, "Resource", error.resource);
  return to_bytes(document);
}

std::optional<ListBody> parse_list(BytesView body) {
  pugi::xml_document document;
  const pugi::xml_node root = load_root(document, body, "ListBucketResult");
  if (!root) return std::nullopt;
  const bool encoded = text_of(root, "EncodingType") == "url";
  const auto decode = [encoded](std::string text) {
    return encoded ? form_decode(text) : std::optional(std::move(text));
  };
  ListBody list;
  list.bucket = text_of(root, "Name");
  const std::optional<std::string> prefix = decode(text_of(root, "Prefix"));
  if (!prefix) return std::nullopt;
  list.prefix = *prefix;
  list.truncated = text_of(root, "IsTruncated") == "true";
  list.continuation_token = text_of(root, "NextContinuationToken");
  for (const pugi::xml_node item : root.children("Contents")) {
    ListEntry entry;
    std::optional<std::string> key = decode(text_of(item, "Key"));
    if (!key || key->empty() || !read_number(item, "Size", entry.size)) return std::nullopt;
    entry.key = *std::move(key);
    entry.etag = text_of(item, "ETag");
    list.entries.push_back(std::move(entry));
  }
  return list;
}

Bytes to_xml(const ListBody& list) {
  pugi::xml_document document;
  pugi::xml_node root = make_root(document, "ListBucketResult");
  add_text(root, "Name", list.bucket);
  add_text(root, "Prefix", encode_query_part(list.prefix));
  add_text(root, "EncodingType", "url");
  add_text(root, "KeyCount", std::to_string(list.entries.size()));
  add_text(root, "IsTruncated", list.truncated ? "true" : "false");
  if (list.truncated) add_text(root, "NextContinuationToken", list.continuation_token);
  for (const ListEntry& entry : list.entries) {
    pugi::xml_node item = root.append_child("Contents");
    add_text(item, "Key", encode_query_part(entry.key));
    add_text(item, "Size", std::to_string(entry.size));
    add_text(item, "ETag", entry.etag);
  }
  return to_bytes(document);
}

std::optional<UploadCreatedBody> parse_upload_created(BytesView body) {
  pugi::xml_document document;
  const pugi::xml_node root = load_root(document, body, "InitiateMultipartUploadResult");
  if (!root) return std::nullopt;
  UploadCreatedBody created{text_of(root, "Bucket"), text_of(root, "Key"),
                            text_of(root, "UploadId")};
  return created.upload_id.empty() ? std::nullopt : std::optional(std::move(created));
}

Bytes to_xml(const UploadCreatedBody& created) {
  pugi::xml_document document;
  pugi::xml_node root = make_root(document, "InitiateMultipartUploadResult");
  add_text(root, "Bucket", created.bucket);
  add_text(root, "Key", created.key);
  add_text(root, "UploadId", created.upload_id);
  return to_bytes(document);
}

std::optional<CompleteUploadBody> parse_complete_upload(BytesView body) {
  pugi::xml_document document;
  const pugi::xml_node root = load_root(document, body, "CompleteMultipartUpload");
  if (!root) return std::nullopt;
  CompleteUploadBody complete;
  for (const pugi::xml_node item : root.children("Part")) {
    UploadedPart part;
    if (!read_number(item, "PartNumber", part.number)) return std::nullopt;
    part.etag = text_of(item, "ETag");
    complete.parts.push_back(std::move(part));
  }
  return complete;
}

Bytes to_xml(const CompleteUploadBody& complete) {
  pugi::xml_document document;
  pugi::xml_node root = make_root(document, "CompleteMultipartUpload");
  for (const UploadedPart& part : complete.parts) {
    pugi::xml_node item = root.append_child("Part");
    add_text(item, "PartNumber", std::to_string(part.number));
    add_text(item, "ETag", part.etag);
  }
  return to_bytes(document);
}

std::optional<UploadCompletedBody> parse_upload_completed(BytesView body) {
  pugi::xml_document document;
  const pugi::xml_node root = load_root(document, body, "CompleteMultipartUploadResult");
  if (!root) return std::nullopt;
  return UploadCompletedBody{text_of(root, "Bucket"), text_of(root, "Key"), text_of(root, "ETag")};
}

Bytes to_xml(const UploadCompletedBody& completed) {
  pugi::xml_document document;
  pugi::xml_node root = make_root(document, "CompleteMultipartUploadResult");
  add_text(root, "Bucket", completed.bucket);
  add_text(root, "Key", completed.key);
  add_text(root, "ETag", completed.etag);
  return to_bytes(document);
}

}  // namespace eyrie::storage::s3
