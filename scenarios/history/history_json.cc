#include "scenarios/history/history_json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "runtime/json.h"
#include "scenarios/plan/json_fields.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

constexpr std::array kOutcomes = {Outcome::ok, Outcome::fail, Outcome::info};
constexpr NumberRange kAny{INT64_MIN, INT64_MAX};
constexpr NumberRange kShards{-1, INT32_MAX};
constexpr NumberRange kNumbers{0, UINT32_MAX};
constexpr char kInvoke[] = "invoke";

// A float exactly, also one that is no number: JSON libraries round, and know no infinity.
std::uint32_t bits_of(float score) {
  return std::bit_cast<std::uint32_t>(score);
}

class LineWriter {
 public:
  LineWriter(const History& history, const Words& words) : history_(history), words_(words) {
    for (const Operation& operation : history.operations) {
      clients_ = std::max(clients_, operation.client + 1);
    }
  }

  void write(std::string& out) {
    struct Moment {
      sim::SimTime time;
      std::size_t order;
      const Operation* operation;
      bool completion;
    };
    std::vector<Moment> moments;
    for (const Operation& operation : history_.operations) {
      moments.push_back({operation.invoked, moments.size(), &operation, false});
      if (operation.completed == sim::kNever) continue;
      moments.push_back({operation.completed, moments.size(), &operation, true});
    }
    std::sort(moments.begin(), moments.end(), [](const Moment& a, const Moment& b) {
      return a.time != b.time ? a.time < b.time : a.order < b.order;
    });
    for (const Moment& moment : moments) {
      const Operation& operation = *moment.operation;
      for (std::size_t row = 0; row < std::max<std::size_t>(1, operation.written.size()); ++row) {
        const bool has_row = row < operation.written.size();
        const WrittenRow* written = has_row ? &operation.written[row] : nullptr;
        json::object line = begin(operation, moment.completion, row, written);
        moment.completion ? complete(operation, written, line) : invoke(operation, written, line);
        out += json::serialize(line);
        out += '\n';
      }
      if (moment.completion && operation.outcome == Outcome::info) ++retired_[operation.client];
    }
  }

 private:
  json::object begin(const Operation& operation, bool completion, std::size_t row,
                     const WrittenRow* written) {
    const Outcome outcome = written != nullptr ? written->outcome : operation.outcome;
    json::object line;
    line["i"] = lines_++;
    line["op"] = operation.id;
    if (written != nullptr) line["row"] = row;
    line["type"] = completion ? json::string(name_of(outcome)) : json::string(kInvoke);
    line["p"] = operation.client + clients_ * retired_[operation.client];
    line["sess"] = operation.client;
    line["f"] = json::string(name_of(operation.kind));
    line["t"] = completion ? operation.completed : operation.invoked;
    return line;
  }

  void invoke(const Operation& operation, const WrittenRow* written, json::object& line) const {
    line["level"] = json::string(name_of(operation.level));
    if (operation.collection != 0) line["coll"] = operation.collection;
    if (operation.requested_timestamp != 0) line["req"] = operation.requested_timestamp;
    if (written != nullptr) {
      line["v"] = {{"key", words_.words[written->word]}, {"version", written->version}};
    } else if (!operation.asked.empty()) {
      json::array keys;
      for (const std::uint32_t word : operation.asked) keys.emplace_back(words_.words[word]);
      line["v"] = json::object{{"keys", std::move(keys)}};
    } else if (operation.kind == OpKind::search) {
      json::object asked = {{"like", words_.words[operation.query_row]},
                            {"limit", operation.limit}};
      if (operation.ef != 0) asked["ef"] = operation.ef;
      line["v"] = std::move(asked);
    }
  }

  static void complete(const Operation& operation, const WrittenRow* written, json::object& line) {
    if (!operation.error.empty()) line["err"] = operation.error;
    if (written != nullptr) {
      line["call"] = json::string(name_of(operation.outcome));
      if (written->timestamp != 0) line["ts"] = written->timestamp;
    }
    if (operation.guarantee_timestamp != 0) line["gts"] = operation.guarantee_timestamp;
    if (!operation.read_timestamps.empty()) {
      line["rts"] = json::array(operation.read_timestamps.begin(), operation.read_timestamps.end());
    }
    if (!operation.read_shards.empty()) {
      line["shards"] = json::array(operation.read_shards.begin(), operation.read_shards.end());
    }
    json::object answered;
    if (operation.count != 0 || operation.kind == OpKind::count) {
      answered["count"] = operation.count;
    }
    if (operation.described.id != 0) {
      answered["id"] = operation.described.id;
      answered["shards"] = operation.described.shards;
    }
    if (!operation.seen.empty()) {
      json::array rows;
      for (const SeenRow& row : operation.seen) {
        rows.emplace_back(json::array{row.key, row.version, row.timestamp, row.payload_matches,
                                      bits_of(row.score)});
      }
      answered["rows"] = std::move(rows);
    }
    if (!answered.empty()) line["v"] = std::move(answered);
  }

  const History& history_;
  const Words& words_;
  std::size_t clients_ = 1;
  std::size_t lines_ = 0;
  std::map<std::size_t, std::size_t> retired_;  // processes, by client
};

