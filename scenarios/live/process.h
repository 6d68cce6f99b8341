// ChildProcess: a program that this one started, with its output in files.
//
// It is in a process group of its own, so that a signal from the terminal reaches us alone, and it
// is killed when the thread that started it ends, whatever becomes of this program; but not what
// has a session of its own (Lifetime::outlives).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "runtime/clock.h"
#include "runtime/status.h"

namespace eyrie::scenarios::live {

class ChildProcess {
 public:
  enum class Lifetime : bool { ours, outlives };
  struct Spec {
    std::vector<std::string> words;  // the program, found in PATH if it names no folder; arguments
    std::string out;                 // a file, made anew
    std::string errors;              // a file, appended to
    int input = -1;                  // a descriptor; none: /dev/null
    Lifetime lifetime = Lifetime::ours;
  };

  // not_found, naming it, if there is no such program.
  static Result<std::unique_ptr<ChildProcess>> start(const Spec& spec);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // killed, unless it outlives us

  pid_t id() const { return id_; }
  void signal(int number);
  // Once it has ended: its exit code, or 128 and the signal that ended it.
  std::optional<int> ended();
  // The same, waited for; cancelled.
  Task<Result<int>> wait(Clock& clock);
  // The same; blocks the thread.
  int join();
  // kill -9, and gone when this returns.
  void kill();

 private:
  ChildProcess(pid_t id, Lifetime lifetime) : id_(id), lifetime_(lifetime) {}

  pid_t id_;
  Lifetime lifetime_;
  std::optional<int> exit_code_;
};

}  // namespace eyrie::scenarios::live
