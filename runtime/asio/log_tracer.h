// LogTracer: events as lines of a log.
//
//   2026-11-22T22:15:00.123456Z level=info node=query-1 event=query.segment_loaded segment=7
//
//   {"time":"2026-11-22T22:15:00.123456Z","level":"info","node":"query-1",
//    "event":"query.segment_loaded","fields":{"segment":7}}
//
// The second form is JSON, in one line too. One line an event, UTC; a value with anything but
// letters, digits and common marks is quoted. Thread-safe: the components of a process share one
// log.
#pragma once

#include <memory>
#include <string>

#include "runtime/status.h"
#include "runtime/tracer.h"

namespace spdlog {
class logger;
}

namespace eyrie {

struct LogOptions {
  Level level = Level::info;  // and above
  std::string path = {};      // appended to; empty: standard error
  std::string node = {};      // which component writes; empty: not said
  bool json = false;
};

class LogTracer final : public Tracer {
 public:
  static Result<std::unique_ptr<LogTracer>> open(const LogOptions& options);
  ~LogTracer() override;

  void record(const EventHeader& event, std::span<const Field> values) override;

 private:
  LogTracer(std::shared_ptr<spdlog::logger> logger, std::string node, bool json);

  std::shared_ptr<spdlog::logger> logger_;
  std::string node_;
  bool json_;
};

}  // namespace eyrie
