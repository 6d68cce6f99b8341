#include "storage/sqlite/watch.h"

#include <algorithm>
#include <utility>

namespace eyrie::storage {

namespace {

constexpr std::size_t kEventsMax = 1'000;  // of one next(), and what its last revision has beside

}  // namespace

Task<Result<MetaEvents>> SqliteWatch::next() {
  while (true) {
    const bool failed = store_.state_ == SqliteMetaStore::State::failed;
    if (!failed) EYRIE_CO_RETURN_IF_ERROR(store_.usable());
    if (failed || next_ > store_.revision_) {
      EYRIE_CO_RETURN_IF_ERROR(co_await store_.changed_.wait());
      continue;
    }
    MetaEvents events;
    if (next_ >= store_.recent_from_) {
      events = recent_events();
    } else {
      const std::uint64_t openings = store_.openings_;
      Result<MetaReply> reply = co_await store_.ask(EventsRequest{range_, next_, kEventsMax});
      if (!reply &&
          (store_.state_ == SqliteMetaStore::State::failed || store_.openings_ != openings)) {
        continue;  // it failed with the store, not by itself
      }
      if (!reply) co_return fail(std::move(reply).error());
      events = std::get<MetaEvents>(std::move(*reply));
    }
    next_ = events.revision + 1;
    if (!events.events.empty()) co_return events;
  }
}

MetaEvents SqliteWatch::recent_events() const {
  MetaEvents found;
  found.revision = store_.revision_;
  auto at = std::ranges::lower_bound(
      store_.recent_, next_, {}, [](const MetaEvent& event) { return event.item.mod_revision; });
  for (; at != store_.recent_.end(); ++at) {
    if (!contains(range_, at->item.key)) continue;
    if (found.events.size() >= kEventsMax &&
        at->item.mod_revision != found.events.back().item.mod_revision) {
      found.revision = found.events.back().item.mod_revision;
      break;
    }
    found.events.push_back(*at);
  }
  return found;
}

}  // namespace eyrie::storage
