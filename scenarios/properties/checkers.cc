#include "scenarios/properties/checkers.h"

#include <algorithm>
#include <map>
#include <set>

namespace eyrie::scenarios {

namespace {

// One write of one word, as its client saw it.
struct Write {
  std::size_t operation = 0;
  OpKind kind = OpKind::insert;
  std::int64_t version = 0;
  Outcome outcome = Outcome::info;
  sim::SimTime invoked = 0;
  sim::SimTime returned = sim::kNever;  // never, if unknown
  std::uint64_t timestamp = 0;
};

using Writes = std::map<std::uint32_t, std::vector<Write>>;  // by word, in order of invocation

Writes writes_of(const History& history) {
  Writes writes;
  for (const Operation& operation : history.operations) {
    for (const WrittenRow& row : operation.written) {
      if (row.outcome == Outcome::fail) continue;
      writes[row.word].push_back(
          {operation.id, operation.kind, row.version, row.outcome, operation.invoked,
           row.outcome == Outcome::ok ? operation.completed : sim::kNever, row.timestamp});
    }
  }
  return writes;
}

// What a strong read of a word, between two times, may see.
struct Admissible {
  const Write* newest_certain = nullptr;  // before the read began
  std::vector<const Write*> possible;     // unknown, or running while it ran

  bool version(std::int64_t seen) const {
    if (newest_certain != nullptr && newest_certain->kind != OpKind::remove &&
        newest_certain->version == seen) {
      return true;
    }
    return std::any_of(possible.begin(), possible.end(), [&](const Write* write) {
      return write->kind != OpKind::remove && write->version == seen;
    });
  }
  bool absent() const {
    if (newest_certain == nullptr || newest_certain->kind == OpKind::remove) return true;
    return std::any_of(possible.begin(), possible.end(),
                       [](const Write* write) { return write->kind == OpKind::remove; });
  }
  bool present() const {
    if (newest_certain != nullptr && newest_certain->kind != OpKind::remove) return true;
    return std::any_of(possible.begin(), possible.end(),
                       [](const Write* write) { return write->kind != OpKind::remove; });
  }
};

Admissible admissible(const std::vector<Write>& writes, const Operation& read) {
  Admissible result;
  for (const Write& write : writes) {
    if (write.invoked >= read.completed) break;
    if (write.returned < read.invoked) {
      result.newest_certain = &write;
    } else {
      result.possible.push_back(&write);
    }
  }
  return result;
}

std::string describe(const Operation& operation) {
  return std::string(name_of(operation.kind)) + " #" + std::to_string(operation.id) +
         " of client " + std::to_string(operation.client) + " (" +
         std::to_string(operation.invoked / sim::kMillisecond) + " ms)";
}

std::string describe(const Write& write) {
  return std::string(name_of(write.kind)) + " #" + std::to_string(write.operation) + " (version " +
         std::to_string(write.version) + ", " + std::string(name_of(write.outcome)) + ", " +
         std::to_string(write.invoked / sim::kMillisecond) + " ms)";
}

class Checker {
 public:
  Checker(const History& history, const Words& words)
      : history_(history), words_(words), writes_(writes_of(history)) {
    add("P1", "a row was acknowledged before a strong read asked for it");
    add("P2", "a row was returned");
    add("P3", "an answer had two rows or more");
    add("P4", "a delete was acknowledged before a strong read asked for its key");
    add("P5", "a strong read returned a row that was written more than once");
    add("P7", "a write was acknowledged before a strong read began");
    add("P11", "a strong count was answered");
    add("P21", "a write was acknowledged before another one began");
  }

  std::vector<PropertyResult> run() {
    for (const Operation& operation : history_.operations) {
      if (operation.outcome != Outcome::ok) continue;
      check_rows(operation);
      const bool strong = operation.level == Level::strong;
      if (operation.kind == OpKind::query && strong) check_query(operation);
      if (operation.kind == OpKind::count && strong) check_count(operation);
    }
    check_times();
    std::vector<PropertyResult> results;
    for (auto& [order, result] : results_) results.push_back(std::move(result));
    return results;
  }

 private:
  void add(const std::string& id, const std::string& premise) {
    results_.emplace_back(id, PropertyResult{id, premise, 0, {}});
  }
  PropertyResult& property(const std::string& id) {
    for (auto& [name, result] : results_) {
      if (name == id) return result;
    }
    return results_.front().second;
  }
  void violate(const std::string& id, std::string sentence) {
    property(id).violations.push_back({id, std::move(sentence)});
  }
  const std::vector<Write>& writes(std::uint32_t word) const {
    static const std::vector<Write> none;
    const auto found = writes_.find(word);
    return found != writes_.end() ? found->second : none;
  }

  // Whatever the level: every row is one that somebody wrote, whole, and no key comes twice.
  void check_rows(const Operation& read) {
    std::set<std::string> keys;
    if (read.seen.size() > 1) ++property("P3").checked;
    for (const SeenRow& row : read.seen) {
      ++property("P2").checked;
      const auto word = words_.rows.find(row.key);
      if (!keys.insert(row.key).second && !may_be_doubled(word)) {
        violate("P3", describe(read) + " returned '" + row.key + "' twice");
      }
      const bool written = word != words_.rows.end() &&
                           std::any_of(writes(static_cast<std::uint32_t>(word->second)).begin(),
                                       writes(static_cast<std::uint32_t>(word->second)).end(),
                                       [&](const Write& write) {
                                         return write.version == row.version &&
                                                write.kind != OpKind::remove &&
                                                write.invoked <= read.completed;
                                       });
      if (!written) {
        violate("P2", describe(read) + " returned '" + row.key + "' version " +
                          std::to_string(row.version) + ", which nobody wrote");
      } else if (!row.payload_matches) {
        violate("P2", describe(read) + " returned '" + row.key + "' version " +
                          std::to_string(row.version) + " with another vector than was written");
      }
      if (read.kind == OpKind::search && read.level == Level::strong && written) {
        check_seen(read, static_cast<std::uint32_t>(word->second), row);
      }
    }
  }

