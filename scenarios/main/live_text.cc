#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scenarios/main/live_report.h"

namespace eyrie::scenarios {

namespace {

double seconds(Duration duration) {
  return static_cast<double>(to_ns(duration)) / 1e9;
}

std::string resource_lines(const live::LiveOutcome& outcome) {
  constexpr double kMebi = 1 << 20;
  std::string text;
  for (const live::ResourceSample& sample : outcome.resources) {
    std::uint64_t resident = 0;
    std::size_t descriptors = 0;
    for (const auto& [name, use] : sample.nodes) {
      resident += use.resident_bytes;
      descriptors += use.descriptors;
    }
    text += fmt::format(
        "  after {:>5.0f} s and {:>7} calls: {:.0f} MiB and {} descriptors in {} nodes; {} objects "
        "({:.1f} MiB), {} of the log ({:.1f} MiB)\n",
        seconds(sample.at), sample.calls, static_cast<double>(resident) / kMebi, descriptors,
        sample.nodes.size(), sample.store.objects, static_cast<double>(sample.store.bytes) / kMebi,
        sample.store.log_objects, static_cast<double>(sample.store.log_bytes) / kMebi);
  }
  return text;
}

std::string fault_lines(const live::LiveOutcome& outcome) {
  std::string text = fmt::format(", {} faults:", outcome.faults.size());
  for (const auto& [kind, count] : count_kinds(outcome)) text += fmt::format(" {} {}", count, kind);
  if (const std::size_t vain = count_in_vain(outcome); vain > 0) {
    text += fmt::format(", and {} that had no effect", vain);
  }
  text += "\n";
  for (const live::UnstruckFault& one : outcome.unstruck) {
    text +=
        fmt::format("  planned for {:.0f} s and left out: {} of {}: {}\n", seconds(one.fault.at),
                    name_of(one.fault.kind), name_of(one.fault.target), one.why);
  }
  for (const auto& [node, codes] : outcome.ended_by_themselves) {
    text += fmt::format("  {} ended by itself: exit code {}\n", node, fmt::join(codes, ", "));
  }
  return text;
}

std::string count_line(const std::string& what, const live::AskedCount& count) {
  return fmt::format(
      "  deposed coordinators, asked {} times for {}: refused {}, unanswered {}, led again {}, "
      "granted {}\n",
      count.asked(), what, count.refused, count.unanswered, count.led_again, count.granted);
}

std::string leadership_lines(const live::LiveOutcome& outcome) {
  std::string text;
  for (const live::Takeover& takeover : outcome.takeovers) {
    text += fmt::format(
        "  {} of {}: {}\n", takeover.cause, takeover.from,
        takeover.took ? fmt::format("{} led after {:.2f} s{}", takeover.to, seconds(*takeover.took),
                                    is_in_time(takeover, outcome) ? "" : ", which is LATE")
                      : "nobody else led");
  }
  return text + count_line("a timestamp", outcome.deposed.timestamps) +
         count_line("a collection", outcome.deposed.writes);
}

std::string property_line(const std::string& name, std::size_t checked, std::size_t violated) {
  return fmt::format("  {:<8} checked {:>7} times: {}\n", name, checked,
                     violated > 0   ? fmt::format("VIOLATED {} times", violated)
                     : checked == 0 ? "never put to the test"
                                    : "holds");
}

}  // namespace

std::string to_text(const live::LiveOutcome& outcome, const LiveVerdict& verdict,
                    const LiveOrigin& origin) {
  std::string text = fmt::format(
      "seed {} on a real cluster: {}{}\n  {} calls in {:.0f} s ({:.1f} % ok)", origin.seed,
      word_of(verdict), verdict.reason.empty() ? "" : ": " + verdict.reason,
      outcome.history.operations.size(), seconds(outcome.length), 100 * ok_share(outcome.history));
  text += fault_lines(outcome);
  text += resource_lines(outcome);
  text += leadership_lines(outcome);
  for (const PropertyResult& property : verdict.properties) {
    text += property_line(property.id, property.checked, property.violations.size());
  }
  for (const LiveRequirement& requirement : verdict.requirements) {
    text += property_line(requirement.name, requirement.checked, requirement.violations.size());
  }
  text += "  not applicable, for only the inside of a run shows them:";
  for (const Property* property : not_applicable(verdict)) {
    text += fmt::format(" {}", property->id);
  }
  if (!origin.folder.empty()) text += "\n  kept: " + origin.folder;
  return text + "\n";
}

}  // namespace eyrie::scenarios
