// Decisions of the etcd client about watches.
#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "tests/storage/scripted_etcd_wire.h"

namespace eyrie::test {
namespace {

using etcdserverpb::WatchRequest;
using etcdserverpb::WatchResponse;
using storage::EtcdMetaStore;
using storage::MetaEvents;
using storage::Revision;

WatchResponse created(std::int64_t id = 0) {
  WatchResponse response;
  *response.mutable_header() = header_at(100);
  response.set_watch_id(id);
  response.set_created(true);
  return response;
}

WatchResponse with_events(std::vector<Revision> revisions, bool fragment = false,
                          std::int64_t id = 0) {
  WatchResponse response;
  *response.mutable_header() = header_at(100);  // ahead of the events, as etcd's is
  response.set_watch_id(id);
  response.set_fragment(fragment);
  for (const Revision revision : revisions) {
    mvccpb::KeyValue& item = *response.add_events()->mutable_kv();
    item.set_key("a");
    item.set_mod_revision(revision);
  }
  return response;
}

WatchResponse progress(Revision revision, std::int64_t id) {
  WatchResponse response;
  *response.mutable_header() = header_at(revision);
  response.set_watch_id(id);
  return response;
}

StreamScript says(const std::vector<WatchResponse>& responses, bool ends = true) {
  StreamScript script;
  for (const WatchResponse& response : responses) script.messages.push_back(encoded(response));
  script.ends = ends;
  return script;
}

// Where each stream asked to begin.
std::vector<Revision> starts(const Scripted& scripted) {
  std::vector<Revision> revisions;
  for (const EndpointScript& script : scripted.scripts) {
    for (const Bytes& bytes : script.requests) {
      WatchRequest request;
      EXPECT_TRUE(request.ParseFromString(bytes));
      if (!request.has_create_request()) continue;
      EXPECT_TRUE(request.create_request().fragment());
      EXPECT_TRUE(request.create_request().progress_notify());
      revisions.push_back(request.create_request().start_revision());
    }
  }
  return revisions;
}

// The revisions that a watch from 10 says until it has said `last`.
Task<std::vector<Revision>> revisions_until(EtcdMetaStore& store, Revision last) {
  std::vector<Revision> revisions;
  auto watch = co_await store.watch(storage::single_key("a"), 10);
  EXPECT_TRUE(watch.has_value());
  while (watch && (revisions.empty() || revisions.back() < last)) {
    Result<MetaEvents> batch = co_await (*watch)->next();
    EXPECT_TRUE(batch.has_value()) << status_of(batch);
    if (!batch) break;
    for (const storage::MetaEvent& event : batch->events) {
      revisions.push_back(event.item.mod_revision);
    }
    EXPECT_EQ(batch->revision, revisions.back());
  }
  co_return revisions;
}

Task<void> resumes(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {says({created(), with_events({10}), with_events({11, 13})}),
                                 says({created(), with_events({13}), with_events({14})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 14);
  EXPECT_EQ(seen, (std::vector<Revision>{10, 11, 13, 14}));
  // One earlier than what is wanted: 10, then 14 after 13 was seen.
  EXPECT_EQ(starts(scripted), (std::vector<Revision>{9, 13}));
}

TEST(EtcdWatch, ResumesAfterItsLastEventWhateverTheHeaderSaid) {
  run_script(1, resumes);
}

Task<void> keeps_fragments(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {
      says({created(), with_events({10, 11}, true), with_events({11}, true)}),
      says({created(), with_events({10, 11}, true), with_events({11, 11}, true),
            with_events({11, 12})})};
  auto watch = co_await store.watch(storage::single_key("a"), 10);
  EXPECT_TRUE(watch.has_value());
  Result<MetaEvents> batch = co_await (*watch)->next();
  EXPECT_TRUE(batch.has_value());
  if (!batch) co_return;
  EXPECT_EQ(batch->events.size(), 6u);
  EXPECT_EQ(batch->revision, 12);
  EXPECT_EQ(starts(scripted), (std::vector<Revision>{9, 9}));
}

TEST(EtcdWatch, FragmentsAreHeldUntilTheBatchIsWholeAndThrownAwayWithTheirStream) {
  run_script(1, keeps_fragments);
}

Task<void> drops_duplicates(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {
      says({created(), with_events({8, 9}), with_events({9, 10}), with_events({10, 11, 11})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 11);
  EXPECT_EQ(seen, (std::vector<Revision>{10, 11, 11}));
}

TEST(EtcdWatch, WhatWasSeenOrNotAskedForIsDropped) {
  run_script(1, drops_duplicates);
}

Task<void> own_progress(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {says({created(7), with_events({10}, false, 7), progress(20, 7)}),
                                 says({created(), with_events({21})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 21);
  EXPECT_EQ(seen, (std::vector<Revision>{10, 21}));
  EXPECT_EQ(starts(scripted), (std::vector<Revision>{9, 20}));
}

TEST(EtcdWatch, ItsOwnProgressMovesWhereItResumes) {
  run_script(1, own_progress);
}

Task<void> stream_progress(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {says({created(7), with_events({10}, false, 7), progress(20, -1)}),
                                 says({created(), with_events({11, 21})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 21);
  EXPECT_EQ(seen, (std::vector<Revision>{10, 11, 21}));
  EXPECT_EQ(starts(scripted), (std::vector<Revision>{9, 10}));
}

TEST(EtcdWatch, TheAnswerToAProgressRequestDoesNot) {
  run_script(1, stream_progress);
}

Task<void> progress_between_fragments(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {says({created(), with_events({10}, true), progress(20, 0)}),
                                 says({created(), with_events({10}, true), with_events({11})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 11);
  EXPECT_EQ(seen, (std::vector<Revision>{10, 11}));
}

TEST(EtcdWatch, ProgressBetweenFragmentsEndsNoBatch) {
  run_script(1, progress_between_fragments);
}

Task<void> out_of_order(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {says({created(), with_events({12, 11})}),
                                 says({created(), with_events({11, 12})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 12);
  EXPECT_EQ(seen, (std::vector<Revision>{11, 12}));
}

TEST(EtcdWatch, EventsOutOfOrderAreNotBelieved) {
  run_script(1, out_of_order);
}

Task<void> compacted(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  WatchResponse gone = created();
  gone.set_created(false);
  gone.set_canceled(true);
  gone.set_compact_revision(50);
  scripted.scripts[0].streams = {says({created(), with_events({10})}), says({created(), gone})};
  auto watch = co_await store.watch(storage::single_key("a"), 10);
  EXPECT_TRUE(watch.has_value());
  Result<MetaEvents> first = co_await (*watch)->next();
  EXPECT_TRUE(first.has_value());
  for (int i = 0; i < 2; ++i) {
    Result<MetaEvents> lost = co_await (*watch)->next();
    EXPECT_EQ(status_of(lost).code(), Code::out_of_range);
  }
}

TEST(EtcdWatch, ACompactedRevisionEndsItForGood) {
  run_script(1, compacted);
}

Task<void> cancelled_by_etcd(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  WatchResponse cancelled = created();
  cancelled.set_created(false);
  cancelled.set_canceled(true);
  cancelled.set_cancel_reason("etcdserver: no leader");
  scripted.scripts[0].streams = {says({created(), with_events({10}), cancelled})};
  scripted.scripts[1].streams = {says({created(), with_events({11})})};
  const std::vector<Revision> seen = co_await revisions_until(store, 11);
  EXPECT_EQ(seen, (std::vector<Revision>{10, 11}));
}

TEST(EtcdWatch, AWatchThatEtcdCancelsIsOpenedAtAnotherMember) {
  run_script(2, cancelled_by_etcd);
}

Task<void> silent(Scripted& scripted, EtcdMetaStore& store, Environment&) {
  scripted.scripts[0].streams = {says({created()}, false)};
  scripted.scripts[1].streams = {says({created(), with_events({10})}, false)};
  const std::vector<Revision> seen = co_await revisions_until(store, 10);
  EXPECT_EQ(seen, std::vector<Revision>{10});
  bool asked = false;
  for (const Bytes& bytes : scripted.scripts[0].requests) {
    WatchRequest request;
    EXPECT_TRUE(request.ParseFromString(bytes));
    asked = asked || request.has_progress_request();
  }
  EXPECT_TRUE(asked);
}

TEST(EtcdWatch, ASilentStreamIsAskedForASignOfLifeAndThenGivenUp) {
  run_script(2, silent);
}

// Waits that are each shorter than the silence that is noticed.
Task<void> impatient(Scripted& scripted, EtcdMetaStore& store, Environment& environment) {
  scripted.scripts[0].streams = {says({created()}, false)};
  scripted.scripts[1].streams = {says({created(), with_events({10})}, false)};
  auto watch = co_await store.watch(storage::single_key("a"), 10);
  EXPECT_TRUE(watch.has_value());
  int waits = 0;
  Result<MetaEvents> batch = fail(Code::unknown, "");
  while (!batch && waits < 20) {
    ++waits;
    batch = co_await with_deadline(environment.clock, environment.clock.monotonic() + 1s,
                                   (*watch)->next());
  }
  EXPECT_TRUE(batch.has_value());
}

TEST(EtcdWatch, SilenceIsCountedOverSeveralWaits) {
  run_script(2, impatient);
}

}  // namespace
}  // namespace eyrie::test
