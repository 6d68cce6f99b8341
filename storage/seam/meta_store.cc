#include "storage/seam/meta_store.h"

namespace eyrie::storage {

KeyRange single_key(std::string key) {
  return {std::move(key), {}};
}

KeyRange with_prefix(std::string prefix) {
  std::string end = prefix;
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (end.empty()) {
    // No key is greater than all others; etcd writes "to the end of the key space" as a zero byte.
    end = std::string(1, '\0');
    if (prefix.empty()) prefix = end;
  } else {
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  }
  return {std::move(prefix), std::move(end)};
}

Compare key_absent(std::string key) {
  return create_revision_is(std::move(key), 0);
}

Compare mod_revision_is(std::string key, Revision revision) {
  return {std::move(key), Compare::Target::mod_revision, Compare::Relation::equal, revision, {}};
}

Compare create_revision_is(std::string key, Revision revision) {
  return {std::move(key), Compare::Target::create_revision, Compare::Relation::equal, revision, {}};
}

MetaOperation put_key(std::string key, Bytes value, LeaseId lease) {
  return {MetaOperation::Kind::put, single_key(std::move(key)), std::move(value), lease};
}

MetaOperation remove_key(std::string key) {
  return remove_range(single_key(std::move(key)));
}

MetaOperation remove_range(KeyRange range) {
  return {MetaOperation::Kind::remove, std::move(range), {}, {}};
}

MetaOperation read_range(KeyRange range) {
  return {MetaOperation::Kind::read, std::move(range), {}, {}};
}

Task<Result<KeyValue>> get_key(MetaStore& store, std::string key) {
  EYRIE_CO_TRY(RangeResult found, co_await store.range(single_key(key), 0, 1));
  if (found.items.empty()) co_return fail(Code::not_found, "key '" + key + "' does not exist");
  co_return std::move(found.items.front());
}

}  // namespace eyrie::storage
