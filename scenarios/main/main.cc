// eyrie-sim: the composition root of the simulated world.
#include <CLI/CLI.hpp>

#include "scenarios/bugs/bugs.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/planted.h"

namespace eyrie::scenarios {
namespace {

int main_of(int argc, char** argv) {
  CLI::App app{"eyrie-sim: a cluster of Eyrie in a deterministic world, where a seed decides all"};
  app.require_subcommand(1);
  Options options;
  CLI::App* run_app = app.add_subcommand("run", "one seed of a scenario, with its verdict");
  CLI::App* explore =
      app.add_subcommand("explore", "many seeds of a scenario, and what they found");
  CLI::App* list = app.add_subcommand("list", "the kinds of fault and their causes");
  for (CLI::App* command : {run_app, explore}) {
    command->add_option("file", options.file, "the scenario")->capture_default_str();
    command->add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
        ->capture_default_str();
  }
  run_app->add_option("--seed", options.seed, "which seed")->capture_default_str();
  run_app->add_flag("--twice", options.twice, "in two processes, which must agree (exit code 3)");
  run_app->add_flag("--json", options.json, "one JSON object on standard output");
  explore->add_option("--seeds", options.seeds, "how many")->capture_default_str();
  explore->add_option("--first", options.first, "the first of them")->capture_default_str();
  explore->add_option("-j,--jobs", options.jobs, "seeds at a time")->capture_default_str();
  explore->add_option("--report", options.report, "the folder for the campaign's report");
  CLI::App* score = app.add_subcommand("score", "whether seeds find each of the planted bugs");
  std::uint64_t seeds_a_bug = 500;
  score->add_option("--seeds", seeds_a_bug, "at most so many for each bug")->capture_default_str();
  score->add_option("--first", options.first, "the first of them")->capture_default_str();
  score->add_option("-j,--jobs", options.jobs, "seeds at a time")->capture_default_str();
  score->add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
      ->capture_default_str();
  score->add_flag("--json", options.json, "one JSON object on standard output");
  for (CLI::App* command : {run_app, explore, score}) {
    command->add_option("--bug", options.bug, "plant this bug (list bugs)");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (list->parsed()) return command_list();
  const bool planted = score->parsed() || !options.bug.empty();
  if (planted && !has_plants()) return become_planted(argv, options.json);
  if (const Status status = choose_bug(options.bug); !status.ok()) {
    return report_bad_input(status, options.json);
  }
  if (score->parsed()) {
    options.seeds = seeds_a_bug;
    return command_score(options);
  }
  return run_app->parsed() ? command_run(options) : command_explore(options);
}

}  // namespace
}  // namespace eyrie::scenarios

int main(int argc, char** argv) {
  return eyrie::scenarios::main_of(argc, argv);
}
