// The commands of `eyrie`, one a file. Each gives the process's exit code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "nodes/main/read_settings.h"
#include "nodes/main/server_call.h"
#include "runtime/tracer.h"

namespace eyrie::main {

// standalone.cc
struct StandaloneCommand {
  std::string data;
  std::string listen = kDefaultAddress;
  SettingSources settings;
  Level log_level = Level::info;
};
int run_standalone(const StandaloneCommand& command);

// role.cc
struct RoleCommand {
  std::string role;    // one of cluster::kRoles
  std::string listen;  // empty: as the settings say
  SettingSources settings;
  Level log_level = Level::info;
};
int run_role(const RoleCommand& command);

// status.cc
struct StatusCommand {
  SettingSources settings;
  bool check_config = false;  // only whether a node could begin with these settings
};
int run_status(const StatusCommand& command);

// finalize.cc
struct FinalizeCommand {
  ServerOptions server;
};
int run_finalize(const FinalizeCommand& command);

// import.cc
struct ImportCommand {
  ServerOptions server;
  std::string vectors;
  std::string names;  // empty: rows are named by their number
  std::string acked;  // empty: acknowledged keys are not written down
  std::size_t batch_rows = 1'000;
};
inline constexpr std::size_t kBatchRowsMax = 16'384;
int run_import(const ImportCommand& command);

// search.cc
struct SearchCommand {
  ServerOptions server;
  std::string like;
  std::int64_t limit = 10;
};
inline constexpr std::int64_t kSearchLimitMax = 16'383;  // one more is asked for
int run_search(const SearchCommand& command);

}  // namespace eyrie::main
