#include "scenarios/main/difference.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "sim/event_log.h"

namespace eyrie::scenarios {

namespace {

// The records of one log around the first that does not end before `offset`.
struct Surroundings {
  std::uint64_t record = 0;
  std::deque<std::string> before;
  std::vector<std::string> after;
};

Result<Surroundings> surroundings(BytesView log, std::size_t offset, std::size_t context) {
  sim::EventLogReader reader(log);
  EYRIE_RETURN_IF_ERROR(reader.open());
  Surroundings found;
  while (found.after.size() < context) {
    const Result<std::optional<sim::LogRecord>> record = reader.next();
    // They part because this one was cut, perhaps within a record.
    if (!record && offset == log.size()) break;
    if (!record) return fail(record.error());
    if (!*record) break;
    std::string line = to_string(**record);
    if (reader.offset() > offset) {
      found.after.push_back(std::move(line));
      continue;
    }
    ++found.record;
    found.before.push_back(std::move(line));
    if (found.before.size() > context) found.before.pop_front();
  }
  return found;
}

void append(std::string& out, const std::string& title, const std::vector<std::string>& lines) {
  out += title + "\n";
  for (const std::string& line : lines) out += "  " + line + "\n";
  if (lines.empty()) out += "  (the log ends here)\n";
}

}  // namespace

Result<std::optional<Difference>> first_difference(BytesView first, BytesView second,
                                                   std::size_t context) {
  const auto parted = std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  if (parted.first == first.end() && parted.second == second.end()) {
    return std::optional<Difference>();
  }
  const auto offset = static_cast<std::size_t>(parted.first - first.begin());
  EYRIE_TRY(Surroundings one, surroundings(first, offset, context));
  EYRIE_TRY(Surroundings other, surroundings(second, offset, context));
  return Difference{one.record,
                    {one.before.begin(), one.before.end()},
                    std::move(one.after),
                    std::move(other.after)};
}

std::string describe(const Difference& difference) {
  std::string out;
  append(out, fmt::format("the runs part at record {}; before it, in both:", difference.record),
         difference.before);
  append(out, "then in the first:", difference.first);
  append(out, "then in the second:", difference.second);
  return out;
}

}  // namespace eyrie::scenarios
