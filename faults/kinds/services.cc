// S3 and the log service: switches of the fakes, which count how often they struck. Two of S3's
// have no kind, since no node does what they strike: a put that must not overwrite, and a list.
#include <utility>

#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

using S3 = storage::fakes::S3Faults;
using S3Counts = storage::fakes::S3FaultCounts;
using Wal = storage::fakes::WalFaults;
using WalCounts = storage::fakes::WalFaultCounts;
using storage::fakes::FaultCount;

struct S3Knob {
  Ratio S3::* knob;
  FaultCount S3Counts::* count;
  Ratio rate;
};

// Several knobs may belong to one situation.
FaultKind s3(std::string name, std::string cause, std::vector<S3Knob> knobs) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [knobs](const FaultContext& context, const Fault&) {
                std::int64_t taken = 0;
                for (const S3Knob& each : knobs) {
                  taken += (context.s3->faults.counts.*each.count).taken;
                }
                return taken;
              },
          .needs = Needs::s3,
          .hold =
              [knobs](FaultContext& context, const Fault&, std::span<const Fault> under_way) {
                for (const S3Knob& each : knobs) {
                  context.s3->faults.faults.*each.knob = under_way.empty() ? Ratio() : each.rate;
                }
              },
          .where = whole_service};
}

FaultKind wal(std::string name, std::string cause, Ratio Wal::* knob, FaultCount WalCounts::* count,
              Ratio rate) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin = nullptr,
          .end = nullptr,
          .strikes = [count](const FaultContext& context,
                             const Fault&) { return (context.wal->faults.counts.*count).taken; },
          .needs = Needs::wal,
          .hold =
              [knob, rate](FaultContext& context, const Fault&, std::span<const Fault> under_way) {
                context.wal->faults.faults.*knob = under_way.empty() ? Ratio() : rate;
              },
          .where = whole_service};
}

}  // namespace

std::vector<FaultKind> service_kinds() {
  return {
      s3("s3_error_before", "the front end finds nobody to hand a request to",
         {{&S3::error_before, &S3Counts::error_before, {1, 5}}}),
      s3("s3_error_after", "the front end never hears that a request was done",
         {{&S3::error_after, &S3Counts::error_after, {1, 5}}}),
      s3("s3_silence_before", "requests are forwarded to a front end that has died",
         {{&S3::silence_before, &S3Counts::silence_before, {1, 10}}}),
      s3("s3_silence_after", "the front end dies after a request was done",
         {{&S3::silence_after, &S3Counts::silence_after, {1, 10}}}),
      s3("s3_reset", "connections are reset in the middle of a body, sent or received",
         {{&S3::reset_upload, &S3Counts::reset_upload, {1, 5}},
          {&S3::reset_download, &S3Counts::reset_download, {1, 5}}}),
      s3("s3_clock_skew", "a time server is wrong, and the front ends' clocks are off",
         {{&S3::skew_window, &S3Counts::skew, {1, 1}}}),
      s3("s3_slow_down", "a key range gets more requests than its partition takes",
         {{&S3::slow_down_window, &S3Counts::slow_down, {1, 2}}}),
      s3("s3_slow_body", "an answer's body trickles",
         {{&S3::slow_body, &S3Counts::slow_body, {1, 3}}}),
      wal("wal_ack_lost", "a broker dies after a record is durable, before it says so",
          &Wal::ack_lost, &WalCounts::ack_lost, {1, 20}),
      wal("wal_reset", "a broker dies when a record arrives", &Wal::reset, &WalCounts::reset,
          {1, 20}),
      wal("wal_slow_sync", "a replica's disk has to be waited for", &Wal::slow_sync,
          &WalCounts::slow_sync, {1, 5}),
      wal("wal_unavailable", "the log service elects a leader", &Wal::unavailable_window,
          &WalCounts::unavailable, {1, 2}),
      wal("wal_duplicate_open", "a middlebox sends an opening of the log again, later",
          &Wal::duplicate_open, &WalCounts::duplicate_open, {1, 2}),
      wal("wal_late_open", "an opening of the log lies in a queue while its caller has given up",
          &Wal::late_open, &WalCounts::late_open, {1, 2}),
      wal("wal_open_answer_lost", "a broker dies after it let a term in, before it says so",
          &Wal::open_answer_lost, &WalCounts::open_answer_lost, {1, 2}),
      wal("wal_read_reset", "a broker dies while somebody reads from it", &Wal::read_reset,
          &WalCounts::read_reset, {1, 20}),
  };
}

}  // namespace eyrie::faults