Status wrong(const std::string& where, const std::string& what) {
  return Status(Code::invalid_argument, where + ": " + what);
}

Result<std::uint64_t> timestamp_of(const json::value& value, const std::string& where) {
  if (const std::uint64_t* large = value.if_uint64()) return *large;
  const std::int64_t* number = value.if_int64();
  if (number != nullptr && *number >= 0) return static_cast<std::uint64_t>(*number);
  return fail(wrong(where, "a timestamp must be a whole number below 2^64"));
}

// Takes the lines of one file, one after another.
class HistoryReader {
 public:
  explicit HistoryReader(const Words& words) : words_(words) {}

  Status take(const json::value& value, const std::string& where) {
    const json::object* object = value.if_object();
    if (object == nullptr) return wrong(where, "must be a JSON object");
    const json::value* process = object->if_contains("p");
    if (process != nullptr && process->is_string()) return {};
    JsonReader line(value, where);
    std::string type;
    line.text("type", type);
    if (type == "about") return take_about(line);
    std::size_t id = 0;
    line.number("op", id, kNumbers);
    EYRIE_RETURN_IF_ERROR(line.status());
    return type == kInvoke ? invoke(line, *object, where, id) : complete(line, *object, where, id);
  }

  Result<History> finish(const std::string& file) {
    History history;
    history.shards = shards_;
    history.index = index_;
    history.clients = clients_;
    history.bounded_staleness = Duration(bounded_staleness_ns_);
    for (auto& [id, operation] : operations_) {
      if (id != history.operations.size()) {
        return fail(
            wrong(file, fmt::format("operation {} is never invoked", history.operations.size())));
      }
      history.operations.push_back(std::move(operation));
    }
    return history;
  }

 private:
  Status take_about(JsonReader& line) {
    std::int64_t format = 0;
    line.number("format", format, kAny);
    if (format != kHistoryFormat) {
      line.fail_with(
          fmt::format("history format {}; this program reads format {}", format, kHistoryFormat));
    }
    line.number_unless("shards", shards_, 0, kShards);
    line.choice_unless("index", index_, IndexType::hnsw, kIndexTypes);
    line.number_unless("clients", clients_, std::size_t{0}, kNumbers);
    line.number("bounded_staleness_ns", bounded_staleness_ns_, {0, INT64_MAX});
    return line.status();
  }

  Result<std::uint32_t> word_of(const json::value& key, const std::string& where) const {
    const json::string* text = key.if_string();
    if (text == nullptr) return fail(wrong(where, "a key must be a text"));
    const auto found = words_.rows.find(std::string_view(text->data(), text->size()));
    if (found != words_.rows.end()) return static_cast<std::uint32_t>(found->second);
    return fail(wrong(
        where, fmt::format("'{}' is none of the {} words of the data",
                           std::string_view(text->data(), text->size()), words_.words.size())));
  }

  Status invoke(JsonReader& line, const json::object& object, const std::string& where,
                std::size_t id) {
    const bool is_new = !operations_.contains(id);
    Operation& operation = operations_[id];
    operation.id = id;
    operation.completed = sim::kNever;
    line.number("sess", operation.client, kNumbers);
    line.number("t", operation.invoked, kAny);
    line.choice("f", operation.kind, kOpKinds);
    line.choice("level", operation.level, kLevels);
    line.number_unless("coll", operation.collection, 0U, kNumbers);
    if (const json::value* requested = object.if_contains("req")) {
      EYRIE_TRY(operation.requested_timestamp, timestamp_of(*requested, where));
    }
    std::size_t row = 0;
    if (line.has("row")) line.number("row", row, kNumbers);
    EYRIE_RETURN_IF_ERROR(line.status());
    if (row != operation.written.size() || (!is_new && row == 0)) {
      return wrong(where, fmt::format("row {} of operation {} is invoked out of order", row, id));
    }
    const json::value* said = object.if_contains("v");
    if (said == nullptr) return {};
    return line.has("row") ? invoke_write(*said, where, operation)
                           : invoke_read(*said, where, operation);
  }

  Status invoke_write(const json::value& said, const std::string& where, Operation& operation) {
    JsonReader reader(said, where + ": v");
    WrittenRow& row = operation.written.emplace_back();
    std::string key;
    reader.text("key", key);
    reader.number("version", row.version, kAny);
    EYRIE_RETURN_IF_ERROR(reader.finish());
    EYRIE_TRY(row.word, word_of(json::string(key), where));
    return {};
  }

  Status invoke_read(const json::value& said, const std::string& where, Operation& operation) {
    JsonReader reader(said, where + ": v");
    if (operation.kind == OpKind::search) {
      std::string like;
      reader.text("like", like);
      reader.number("limit", operation.limit, {0, INT32_MAX});
      reader.number_unless("ef", operation.ef, 0, {0, INT32_MAX});
      EYRIE_RETURN_IF_ERROR(reader.finish());
      EYRIE_TRY(operation.query_row, word_of(json::string(like), where));
      return {};
    }
    reader.each("keys", [&](const json::value& key, std::size_t) -> Status {
      EYRIE_TRY(const std::uint32_t word, word_of(key, where));
      operation.asked.push_back(word);
      return {};
    });
    return reader.finish();
  }

