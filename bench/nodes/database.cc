#include "bench/nodes/database.h"

#include <utility>

#include "bench/runtime/machines.h"
#include "storage/s3/object_store.h"

namespace eyrie::bench {

Task<Status> DelayedObjects::travel() {
  if (delay_ > Duration::zero()) EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_for(delay_));
  co_return Status();
}

Task<Status> DelayedObjects::put(std::string key, Bytes data) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  objects_[std::move(key)] = std::move(data);
  co_return Status();
}

Task<Status> DelayedObjects::put_if_absent(std::string key, Bytes data) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  const bool put = objects_.try_emplace(key, std::move(data)).second;
  co_return put ? Status() : Status(Code::already_exists, key);
}

Task<Result<Bytes>> DelayedObjects::get(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  const auto found = objects_.find(key);
  if (found == objects_.end()) co_return fail(Code::not_found, key);
  co_return found->second;
}

Task<Result<Bytes>> DelayedObjects::get_range(std::string key, std::uint64_t offset,
                                              std::uint64_t length) {
  EYRIE_CO_TRY(const Bytes whole, co_await get(std::move(key)));
  if (offset > whole.size()) co_return fail(Code::out_of_range, "past the end");
  co_return whole.substr(offset, length);
}

Task<Result<storage::ObjectInfo>> DelayedObjects::head(std::string key) {
  EYRIE_CO_TRY(const Bytes whole, co_await get(key));
  co_return storage::ObjectInfo{std::move(key), whole.size()};
}

Task<Result<storage::ObjectPage>> DelayedObjects::list(std::string prefix, std::string start_after,
                                                       std::size_t limit) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  storage::ObjectPage page;
  for (auto at = objects_.lower_bound(std::max(prefix, start_after));
       at != objects_.end() && at->first.starts_with(prefix); ++at) {
    if (at->first == start_after) continue;
    page.more = page.objects.size() == limit;
    if (page.more) break;
    page.objects.push_back({at->first, at->second.size()});
  }
  co_return page;
}

Task<Status> DelayedObjects::remove(std::string key) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  objects_.erase(key);
  co_return Status();
}

Task<void> Database::open_log() {
  Environment& environment = machine_.environment();
  if (place_.kind == LogPlace::Kind::local_log) co_return;
  if (place_.kind == LogPlace::Kind::memory) {
    blocks_ = std::make_unique<DelayedObjects>(environment.clock, place_.delay);
  } else {
    auto wire =
        BeastHttpWire::make(machine_.executor(), environment.clock, machine_.bytes(), place_.s3);
    if (!wire) check(wire.error());
    wire_ = std::move(*wire);
    blocks_ = std::make_unique<storage::S3ObjectStore>(environment.clock,
                                                       environment.random.stream("blocks"),
                                                       environment.tracer, *wire_, place_.bucket);
  }
  log_ = std::make_unique<storage::ZeroDiskLog>(environment, stores_->meta(), *blocks_,
                                                storage::ZeroDiskOptions());
}

Task<void> Database::serve() {
  check(co_await server_->run());
}

Task<void> Database::start() {
  Environment& environment = machine_.environment();
  // A port that is free a moment later.
  auto listener = co_await environment.network.listen({"127.0.0.1", 0});
  if (!listener) check(listener.error());
  address_ = (*listener)->address();
  listener->reset();
  auto stores = co_await standalone::StandaloneStores::open(environment);
  if (!stores) check(stores.error());
  stores_ = std::move(*stores);
  co_await open_log();
  standalone::StandaloneOptions options;
  options.listen = address_;
  storage::Wal& log = log_ != nullptr ? *log_ : stores_->log();
  server_ = std::make_unique<standalone::Standalone>(
      environment, stores_->meta(), stores_->objects(), log, *index::best_kernels(), options);
  tasks_ = std::make_unique<TaskGroup>(machine_.executor());
  tasks_->spawn(serve());
  check(co_await server_->wait_until_ready());
}

Task<void> Database::stop() {
  server_->request_stop();
  co_await tasks_->join();
  server_.reset();
  if (log_ != nullptr) co_await log_->stop();
  log_.reset();
  if (wire_ != nullptr) co_await wire_->stop();
  co_await stores_->close();
}

}  // namespace eyrie::bench
