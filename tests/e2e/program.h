// Program: a run of the real `eyrie` binary, as a person would start it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ios>
#include <string>
#include <vector>

#include <sys/types.h>

namespace eyrie::test {

class Program {
 public:
  // Starts it; what it prints goes into files in `folder`, which outlives it.
  Program(const std::string& folder, const std::vector<std::string>& arguments);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // killed, if it still runs

  void signal(int number);
  // Its exit code once it has ended, or 128 and the signal that ended it; -1 after kRunSecondsMax.
  int wait();
  bool running();

  std::string out() const;
  std::string errors() const;
  // Whether it has printed that; false once it ended without, or after kRunSecondsMax.
  bool wait_for_out(const std::string& text);
  bool wait_for_errors(const std::string& text);

  static constexpr int kRunSecondsMax = 300;

 private:
  bool wait_for(const std::string& text, std::string (Program::*said)() const);

  std::string path_;
  pid_t process_ = -1;
  int exit_code_ = -1;
};

// Runs it to its end.
struct Finished {
  int exit_code = -1;
  std::string out;
  std::string errors;
};
Finished run_program(const std::string& folder, const std::vector<std::string>& arguments);

// A TCP port of this machine that nobody uses at the moment.
std::uint16_t free_port();

void pause_ms(int milliseconds);

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);
std::vector<std::string> read_lines(const std::string& path);

// Counts the lines of a file that grows, reading only what is new.
class LineCount {
 public:
  explicit LineCount(const std::string& path) : path_(path) {}
  std::size_t now();

 private:
  std::string path_;
  std::streamoff read_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace eyrie::test