  Status complete(JsonReader& line, const json::object& object, const std::string& where,
                  std::size_t id) {
    const auto found = operations_.find(id);
    if (found == operations_.end()) {
      return wrong(where, fmt::format("operation {} completes before it is invoked", id));
    }
    Operation& operation = found->second;
    Outcome outcome = Outcome::info;
    line.choice("type", outcome, std::span<const Outcome>(kOutcomes));
    line.number("t", operation.completed, {operation.invoked, INT64_MAX});
    line.text_unless_empty("err", operation.error);
    if (const json::value* guarantee = object.if_contains("gts")) {
      EYRIE_TRY(operation.guarantee_timestamp, timestamp_of(*guarantee, where));
    }
    operation.read_timestamps.clear();
    line.each_if_any("rts", [&](const json::value& value, std::size_t) -> Status {
      EYRIE_TRY(const std::uint64_t timestamp, timestamp_of(value, where));
      operation.read_timestamps.push_back(timestamp);
      return {};
    });
    operation.read_shards.clear();
    line.each_if_any("shards", [&](const json::value& value, std::size_t) -> Status {
      EYRIE_TRY(const std::int64_t shard, integer_of(value, where + ": a shard", kShards));
      operation.read_shards.push_back(static_cast<std::int32_t>(shard));
      return {};
    });
    if (line.has("row")) return complete_row(line, object, where, outcome, operation);
    operation.outcome = outcome;
    EYRIE_RETURN_IF_ERROR(line.status());
    const json::value* said = object.if_contains("v");
    return said != nullptr ? take_answer(*said, where, operation) : Status();
  }

  static Status complete_row(JsonReader& line, const json::object& object, const std::string& where,
                             Outcome outcome, Operation& operation) {
    std::size_t row = 0;
    line.number("row", row, kNumbers);
    line.choice("call", operation.outcome, std::span<const Outcome>(kOutcomes));
    EYRIE_RETURN_IF_ERROR(line.status());
    if (row >= operation.written.size()) {
      return wrong(where, fmt::format("row {} completes before it is invoked", row));
    }
    operation.written[row].outcome = outcome;
    if (const json::value* commit = object.if_contains("ts")) {
      EYRIE_TRY(operation.written[row].timestamp, timestamp_of(*commit, where));
    }
    return {};
  }

  static Status take_answer(const json::value& said, const std::string& where,
                            Operation& operation) {
    JsonReader reader(said, where + ": v");
    if (reader.has("count")) reader.number("count", operation.count, kAny);
    if (reader.has("id")) {
      reader.number("id", operation.described.id, kAny);
      reader.number("shards", operation.described.shards, kShards);
    }
    reader.each_if_any("rows", [&](const json::value& value, std::size_t) -> Status {
      const json::array* row = value.if_array();
      if (row == nullptr || row->size() != 5 || !(*row)[0].is_string() || !(*row)[3].is_bool()) {
        return wrong(
            where,
            "a row must be [key, version, timestamp, is the payload right, bits of the score]");
      }
      SeenRow& seen = operation.seen.emplace_back();
      const json::string& key = (*row)[0].get_string();
      seen.key.assign(key.data(), key.size());
      EYRIE_TRY(seen.version, integer_of((*row)[1], where + ": a version", kAny));
      EYRIE_TRY(seen.timestamp, timestamp_of((*row)[2], where));
      seen.payload_matches = (*row)[3].get_bool();
      EYRIE_TRY(const std::int64_t bits, integer_of((*row)[4], where + ": a score", kNumbers));
      seen.score = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      return {};
    });
    return reader.finish();
  }

  const Words& words_;
  std::int32_t shards_ = 0;
  IndexType index_ = IndexType::hnsw;
  std::size_t clients_ = 0;
  std::int64_t bounded_staleness_ns_ = 0;
  std::map<std::size_t, Operation> operations_;
};

}  // namespace

std::string to_jsonl(const History& history, const HistoryAbout& about, const Words& words) {
  std::string out =
      json::serialize(json::object{{"type", "about"},
                                   {"format", kHistoryFormat},
                                   {"scenario", about.scenario},
                                   {"seed", std::to_string(about.seed)},
                                   {"shards", history.shards},
                                   {"index", std::string(name_of(history.index))},
                                   {"clients", history.clients},
                                   {"bounded_staleness_ns", history.bounded_staleness.count()},
                                   {"words", words.words.size()}}) +
      "\n";
  LineWriter(history, words).write(out);
  return out;
}

Result<History> read_history(std::string_view text, const std::string& file, const Words& words) {
  HistoryReader reader(words);
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string where = fmt::format("{}:{}", file, ++number);
    EYRIE_TRY(const json::value line, parse_json(text.substr(0, end), where));
    EYRIE_RETURN_IF_ERROR(reader.take(line, where));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (number == 0) return fail(wrong(file, "this history is empty"));
  return reader.finish(file);
}

}  // namespace eyrie::scenarios
