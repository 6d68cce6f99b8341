// Campaign: many seeds of one scenario, and the figures over all of them.
//
// Seeds are handed in one after another, in any order; of each a line is kept, the rest is added
// up, so that a long campaign stays small. Shares are of the seeds that were handed in, from 0 to
// 1. A figure carries what was asked of it: a property whose premise held too seldom was not put
// to the test, and is not green. Used from one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eyrie::reports {

// In order of gravity, the worst last.
enum class Verdict : std::uint8_t { holds, violated, no_progress, crashed };
std::string_view name_of(Verdict verdict);

using Counts = std::map<std::string, std::uint64_t>;

// Calls by what their clients know of them: info, that they may have happened.
struct Calls {
  std::uint64_t ok = 0;
  std::uint64_t fail = 0;
  std::uint64_t info = 0;

  std::uint64_t total() const { return ok + fail + info; }
};

// One seed's run, as it is handed in.
struct Seed {
  std::uint64_t number = 0;
  Verdict verdict = Verdict::crashed;
  std::string property;  // that it violates, "P4"; empty if it holds or crashed
  std::string sentence;  // the contradiction, or why it crashed
  std::string replay;    // the command that runs it again
  std::int64_t simulated_ms = 0;
  std::int64_t wall_ms = 0;
  std::uint64_t events = 0;
  std::map<std::string, Calls> calls;  // by kind
  Counts faults_offered;               // by kind
  Counts faults_taken;
  Counts faults_had_effect;
  Counts checked;   // by property: how often its premise held
  Counts violated;  // by property
  Counts marks;
};

// A figure with what was asked of it.
struct Figure {
  enum class Bound : std::uint8_t { none, at_least, at_most };

  double value = 0;
  double asked = 0;
  Bound bound = Bound::none;

  bool met() const {
    if (bound == Bound::none) return true;
    return bound == Bound::at_least ? value >= asked : value <= asked;
  }
};

// What a campaign is about, known before its first seed.
struct Subject {
  struct Property {
    std::string id;
    std::string name;     // what must hold
    std::string premise;  // the situation that could break it
    double share_asked = 0;
  };
  struct Fault {
    std::string kind;
    std::string cause;
  };
  struct Mark {
    std::string name;
    std::string meaning;
    double share_asked = 0;
  };

  std::string scenario;
  std::string file;
  std::string about;
  std::uint64_t machines = 0;
  std::vector<Property> properties;
  std::vector<Fault> faults;                         // the kinds that the scenario lists
  std::vector<Mark> marks;                           // those that are asked for
  double fault_share_asked = 0;                      // of seeds in which a kind has effect
  double ok_share_asked = 0;                         // median, at least
  double info_share_asked = 1;                       // median, at most
  std::map<std::string, std::uint64_t> calls_asked;  // of each seed by kind, "" for all
  std::uint64_t faults_asked = 0;                    // taken by each seed that has faults
};

// What is kept of every seed.
struct SeedLine {
  std::uint64_t number = 0;
  Verdict verdict = Verdict::holds;
  Calls calls;
  std::uint64_t faults_offered = 0;
  std::uint64_t faults_taken = 0;
  std::int64_t simulated_ms = 0;
  std::int64_t wall_ms = 0;
  std::uint64_t events = 0;

  double ok_share() const;
  double info_share() const;
};

struct PropertyLine {
  Subject::Property property;
  std::uint64_t seeds = 0;    // in which the premise held
  std::uint64_t checked = 0;  // how often it held
  std::uint64_t violations = 0;
  Figure share;  // of seeds in which the premise held
};

struct FaultLine {
  Subject::Fault fault;
  std::uint64_t offered = 0;
  std::uint64_t taken = 0;
  std::uint64_t had_effect = 0;
  std::uint64_t seeds = 0;  // in which one had effect
  Figure share;
};

struct MarkLine {
  Subject::Mark mark;
  std::uint64_t count = 0;
  std::uint64_t seeds = 0;  // that reached it
  Figure share;
};

// The least of all seeds, or of some.
struct LeastLine {
  std::string what;
  std::string of;  // which, if not all: "of seeds whose swarm has faults on"
  Figure least;
};

struct Picture {
  std::string title;
  std::string caption;
  std::string svg;  // drawn by reports/html, without its style
};

struct Failure {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::violated;
  std::string property;
  std::string sentence;
  std::string replay;
  std::vector<Picture> pictures;
};

class Campaign {
 public:
  explicit Campaign(Subject subject);

  void take(const Seed& seed);
  // Pictures of a seed that failed; ignored for any other.
  void add_picture(std::uint64_t seed, Picture picture);
  void set_example(std::uint64_t seed, std::string replay, Picture picture);

  const Subject& subject() const { return subject_; }
  const std::vector<SeedLine>& seeds() const { return seeds_; }
  const std::vector<Failure>& failures() const { return failures_; }
  // A seed that holds, and shows what one looks like.
  const std::optional<Failure>& example() const { return example_; }
  Verdict verdict() const;  // the worst

  std::uint64_t faults_taken() const { return faults_taken_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t checks() const;
  std::int64_t simulated_ms() const { return simulated_ms_; }
  const std::map<std::string, Calls>& calls() const { return calls_; }
  Calls all_calls() const;

  // In the subject's order; what it does not name follows.
  std::vector<PropertyLine> properties() const;
  std::vector<FaultLine> faults() const;
  std::vector<MarkLine> marks() const;
  // Medians over the seeds.
  Figure ok_share() const;
  Figure info_share() const;
  std::vector<LeastLine> least() const;
  // That ran to their end: a tenth is spared on purpose.
  std::uint64_t seeds_without_faults() const;

 private:
  struct Tally {
    std::uint64_t count = 0;
    std::uint64_t seeds = 0;  // in which it was not zero
  };
  using Tallies = std::map<std::string, Tally>;

  static void add(const Counts& counts, Tallies& tallies);
  static Tally tally_of(const Tallies& tallies, const std::string& name);
  Figure share(std::uint64_t seeds, double asked) const;

  Subject subject_;
  std::vector<SeedLine> seeds_;
  std::vector<Failure> failures_;
  std::optional<Failure> example_;
  std::map<std::string, Calls> calls_;
  Tallies checked_;
  Tallies violated_;
  Tallies offered_;
  Tallies taken_;
  Tallies had_effect_;
  Tallies marks_;
  std::map<std::string, std::uint64_t> calls_least_;
  std::uint64_t faults_taken_ = 0;
  std::uint64_t events_ = 0;
  std::int64_t simulated_ms_ = 0;
};

// All that one command found.
struct Report {
  std::vector<Campaign> campaigns;
  std::int64_t wall_ms = 0;
  std::uint64_t jobs = 1;
  bool interrupted = false;       // by a person; what it says is of the seeds until then
  std::uint64_t seeds_asked = 0;  // 0: as many as there is time for
  std::string command;            // that makes it again

  std::uint64_t seeds() const;
  std::uint64_t failures() const;
  Verdict verdict() const;
  // "interrupted after 3 of 50 seeds"; empty if it was not.
  std::string interruption() const;
};

// Of values in any order; the lower of the middle two; 0 of none.
double median(std::vector<double> values);

}  // namespace eyrie::reports
