// P26, as clients see it: nothing is written to or read from a collection that is certainly not
// there, and one that was made anew shows what was written since, not what the dropped one had. It
// is described as another one than the dropped one was, and until its drop always as the same one.
//
// A side collection belongs to one client, which makes one call after another, so its life is known
// until a create or drop of unknown outcome. A write of unknown outcome names the collection, not
// its life: it may yet come in a later one (H1).
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "scenarios/properties/checkers.h"
#include "scenarios/properties/real_time.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 1> kIds = {"P26"};
constexpr std::string_view kNotFound = "not_found";

class DefinitionChecker {
 public:
  DefinitionChecker(const History& history, const Words& words)
      : history_(history), words_(words), findings_(kIds) {}

  std::vector<PropertyResult> run() {
    for (const Operation& operation : history_.operations) {
      if (operation.collection == 0) continue;
      Collection& collection = collections_[operation.collection];
      if (operation.kind == OpKind::create || operation.kind == OpKind::drop) {
        define(operation, collection);
      } else if (!collection.doubtful) {
        check(operation, collection);
      }
    }
    return findings_.take();
  }

 private:
  struct Collection {
    bool present = false;
    bool doubtful = false;  // a call of unknown outcome may still make or drop it
    int lives = 0;
    std::map<std::uint32_t, std::vector<Write>> writes;       // that may be in this life, by word
    std::vector<std::pair<int, const Operation*>> described;  // with the life that it was in
  };

  static void define(const Operation& operation, Collection& collection) {
    if (operation.outcome == Outcome::info) collection.doubtful = true;
    if (operation.outcome != Outcome::ok) return;
    collection.present = operation.kind == OpKind::create;
    if (!collection.present) return;
    ++collection.lives;
    for (auto& [word, writes] : collection.writes) {
      std::erase_if(writes, [](const Write& write) { return write.outcome == Outcome::ok; });
    }
  }

  void check(const Operation& operation, Collection& collection) {
    if (!collection.present) check_refused(operation, collection);
    if (!operation.written.empty()) remember(operation, collection);
    if (operation.described.id != 0 && collection.present) check_described(operation, collection);
    const bool reads = operation.kind == OpKind::search || operation.kind == OpKind::query ||
                       operation.kind == OpKind::count;
    if (!reads || !collection.present || operation.outcome != Outcome::ok) return;
    if (operation.level != Level::strong) return;
    if (collection.lives > 1) findings_.check("P26");
    check_read(operation, collection);
  }

  // Whoever could not be reached has refused nothing. A row of a batch may be acknowledged though
  // the whole is not.
  void check_refused(const Operation& operation, const Collection& collection) {
    const bool wrote = std::ranges::find(operation.written, Outcome::ok, &WrittenRow::outcome) !=
                       operation.written.end();
    if (wrote || operation.outcome == Outcome::ok) {
      findings_.check("P26");
      violate(operation, wrote ? "wrote a row" : "had an answer");
    } else if (collection.lives > 0 && operation.outcome == Outcome::fail &&
               operation.error.starts_with(kNotFound)) {
      findings_.check("P26");  // its premise is a drop, so not of one that never was
    }
  }

  static void remember(const Operation& operation, Collection& collection) {
    for (const WrittenRow& row : operation.written) {
      if (row.outcome == Outcome::fail) continue;
      const bool ok = row.outcome == Outcome::ok;
      collection.writes[row.word].push_back(
          {operation.id, operation.kind, row.version, row.outcome, operation.invoked,
           ok ? operation.completed : sim::kNever, ok ? row.timestamp : 0});
    }
  }

  void check_described(const Operation& operation, Collection& collection) {
    for (const auto& [life, before] : collection.described) {
      const bool same = life == collection.lives;
      if (!same) findings_.check("P26");  // its premise is a drop
      if (same ? operation.described == before->described
               : operation.described.id != before->described.id) {
        continue;
      }
      tell(operation, "described side collection " + std::to_string(operation.collection) + " as " +
                          text_of(operation.described) + ", and " + describe(history_, *before) +
                          (same ? " the same one as " + text_of(before->described)
                                : " had said so of the one that was dropped since"));
    }
    collection.described.emplace_back(collection.lives, &operation);
  }
  static std::string text_of(const Described& described) {
    return std::to_string(described.id) + " with " + std::to_string(described.shards) + " shards";
  }

  void check_read(const Operation& read, const Collection& collection) {
    for (const SeenRow& row : read.seen) {
      const auto word = words_.rows.find(row.key);
      const auto writes = word != words_.rows.end()
                              ? collection.writes.find(static_cast<std::uint32_t>(word->second))
                              : collection.writes.end();
      const bool written = writes != collection.writes.end() &&
                           admissible(writes->second, read).version(row.version);
      if (written && row.payload_matches) continue;
      tell(read, collection_of(read) + " with '" + row.key + "' version " +
                     std::to_string(row.version) + ", which nobody had written since it was made");
    }
    if (read.kind == OpKind::query) check_complete(read, collection);
    if (read.kind == OpKind::count) check_count(read, collection);
  }

  void check_complete(const Operation& read, const Collection& collection) {
    for (const auto& [word, writes] : collection.writes) {
      const bool asked = std::ranges::find(read.asked, word) != read.asked.end();
      const std::string& key = words_.words[word];
      const bool seen = std::ranges::find(read.seen, key, &SeenRow::key) != read.seen.end();
      if (!asked || seen || admissible(writes, read).absent()) continue;
      tell(read, collection_of(read) + " without '" + key +
                     "', though its write had been acknowledged since it was made");
    }
  }

  void check_count(const Operation& read, const Collection& collection) {
    std::int64_t least = 0;
    std::int64_t most = 0;
    for (const auto& [word, writes] : collection.writes) {
      const Admissible may = admissible(writes, read);
      least += may.absent() ? 0 : 1;
      most += may.present() ? 1 : 0;
    }
    if (read.count >= least && read.count <= most) return;
    tell(read, collection_of(read) + " with " + std::to_string(read.count) + " rows, but between " +
                   std::to_string(least) + " and " + std::to_string(most) +
                   " were written since it was made");
  }

  void violate(const Operation& operation, const std::string& did) {
    tell(operation, did + " from side collection " + std::to_string(operation.collection) +
                        ", which had been dropped");
  }
  static std::string collection_of(const Operation& operation) {
    return "showed side collection " + std::to_string(operation.collection);
  }
  void tell(const Operation& operation, const std::string& what) {
    findings_.violate("P26", describe(history_, operation) + " " + what);
  }

  const History& history_;
  const Words& words_;
  Findings findings_;
  std::map<std::uint32_t, Collection> collections_;
};

}  // namespace

std::vector<PropertyResult> check_definitions(const History& history, const Words& words) {
  return DefinitionChecker(history, words).run();
}

}  // namespace eyrie::scenarios
