// A history as JSON lines, so that it can be kept, judged again, or read by the tools of others.
//
// The first line says what the history is of: {"type": "about", "format": 2, ...}; its "index" is
// HNSW, also where it is left out, or FLAT: then every search must be exact. Then a line for
// each invocation and each completion, in order of time. A write of several rows is a line for each
// row, since rows have outcomes of their own (D2).
//   i      number of the line, from 0; `op` joins an invocation to its completion
//   row    of a write: which of its rows this line is about
//   type   invoke, ok, fail (certainly not applied) or info (may have been); `call`: of the call as
//          a whole, where `type` is a row's. An operation without a completion is info for ever.
//   p      process; retired when one of its operations is info, so that every process is sequential
//   sess   the client behind it, whatever became of its processes; from 0: of `clients` in the
//          first line, then who prepares, then the probes
//   f      insert, upsert, delete, search, query, count, or what is done to collections
//   coll   a side collection's number; left out: the words
//   v      written: {key, version}; asked: {keys} or {like, limit, ef}, where ef may be left out;
//          answered: {count}, of a collection {id, shards}, or {rows: [[key, version, timestamp, is
//          the payload right, the score's 32 bits]]}
//   t      nanoseconds since the run began: simulated, or of one real clock
//   ts     commit timestamp; req: what a read was sent with; gts: guarantee; rts: read timestamp of
//          each shard, whose numbers are in `shards`. Integers below 2^64.
// Keys are kept byte by byte, also those of a damaged answer that are not UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/status.h"
#include "scenarios/history/history.h"
#include "scenarios/plan/words.h"

namespace eyrie::scenarios {

inline constexpr std::int64_t kHistoryFormat = 2;

struct HistoryAbout {
  std::string scenario;
  std::uint64_t seed = 0;
};

std::string to_jsonl(const History& history, const HistoryAbout& about, const Words& words);

// The inverse. Lines of what is no client ("p" is a text) and fields that are not named above are
// passed over: others may write more. invalid_argument, naming file and line, for anything else.
Result<History> read_history(std::string_view text, const std::string& file, const Words& words);

}  // namespace eyrie::scenarios
