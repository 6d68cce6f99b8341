// What may go wrong at the simulated S3 service, and when it does.
//
// A request's fate is drawn from (seed, method and target, how often that was asked before), each
// fault from a stream of its own, so that one request or one fault less moves no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "runtime/http.h"
#include "runtime/random.h"
#include "runtime/time.h"
#include "storage/fakes/fault_count.h"

namespace eyrie::storage::fakes {

// A numerator of 0 turns a fault off. All of them are legal behaviour of a service behind S3's API.
struct S3Faults {
  // 503 SlowDown, in bursts: a range of the key space gets more requests than its partition takes,
  // until the service has split it. `slow_down_window` is the share of windows with a burst,
  // `slow_down` the share of requests that a burst refuses.
  Ratio slow_down_window;
  Duration slow_down_window_length = 2s;
  Ratio slow_down{1, 2};
  // 500 or 503, nothing done: the front end found no storage node to hand the request to.
  Ratio error_before;
  // 500 or 503 although it is done: the storage nodes' confirmation to the front end was lost.
  Ratio error_after;
  // No answer, nothing done: the load balancer forwarded to a front end that has died.
  Ratio silence_before;
  // No answer although it is done: the front end died, or its way back broke silently.
  Ratio silence_after;
  // 409 to a conditional put: another write of the same key was under way. Nothing done.
  Ratio conflict;
  // The connection is reset in the middle of the request's body; nothing done.
  Ratio reset_upload;
  // The connection is reset in the middle of the answer's body; done.
  Ratio reset_download;
  // The body trickles: packet loss on the way or a disk that has to try again.
  Ratio slow_body;
  Duration slow_body_max = 5s;
  // A front end's clock is off, for whole windows: its time server is wrong. Requests are refused
  // with RequestTimeTooSkewed and its date.
  Ratio skew_window;
  Duration skew_window_length = 10s;
  Duration skew = 20min;
  // A page of a list is shorter than asked for: the listing crossed partitions.
  Ratio short_page;

  // How long a request takes on a good day; not a fault.
  Duration service_min = 1ms;
  Duration service_max = 15ms;
};

struct S3FaultCounts {
  FaultCount slow_down;
  FaultCount error_before;
  FaultCount error_after;
  FaultCount silence_before;
  FaultCount silence_after;
  FaultCount conflict;
  FaultCount reset_upload;
  FaultCount reset_download;
  FaultCount slow_body;
  FaultCount skew;  // of the signatures that a wrong clock judged, those that it alone refused
  FaultCount short_page;
};

struct S3Fate {
  enum class End : std::uint8_t {
    answer,
    slow_down,
    error_before,
    error_after,
    silence_before,
    silence_after,
    conflict,
    reset_upload,
    reset_download,
  };
  End end = End::answer;
  int error_status = 500;  // of error_before and error_after
  Duration service{};      // before anything is done
  Duration slow_body{};    // after it
  Duration clock_error{};  // of the front end
  std::size_t list_keys_max = 1000;
};
std::string_view name_of(S3Fate::End end);

// Owned by the world, like what it judges over: its memory of what was asked outlives a crash.
class S3FaultInjector {
 public:
  explicit S3FaultInjector(Random random) : random_(random) {}

  S3Fate decide(const HttpRequest& request, MonotonicTime now);

  // The one switch: healing assigns S3Faults().
  S3Faults faults;
  S3FaultCounts counts;

 private:
  S3Fate::End decide_end(const HttpRequest& request, const Random& random, MonotonicTime now);
  bool in_window(std::string_view fault, MonotonicTime now, Duration length, Ratio share) const;

  Random random_;
  std::map<std::string, std::uint64_t> asked_;
};

}  // namespace eyrie::storage::fakes
