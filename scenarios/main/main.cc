// eyrie-sim: the composition root of the simulated world.
#include <charconv>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "scenarios/main/commands.h"

namespace eyrie::scenarios {
namespace {

unsigned hardware_threads() {
  return static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

// Empty, or what is wrong with it.
std::string parse_time_ms(const std::string& text, std::int64_t& into) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const std::int64_t factor = unit == "s" ? 1'000 : unit == "m" ? 60'000 : 3'600'000;
  if (error != std::errc() || number <= 0 || number > 10'000 ||
      (unit != "s" && unit != "m" && unit != "h")) {
    return "'" + text + "' is not a time such as 30s, 10m or 2h";
  }
  into = number * factor;
  return "";
}

int main_of(int argc, char** argv) {
  CLI::App app{"eyrie-sim: a cluster of Eyrie in a deterministic world, where a seed decides all"};
  app.require_subcommand(1);
  Options options;
  CLI::App* run_app = app.add_subcommand("run", "one seed of a scenario, with its verdict");
  CLI::App* explore =
      app.add_subcommand("explore", "many seeds of a scenario, and what they found");
  CLI::App* list = app.add_subcommand("list", "what there is");
  std::string listed;
  list->add_option("what", listed, "faults, properties, scenarios")
      ->required()
      ->check(CLI::IsMember({"faults", "properties", "scenarios"}));
  for (CLI::App* command : {run_app, explore}) {
    command->add_option("file", options.file, "the scenario")->capture_default_str();
    command->add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
        ->capture_default_str();
  }
  run_app->add_option("--seed", options.seed, "which seed")->capture_default_str();
  run_app->add_flag("--twice", options.twice, "in two processes, which must agree (exit code 3)");
  run_app->add_flag("--json", options.json, "one JSON object on standard output");
  auto* seeds = explore->add_option("--seeds", options.seeds, "how many of each scenario")
                    ->capture_default_str()
                    ->check(CLI::PositiveNumber);
  std::string time;
  explore->add_option("--for", time, "how long instead: 30s, 10m, 2h")
      ->excludes(seeds)
      ->check(CLI::Validator(
          [&](const std::string& text) { return parse_time_ms(text, options.for_ms); }, "TIME"));
  explore->add_option("--first", options.first, "the first of them")->capture_default_str();
  explore->add_option("-j,--jobs", options.jobs, "seeds at a time")
      ->default_val(hardware_threads())
      ->check(CLI::PositiveNumber);
  explore->add_option("--report", options.report, "the folder for the campaign's page");
  explore->add_flag("--json", options.json, "one JSON object on standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (list->parsed()) return command_list(listed);
  return run_app->parsed() ? command_run(options) : command_explore(options);
}

}  // namespace
}  // namespace eyrie::scenarios

int main(int argc, char** argv) {
  return eyrie::scenarios::main_of(argc, argv);
}
