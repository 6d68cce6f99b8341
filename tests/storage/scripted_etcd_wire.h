// A wire that answers what a test has written, and remembers what it was asked.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/etcd/etcd_meta_store.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {

inline constexpr std::uint64_t kScriptedCluster = 5;

template <class Message>
storage::EtcdAnswer encoded(const Message& message) {
  return {storage::EtcdCode::ok, "", message.SerializeAsString()};
}

inline etcdserverpb::ResponseHeader header_at(storage::Revision revision,
                                              std::uint64_t cluster = kScriptedCluster) {
  etcdserverpb::ResponseHeader header;
  header.set_cluster_id(cluster);
  header.set_revision(revision);
  return header;
}

inline storage::EtcdAnswer range_at(storage::Revision revision,
                                    std::uint64_t cluster = kScriptedCluster) {
  etcdserverpb::RangeResponse response;
  *response.mutable_header() = header_at(revision, cluster);
  return encoded(response);
}

// What one stream of a script does: says `messages`, then ends or is silent.
struct StreamScript {
  std::deque<storage::EtcdAnswer> messages;
  bool ends = true;
  Duration pause{0};  // before each message
  Duration opens_after{0};
};

// What one endpoint does, and what it was asked.
struct EndpointScript {
  std::deque<Result<storage::EtcdAnswer>> answers;  // of calls, in order; then unavailable
  std::deque<StreamScript> streams;  // in the order of their opening; then unavailable
  std::vector<Bytes> requests;       // sent on streams
  int calls = 0;
};

class ScriptedStream final : public storage::EtcdStream {
 public:
  ScriptedStream(StreamScript script, EndpointScript& endpoint, Clock& clock)
      : script_(std::move(script)), endpoint_(endpoint), clock_(clock) {}

  Task<Status> send(Bytes message) override {
    endpoint_.requests.push_back(std::move(message));
    co_return Status();
  }
  Task<Result<storage::EtcdAnswer>> receive() override {
    while (script_.messages.empty() && !closed_ && !script_.ends) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_for(10ms));
    }
    if (script_.messages.empty() || closed_) co_return fail(Code::unavailable, "the stream ended");
    if (script_.pause > Duration(0)) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_for(script_.pause));
    }
    storage::EtcdAnswer answer = std::move(script_.messages.front());
    script_.messages.pop_front();
    co_return answer;
  }
  void close() override { closed_ = true; }

 private:
  StreamScript script_;
  EndpointScript& endpoint_;
  Clock& clock_;
  bool closed_ = false;
};

class ScriptedWire final : public storage::EtcdWire {
 public:
  ScriptedWire(EndpointScript& script, Clock& clock) : script_(script), clock_(clock) {}

  Task<Result<storage::EtcdAnswer>> call(storage::EtcdMethod, Bytes, MonotonicTime) override {
    ++script_.calls;
    if (script_.answers.empty()) co_return fail(Code::unavailable, "connection refused");
    Result<storage::EtcdAnswer> answer = std::move(script_.answers.front());
    script_.answers.pop_front();
    co_return answer;
  }
  Task<Result<std::unique_ptr<storage::EtcdStream>>> open(storage::EtcdMethod,
                                                          MonotonicTime deadline) override {
    if (script_.streams.empty()) co_return fail(Code::unavailable, "connection refused");
    const MonotonicTime opened = clock_.monotonic() + script_.streams.front().opens_after;
    if (opened > clock_.monotonic()) {
      EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_until(std::min(deadline, opened)));
    }
    if (deadline < opened) co_return fail(Code::deadline_exceeded, "no connection in time");
    StreamScript script = std::move(script_.streams.front());
    script_.streams.pop_front();
    co_return std::make_unique<ScriptedStream>(std::move(script), script_, clock_);
  }
  Task<void> stop() override { co_return; }
  const std::string& endpoint() const override { return name_; }

 private:
  EndpointScript& script_;
  Clock& clock_;
  std::string name_ = "scripted";
};

struct Scripted {
  explicit Scripted(std::size_t endpoints) : scripts(endpoints) {}

  std::vector<std::unique_ptr<storage::EtcdWire>> wires(Clock& clock) {
    std::vector<std::unique_ptr<storage::EtcdWire>> all;
    for (EndpointScript& script : scripts) {
      all.push_back(std::make_unique<ScriptedWire>(script, clock));
    }
    return all;
  }

  std::vector<EndpointScript> scripts;
};

using ScriptedBody = Task<void> (*)(Scripted&, storage::EtcdMetaStore&, Environment&);

inline Task<void> run_scripted(ScriptedBody body, Scripted& scripted, storage::EtcdOptions options,
                               Environment& environment) {
  storage::EtcdMetaStore store(environment, scripted.wires(environment.clock), options);
  co_await body(scripted, store, environment);
  co_await store.stop();
}

inline void run_script(std::size_t endpoints, ScriptedBody body,
                       storage::EtcdOptions options = {}) {
  SimTestWorld world;
  Scripted scripted(endpoints);
  world.run("client", [&](Environment& environment) {
    return run_scripted(body, scripted, options, environment);
  });
}

}  // namespace eyrie::test
