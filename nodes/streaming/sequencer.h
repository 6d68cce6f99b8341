// Sequencer: gives every record of a channel its timestamp, position and segment, appends it, and
// acknowledges it once it is durable (W2); emits the channel's ticks (W4).
//
// One task asks the coordinator for timestamps, one request at a time, for all requests that were
// waiting when it was sent; what comes later waits for the next. Appends overlap; records become
// durable, are applied and acknowledged in the order of their positions.
//
// Errors of submit(): resource_exhausted and unavailable were certainly not appended; not_found:
// the collection is not alive here (D3), certainly not; else the log's own answer, whose category
// says what is known (a full disk: resource_exhausted). After an append failed the sequencer ends;
// nothing later succeeds.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "nodes/streaming/channel_head.h"
#include "nodes/streaming/id_pool.h"
#include "nodes/streaming/sequencer_state.h"
#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"

namespace eyrie::streaming {

// Whom a sequencer tells, on the component's executor, without suspension.
class RecordSink {
 public:
  // The record and all before it are durable. An error ends the channel.
  virtual Status on_durable(const storage::WalRecord& record) = 0;
  virtual void on_tick(Timestamp tick) = 0;
  // An append failed: nothing more of this term will be appended.
  virtual void on_append_failed(const Status& status) = 0;

 protected:
  ~RecordSink() = default;
};

struct Appended {
  Place place;
  SegmentId segment;
};

class Sequencer {
 public:
  struct Setting {
    std::string channel;
    WalTerm term = 0;
    SequencerOptions options;
    std::size_t ids_fetched = 64;
    Duration back_off_min = 20ms;
    Duration back_off_max = 2s;
  };
  // Borrows all; `recovered` is the place of the last record of earlier terms.
  Sequencer(Environment& environment, Coordinator& coordinator, storage::WalWriter& writer,
            RecordSink& sink, ChannelHead head, Place recovered, Setting setting);

  // Until an append fails, the coordinator refuses the term, or the scope is cancelled. Then every
  // request has been answered, and later ones are unavailable.
  Task<Status> run();

  // `bytes` is about the size of the record. Ends when it is durable and applied, or failed.
  Task<Result<Appended>> submit(RecordBody body, std::size_t bytes);
  // A reader waits for this timestamp.
  void demand_tick(Timestamp guarantee);

  ChannelHead& head() { return head_; }

 private:
  struct Answer {
    Result<Appended> result;
  };
  // A request and its caller, who may leave before the answer.
  struct Request {
    RecordBody body;
    std::size_t bytes = 0;
    bool abandoned = false;
    OneShot<Answer> answer;
  };
  using RequestRef = std::shared_ptr<Request>;
  // Waits for its record to be durable; one without a record for everything before it.
  struct InFlight {
    RequestRef request;
    std::optional<storage::WalRecord> record;
    Appended appended;
    bool durable = false;
  };

  Task<Status> serve(TaskGroup& appends);
  Task<Status> wait_for_work();
  MonotonicTime tick_due() const;
  std::size_t batch_size() const;
  void run_round(std::size_t count, TaskGroup& appends);
  void allot(RequestRef request, TaskGroup& appends);
  Task<void> watch(Task<Status> append, WalPosition position);
  void on_appended(WalPosition position, const Status& status);
  void settle();
  void emit_tick();
  void fail_with(const Status& status);
  void answer_all(const Status& status);

  Environment& environment_;
  Coordinator& coordinator_;
  storage::WalWriter& writer_;
  RecordSink& sink_;
  ChannelHead head_;
  SequencerState state_;
  Setting setting_;
  IdPool ids_;
  std::deque<RequestRef> queue_;
  std::size_t queued_bytes_ = 0;
  std::deque<InFlight> in_flight_;  // by rising position
  std::size_t in_flight_bytes_ = 0;
  Timestamp demanded_;
  MonotonicTime last_request_;
  bool ended_ = false;
  std::optional<Status> failure_;
  Condition work_;
};

}  // namespace eyrie::streaming
