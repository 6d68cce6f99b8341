// eyrie: the composition root of production.
#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <CLI/CLI.hpp>

#include "nodes/cluster/node.h"
#include "nodes/main/commands.h"
#include "nodes/main/exit_code.h"
#include "nodes/settings/all.h"

namespace eyrie::main {
namespace {

constexpr char kExample[] =
    "An example, in two terminals:\n"
    "  eyrie standalone --data ./data\n"
    "  eyrie import --collection words FILE.fvecs --names FILE.words\n"
    "  eyrie search --collection words --like king\n"
    "\n"
    "An import makes the collection if it is absent: the name is the VarChar key 'word', the\n"
    "FloatVector is 'vector', the metric COSINE. Without --names the keys are the numbers from 1.\n"
    "A row whose key is there already is overwritten, so that an import may be run again.\n"
    "\n"
    "Exit codes: 0 done; 2 wrong use or input; 5 port, disk, server or output.";

// What nobody expected comes before what is missing: it may be a misspelling of just that.
std::string mistake_of(const CLI::App& app, const CLI::Error& error) {
  const std::vector<std::string> left = app.remaining(true);
  if (left.empty()) return error.what();
  const std::string first = "'" + left.front() + "'";
  if (left.front().starts_with('-')) return "there is no option " + first;
  return app.get_subcommands().empty() ? "there is no command " + first
                                       : first + " was not expected";
}

std::string describe_misuse(const CLI::App* app, const CLI::Error& error) {
  return "eyrie: " + mistake_of(*app, error) + " (--help says more)\n";
}

int report_misuse(CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (app.exit(error) == 0) return kExitOk;
  const bool json = std::any_of(argv, argv + argc, [](const char* argument) {
    return argument == std::string_view("--json");
  });
  if (json) print_json(Status(Code::invalid_argument, mistake_of(app, error)));
  return kExitWrongUse;
}

const std::map<std::string, Level> kLevels = {{"debug", Level::debug},
                                              {"info", Level::info},
                                              {"warning", Level::warning},
                                              {"error", Level::error}};

void add_log_level(CLI::App& sub, Level& level) {
  sub.add_option_function<std::string>(
         "--log-level", [&level](const std::string& name) { level = kLevels.at(name); },
         "what standard error tells, and above it")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->option_text("debug|info|warning|error [info]");
}

void add_settings(CLI::App& sub, SettingSources& sources, const SettingsTable& table) {
  sub.add_option("--config", sources.file, "a YAML file of settings, as listed below");
  sub.add_option("--set", sources.flags, "one setting, NAME=VALUE; wins over the file")
      ->allow_extra_args(false);
  sub.footer("Settings, by a file, by EYRIE_SECTION_NAME or by --set; a later one wins:\n\n" +
             settings_help(table));
}

CLI::App* add_standalone(CLI::App& app, StandaloneCommand& command) {
  CLI::App* sub = app.add_subcommand(
      "standalone", "the whole database in one process, on one folder; ends at SIGTERM");
  sub->add_option("--data", command.data, "the folder of its data; made if absent")->required();
  sub->add_option("--listen", command.listen, "where it is reached")->capture_default_str();
  add_log_level(*sub, command.log_level);
  add_settings(*sub, command.settings, settings::with_process());
  return sub;
}

// What --help says of each, in the order of cluster::kRoles.
constexpr std::array kRoleSentences = {
    "one of a cluster's coordinators; one leads, the others stand by",
    "one of a cluster's proxies, which clients talk to",
    "one of a cluster's streaming nodes, which take writes",
    "one of a cluster's query nodes, which search what is flushed",
    "one of a cluster's data nodes, which build indexes"};

std::vector<CLI::App*> add_roles(CLI::App& app, RoleCommand& command) {
  std::vector<CLI::App*> subs;
  for (std::size_t i = 0; i < cluster::kRoles.size(); ++i) {
    CLI::App* sub = app.add_subcommand(std::string(cluster::kRoles[i]), kRoleSentences[i]);
    sub->add_option("--listen", command.listen, "where it is reached; the setting node.listen");
    add_log_level(*sub, command.log_level);
    add_settings(*sub, command.settings, settings::with_cluster());
    subs.push_back(sub);
  }
  return subs;
}

CLI::App* add_status(CLI::App& app, StatusCommand& command) {
  CLI::App* sub = app.add_subcommand(
      "status", "a cluster's nodes, channels and collections, as its catalog has them");
  sub->add_flag("--check-config", command.check_config,
                "only tells whether a node could begin with these settings");
  add_settings(*sub, command.settings, settings::with_cluster());
  return sub;
}

void add_address(CLI::App& sub, ServerOptions& options) {
  sub.add_option("--address", options.address, "of the server")->capture_default_str();
  sub.add_option("--cluster", options.cluster, "its name, where it is a cluster's proxy")
      ->capture_default_str();
}

void add_server(CLI::App& sub, ServerOptions& options) {
  sub.add_option("--collection", options.collection, "which collection")->required();
  add_address(sub, options);
}

CLI::App* add_finalize(CLI::App& app, FinalizeCommand& command) {
  CLI::App* sub = app.add_subcommand(
      "finalize", "the end of an upgrade: lets this release's formats be stored; not undone");
  add_address(*sub, command.server);
  return sub;
}

CLI::App* add_import(CLI::App& app, ImportCommand& command) {
  CLI::App* sub = app.add_subcommand(
      "import", "vectors of a .fvecs file into a collection, which is made if absent");
  add_server(*sub, command.server);
  sub->add_option("file", command.vectors, "the vectors, FILE.fvecs")->required();
  sub->add_option("--names", command.names, "a name for each, one a line (else their numbers)");
  sub->add_option("--acked", command.acked, "each name is appended to this once it is durable");
  sub->add_option("--batch", command.batch_rows, "rows sent at a time")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, kBatchRowsMax));
  return sub;
}

