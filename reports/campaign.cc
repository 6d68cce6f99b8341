#include "reports/campaign.h"

#include <algorithm>
#include <utility>

namespace eyrie::reports {

namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t sum_of(const Counts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

void add(const Calls& calls, Calls& to) {
  to.ok += calls.ok;
  to.fail += calls.fail;
  to.info += calls.info;
}

// Names that the campaign saw but its subject does not know, in their order.
template <class Known, class Tallies>
void for_unknown(const std::vector<Known>& known, std::string Known::* name, const Tallies& tallies,
                 const auto& visit) {
  for (const auto& [seen, tally] : tallies) {
    const bool is_known = std::any_of(known.begin(), known.end(),
                                      [&](const Known& each) { return each.*name == seen; });
    if (!is_known) visit(seen);
  }
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::violated:
      return "violated";
    case Verdict::no_progress:
      return "no progress";
    case Verdict::crashed:
      return "crashed";
  }
  return "crashed";
}

double SeedLine::ok_share() const {
  return ratio(calls.ok, calls.total());
}

double SeedLine::info_share() const {
  return ratio(calls.info, calls.total());
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Campaign::Campaign(Subject subject) : subject_(std::move(subject)) {}

void Campaign::add(const Counts& counts, Tallies& tallies) {
  for (const auto& [name, count] : counts) {
    Tally& tally = tallies[name];
    tally.count += count;
    if (count > 0) ++tally.seeds;
  }
}

Campaign::Tally Campaign::tally_of(const Tallies& tallies, const std::string& name) {
  const auto found = tallies.find(name);
  return found != tallies.end() ? found->second : Tally();
}

void Campaign::take(const Seed& seed) {
  SeedLine line;
  line.number = seed.number;
  line.verdict = seed.verdict;
  line.faults_offered = sum_of(seed.faults_offered);
  line.faults_taken = sum_of(seed.faults_taken);
  line.simulated_ms = seed.simulated_ms;
  line.wall_ms = seed.wall_ms;
  line.events = seed.events;
  for (const auto& [kind, calls] : seed.calls) {
    reports::add(calls, line.calls);
    reports::add(calls, calls_[kind]);
  }
  for (const auto& [kind, asked] : subject_.calls_asked) {
    const auto found = seed.calls.find(kind);
    const std::uint64_t count = kind.empty()                ? line.calls.total()
                                : found == seed.calls.end() ? 0
                                                            : found->second.total();
    const auto [least, first] = calls_least_.emplace(kind, count);
    if (!first) least->second = std::min(least->second, count);
  }
  add(seed.checked, checked_);
  add(seed.violated, violated_);
  add(seed.faults_offered, offered_);
  add(seed.faults_taken, taken_);
  add(seed.faults_had_effect, had_effect_);
  add(seed.marks, marks_);
  faults_taken_ += line.faults_taken;
  events_ += seed.events;
  simulated_ms_ += seed.simulated_ms;
  if (seed.verdict != Verdict::holds) {
    failures_.push_back({seed.number, seed.verdict, seed.property, seed.sentence, seed.replay, {}});
    std::sort(failures_.begin(), failures_.end(),
              [](const Failure& a, const Failure& b) { return a.seed < b.seed; });
  }
  // They mostly come in order.
  const auto place = std::upper_bound(
      seeds_.begin(), seeds_.end(), line.number,
      [](std::uint64_t number, const SeedLine& other) { return number < other.number; });
  seeds_.insert(place, line);
}

void Campaign::add_picture(std::uint64_t seed, Picture picture) {
  for (Failure& failure : failures_) {
    if (failure.seed == seed) {
      failure.pictures.push_back(std::move(picture));
      return;
    }
  }
}

void Campaign::set_example(std::uint64_t seed, std::string replay, Picture picture) {
  example_ = Failure{seed, Verdict::holds, "", "", std::move(replay), {}};
  example_->pictures.push_back(std::move(picture));
}

Verdict Campaign::verdict() const {
  Verdict worst = Verdict::holds;
  for (const Failure& failure : failures_) worst = std::max(worst, failure.verdict);
  return worst;
}

std::uint64_t Campaign::checks() const {
  std::uint64_t sum = 0;
  for (const auto& [id, tally] : checked_) sum += tally.count;
  return sum;
}

Calls Campaign::all_calls() const {
  Calls sum;
  for (const auto& [kind, calls] : calls_) reports::add(calls, sum);
  return sum;
}

Figure Campaign::share(std::uint64_t seeds, double asked) const {
  return {ratio(seeds, seeds_.size()), asked,
          asked > 0 ? Figure::Bound::at_least : Figure::Bound::none};
}

std::vector<PropertyLine> Campaign::properties() const {
  std::vector<PropertyLine> lines;
  const auto line = [&](const Subject::Property& property) {
    const Tally checked = tally_of(checked_, property.id);
    lines.push_back({property, checked.seeds, checked.count, tally_of(violated_, property.id).count,
                     share(checked.seeds, property.share_asked)});
  };
  for (const Subject::Property& property : subject_.properties) line(property);
  // One that is not asked for and whose premise never held says nothing.
  for_unknown(subject_.properties, &Subject::Property::id, checked_, [&](const std::string& id) {
    if (tally_of(checked_, id).count + tally_of(violated_, id).count > 0) line({id, "", "", 0});
  });
  return lines;
}

std::vector<FaultLine> Campaign::faults() const {
  std::vector<FaultLine> lines;
  const auto line = [&](const Subject::Fault& fault, double asked) {
    const Tally effect = tally_of(had_effect_, fault.kind);
    lines.push_back({fault, tally_of(offered_, fault.kind).count,
                     tally_of(taken_, fault.kind).count, effect.count, effect.seeds,
                     share(effect.seeds, asked)});
  };
  for (const Subject::Fault& fault : subject_.faults) line(fault, subject_.fault_share_asked);
  for_unknown(subject_.faults, &Subject::Fault::kind, taken_,
              [&](const std::string& kind) { line({kind, ""}, 0); });
  return lines;
}

std::vector<MarkLine> Campaign::marks() const {
  std::vector<MarkLine> lines;
  const auto line = [&](const Subject::Mark& mark) {
    const Tally tally = tally_of(marks_, mark.name);
    lines.push_back({mark, tally.count, tally.seeds, share(tally.seeds, mark.share_asked)});
  };
  for (const Subject::Mark& mark : subject_.marks) line(mark);
  for_unknown(subject_.marks, &Subject::Mark::name, marks_,
              [&](const std::string& name) { line({name, ""}); });
  return lines;
}

Figure Campaign::ok_share() const {
  std::vector<double> shares;
  for (const SeedLine& seed : seeds_) shares.push_back(seed.ok_share());
  return {median(std::move(shares)), subject_.ok_share_asked, Figure::Bound::at_least};
}

Figure Campaign::info_share() const {
  std::vector<double> shares;
  for (const SeedLine& seed : seeds_) shares.push_back(seed.info_share());
  return {median(std::move(shares)), subject_.info_share_asked, Figure::Bound::at_most};
}

std::vector<LeastLine> Campaign::least() const {
  std::vector<LeastLine> lines;
  for (const auto& [kind, asked] : subject_.calls_asked) {
    const auto found = calls_least_.find(kind);
    const std::uint64_t least = found != calls_least_.end() ? found->second : 0;
    lines.push_back(
        {kind.empty() ? "calls" : kind,
         "",
         {static_cast<double>(least), static_cast<double>(asked), Figure::Bound::at_least}});
  }
  std::optional<std::uint64_t> faults;
  for (const SeedLine& seed : seeds_) {
    if (seed.faults_offered == 0) continue;
    faults = std::min(faults.value_or(seed.faults_taken), seed.faults_taken);
  }
  if (faults) {
    lines.push_back({"faults taken",
                     "of seeds whose swarm has faults on",
                     {static_cast<double>(*faults), static_cast<double>(subject_.faults_asked),
                      Figure::Bound::at_least}});
  }
  return lines;
}

std::uint64_t Campaign::seeds_without_faults() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(seeds_, [](const SeedLine& seed) {
    return seed.faults_offered == 0 && seed.verdict != Verdict::crashed;
  }));
}

std::uint64_t Report::seeds() const {
  std::uint64_t count = 0;
  for (const Campaign& campaign : campaigns) count += campaign.seeds().size();
  return count;
}

std::uint64_t Report::failures() const {
  std::uint64_t count = 0;
  for (const Campaign& campaign : campaigns) count += campaign.failures().size();
  return count;
}

std::string Report::interruption() const {
  if (!interrupted) return "";
  std::string said = "interrupted after " + std::to_string(seeds());
  if (seeds_asked > 0) said += " of " + std::to_string(seeds_asked);
  return said + (std::max(seeds(), seeds_asked) == 1 ? " seed" : " seeds");
}

Verdict Report::verdict() const {
  Verdict worst = Verdict::holds;
  for (const Campaign& campaign : campaigns) worst = std::max(worst, campaign.verdict());
  return worst;
}

}  // namespace eyrie::reports
