#include "storage/metered/object_store.h"

#include "storage/metered/metrics.h"

namespace eyrie::storage {

namespace {

Requests requests(Environment& environment, const char* user, const char* verb) {
  Metrics& metrics = environment.metrics;
  return {environment.clock, metrics.histogram(kObjectDuration, user, verb),
          [&metrics, user, verb](std::string_view result) -> Counter& {
            return metrics.counter(kObjectRequests, user, verb, result);
          }};
}

}  // namespace

MeteredObjectStore::MeteredObjectStore(Environment& environment, ObjectStore& store,
                                       const char* user)
    : store_(store),
      put_(requests(environment, user, "put")),
      put_if_absent_(requests(environment, user, "put_if_absent")),
      get_(requests(environment, user, "get")),
      get_range_(requests(environment, user, "get_range")),
      head_(requests(environment, user, "head")),
      list_(requests(environment, user, "list")),
      remove_(requests(environment, user, "remove")),
      sent_bytes_(environment.metrics.counter(kObjectSentBytes, user)),
      received_bytes_(environment.metrics.counter(kObjectReceivedBytes, user)) {}

Task<Status> MeteredObjectStore::sent(std::size_t bytes, Task<Status> request) {
  Status status = co_await std::move(request);
  if (status.ok()) sent_bytes_.add(static_cast<std::int64_t>(bytes));
  co_return status;
}

Task<Result<Bytes>> MeteredObjectStore::received(Task<Result<Bytes>> request) {
  Result<Bytes> bytes = co_await std::move(request);
  if (bytes) received_bytes_.add(static_cast<std::int64_t>(bytes->size()));
  co_return bytes;
}

Task<Status> MeteredObjectStore::put(std::string key, Bytes data) {
  const std::size_t bytes = data.size();
  return sent(bytes, put_.counted(store_.put(std::move(key), std::move(data))));
}
Task<Status> MeteredObjectStore::put_if_absent(std::string key, Bytes data) {
  const std::size_t bytes = data.size();
  return sent(bytes, put_if_absent_.counted(store_.put_if_absent(std::move(key), std::move(data))));
}
Task<Result<Bytes>> MeteredObjectStore::get(std::string key) {
  return received(get_.counted(store_.get(std::move(key))));
}
Task<Result<Bytes>> MeteredObjectStore::get_range(std::string key, std::uint64_t offset,
                                                  std::uint64_t length) {
  return received(get_range_.counted(store_.get_range(std::move(key), offset, length)));
}
Task<Result<ObjectInfo>> MeteredObjectStore::head(std::string key) {
  return head_.counted(store_.head(std::move(key)));
}
Task<Result<ObjectPage>> MeteredObjectStore::list(std::string prefix, std::string start_after,
                                                  std::size_t limit) {
  return list_.counted(store_.list(std::move(prefix), std::move(start_after), limit));
}
Task<Status> MeteredObjectStore::remove(std::string key) {
  return remove_.counted(store_.remove(std::move(key)));
}

}  // namespace eyrie::storage