  // An insert of unknown outcome may happen after an upsert that followed it (H1); Milvus's insert
  // does not look for the key.
  bool may_be_doubled(decltype(Words::rows)::const_iterator word) const {
    if (word == words_.rows.end()) return false;
    const auto& list = writes(static_cast<std::uint32_t>(word->second));
    return std::any_of(list.begin(), list.end(), [](const Write& write) {
      return write.kind == OpKind::insert && write.outcome == Outcome::info;
    });
  }

  // A strong read returned this version of a word.
  void check_seen(const Operation& read, std::uint32_t word, const SeenRow& row) {
    const Admissible may = admissible(writes(word), read);
    const bool deleted =
        may.newest_certain != nullptr && may.newest_certain->kind == OpKind::remove;
    if (deleted) ++property("P4").checked;
    if (writes(word).size() > 1) ++property("P5").checked;
    if (may.version(row.version)) return;
    const std::string what =
        describe(read) + " returned '" + row.key + "' version " + std::to_string(row.version);
    if (deleted) {
      violate("P4", what + ", though " + describe(*may.newest_certain) + " had removed it");
    } else if (may.newest_certain != nullptr) {
      violate("P5", what + ", though " + describe(*may.newest_certain) + " had replaced it");
    } else {
      violate("P2", what + ", which was not yet written");
    }
  }

  void check_query(const Operation& read) {
    for (const std::uint32_t word : std::set<std::uint32_t>(read.asked.begin(), read.asked.end())) {
      const Admissible may = admissible(writes(word), read);
      if (may.newest_certain != nullptr) ++property("P1").checked;
      const auto row = std::find_if(read.seen.begin(), read.seen.end(), [&](const SeenRow& each) {
        return each.key == words_.words[word];
      });
      if (row != read.seen.end()) {
        check_seen(read, word, *row);
      } else if (!may.absent()) {
        violate("P1", describe(read) + " did not find '" + words_.words[word] + "', though " +
                          describe(*may.newest_certain) + " had been acknowledged");
      }
    }
  }

  void check_count(const Operation& read) {
    ++property("P11").checked;
    std::int64_t least = 0;
    std::int64_t most = 0;
    for (const auto& [word, list] : writes_) {
      const Admissible may = admissible(list, read);
      if (!may.absent()) ++least;
      if (may.present()) ++most;
    }
    if (read.count >= least && read.count <= most) return;
    violate("P11", describe(read) + " counted " + std::to_string(read.count) +
                       " rows, but between " + std::to_string(least) + " and " +
                       std::to_string(most) + " existed");
  }

  // Sweeps over the calls in order of return and invocation: what returned before something began
  // must have a lower timestamp.
  void check_times() {
    struct Event {
      sim::SimTime time;
      bool begins;
      const Operation* operation;
    };
    std::vector<Event> events;
    for (const Operation& operation : history_.operations) {
      if (operation.outcome != Outcome::ok) continue;
      events.push_back({operation.invoked, true, &operation});
      events.push_back({operation.completed, false, &operation});
    }
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
      if (a.time != b.time) return a.time < b.time;
      if (a.begins != b.begins) return a.begins;  // closed intervals: what touches overlaps
      return a.operation->id < b.operation->id;
    });
    std::uint64_t newest = 0;  // greatest commit timestamp of what has returned
    std::map<std::size_t, std::uint64_t> floor;
    for (const Event& event : events) {
      const Operation& operation = *event.operation;
      if (event.begins) {
        floor[operation.id] = newest;
      } else {
        check_floor(operation, floor[operation.id]);
        for (const WrittenRow& row : operation.written) newest = std::max(newest, row.timestamp);
      }
    }
  }

  void check_floor(const Operation& operation, std::uint64_t floor) {
    if (floor == 0) return;
    if (!operation.written.empty()) ++property("P21").checked;
    for (const WrittenRow& row : operation.written) {
      if (row.timestamp > floor) continue;
      violate("P21", describe(operation) + " got timestamp " + std::to_string(row.timestamp) +
                         ", but one before it had " + std::to_string(floor));
    }
    if (operation.level != Level::strong || operation.read_timestamps.empty()) return;
    ++property("P7").checked;
    for (const std::uint64_t read : operation.read_timestamps) {
      if (read >= floor) continue;
      violate("P7", describe(operation) + " read at " + std::to_string(read) +
                        ", below a write at " + std::to_string(floor) + " that was acknowledged");
    }
  }

  const History& history_;
  const Words& words_;
  Writes writes_;
  std::vector<std::pair<std::string, PropertyResult>> results_;
};

}  // namespace

std::vector<PropertyResult> check_history(const History& history, const Words& words) {
  return Checker(history, words).run();
}

}  // namespace eyrie::scenarios
