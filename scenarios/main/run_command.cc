#include <cstdio>
#include <vector>

#include "scenarios/main/child.h"
#include "scenarios/main/commands.h"

namespace eyrie::scenarios {

int command_run(const Options& options) {
  const Result<Inputs> inputs = read_inputs(options);
  if (!inputs) return report_bad_input(inputs.error(), options.json);
  std::fprintf(stderr, "again: %s\n", replay_line(options.file, options.seed).c_str());
  std::vector<Summary> runs;
  for (int i = 0; i < (options.twice ? 2 : 1); ++i) {
    const Result<Child> child =
        start_child([&] { return run_seed(*inputs, options, options.seed); });
    if (!child) return report_bad_input(child.error(), options.json);
    runs.push_back(finish_seed(*child, options, options.seed));
  }
  std::fputs(options.json ? (to_json(runs.front()) + "\n").c_str() : describe(runs.front()).c_str(),
             stdout);
  if (options.twice && runs[0].trace_hash != runs[1].trace_hash) {
    std::fprintf(stderr, "not deterministic: %016lx and %016lx\n", runs[0].trace_hash,
                 runs[1].trace_hash);
    return 3;
  }
  return exit_code(runs.front().verdict);
}

}  // namespace eyrie::scenarios