CLI::App* add_search(CLI::App& app, SearchCommand& command) {
  CLI::App* sub = app.add_subcommand("search", "the names whose vectors are nearest to one's");
  add_server(*sub, command.server);
  sub->add_option("--like", command.like, "the name")->required();
  sub->add_option("--limit", command.limit, "how many")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, kSearchLimitMax));
  sub->add_flag("--json", command.server.json, "one JSON object on standard output");
  return sub;
}

int main_of(int argc, char** argv) {
  CLI::App app{
      "eyrie: a vector database. Rows have a name and a vector; a search finds the rows\n"
      "whose vectors are nearest to one."};
  app.require_subcommand(1);
  app.failure_message(describe_misuse);
  app.set_version_flag("--version", "eyrie " EYRIE_VERSION);
  app.footer(kExample);
  StandaloneCommand standalone;
  ImportCommand import;
  SearchCommand search;
  const CLI::App* standalone_app = add_standalone(app, standalone);
  RoleCommand role;
  const std::vector<CLI::App*> role_apps = add_roles(app, role);
  StatusCommand status;
  const CLI::App* status_app = add_status(app, status);
  FinalizeCommand finalize;
  const CLI::App* finalize_app = add_finalize(app, finalize);
  const CLI::App* import_app = add_import(app, import);
  add_search(app, search);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_misuse(app, error, argc, argv);
  }
  if (standalone_app->parsed()) return run_standalone(standalone);
  for (const CLI::App* role_app : role_apps) {
    if (!role_app->parsed()) continue;
    role.role = role_app->get_name();
    return run_role(role);
  }
  if (status_app->parsed()) return run_status(status);
  if (finalize_app->parsed()) return run_finalize(finalize);
  if (import_app->parsed()) return run_import(import);
  return run_search(search);
}

}  // namespace
}  // namespace eyrie::main

int main(int argc, char** argv) {
  return eyrie::main::finish(eyrie::main::main_of(argc, argv));
}
