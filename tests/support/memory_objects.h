// MemoryObjects: an ObjectStore whose objects live in the test, outside every machine.
#pragma once

#include <map>
#include <set>
#include <string>

#include "runtime/environment.h"
#include "storage/seam/object_store.h"

namespace eyrie::test {

struct MemoryObjectStoreState {
  std::map<std::string, Bytes> objects;
  int puts_to_fail = 0;              // the next ones: unavailable, not applied
  int puts_to_lose_answer = 0;       // the next ones: applied, outcome unknown
  std::set<std::string> kept = {};   // their removal: unavailable, not applied
  std::set<std::string> stuck = {};  // reads of them end with their callers' patience
};

class MemoryObjects final : public storage::ObjectStore {
 public:
  MemoryObjects(Environment& environment, MemoryObjectStoreState& state)
      : environment_(environment), state_(state) {}

  Task<Status> put(std::string key, Bytes data) override {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(2ms));
    if (state_.puts_to_fail > 0) {
      --state_.puts_to_fail;
      co_return Status(Code::unavailable, "try again");
    }
    state_.objects[key] = std::move(data);
    if (state_.puts_to_lose_answer > 0) {
      --state_.puts_to_lose_answer;
      co_return Status(Code::unknown, "the answer was lost");
    }
    co_return Status();
  }
  Task<Status> put_if_absent(std::string key, Bytes data) override {
    if (state_.objects.contains(key)) co_return Status(Code::already_exists, key);
    co_return co_await put(std::move(key), std::move(data));
  }
  Task<Result<Bytes>> get(std::string key) override {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(2ms));
    while (state_.stuck.contains(key)) {
      EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(100ms));
    }
    const auto found = state_.objects.find(key);
    if (found == state_.objects.end()) co_return fail(Code::not_found, key);
    co_return found->second;
  }
  Task<Result<Bytes>> get_range(std::string key, std::uint64_t offset,
                                std::uint64_t length) override {
    EYRIE_CO_TRY(const Bytes whole, co_await get(std::move(key)));
    if (offset > whole.size()) co_return fail(Code::out_of_range, "past the end");
    co_return whole.substr(offset, length);
  }
  Task<Result<storage::ObjectInfo>> head(std::string key) override {
    const auto found = state_.objects.find(key);
    if (found == state_.objects.end()) co_return fail(Code::not_found, key);
    co_return storage::ObjectInfo{key, found->second.size()};
  }
  Task<Result<storage::ObjectPage>> list(std::string prefix, std::string start_after,
                                         std::size_t limit) override {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(2ms));
    storage::ObjectPage page;
    for (auto at = state_.objects.upper_bound(std::max(prefix, start_after));
         at != state_.objects.end() && at->first.starts_with(prefix); ++at) {
      page.more = page.objects.size() == limit;
      if (page.more) break;
      page.objects.push_back({at->first, at->second.size()});
    }
    co_return page;
  }
  Task<Status> remove(std::string key) override {
    const bool kept = state_.kept.contains(key);
    if (!kept) state_.objects.erase(key);  // it is on its way, whatever becomes of the caller
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(2ms));
    co_return kept ? Status(Code::unavailable, "try again") : Status();
  }

 private:
  Environment& environment_;
  MemoryObjectStoreState& state_;
};

}  // namespace eyrie::test
