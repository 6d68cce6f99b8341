// Observations: what the simulator saw inside a run, in the order in which it took effect: the log
// and the stores at the moment of their effects, nodes at the moment of their decisions. Plain
// data, made by scenarios/run, judged by the white-box checkers.
//
// Positions, terms and timestamps are as in PROTOCOL.md; digests are XXH3-64 of the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/scheduler.h"

namespace eyrie::scenarios {

// A row, or a delete of one, as it is kept: digests of its key and of all its fields; a delete has
// no fields.
struct StoredRow {
  std::uint64_t key = 0;
  std::uint64_t timestamp = 0;
  std::uint64_t fields = 0;
};
using StoredRowsRef = std::shared_ptr<const std::vector<StoredRow>>;

// The log let this term in; its first record takes position `begins` (W1).
struct LogOpened {
  std::string channel;
  std::int64_t term = 0;
  std::uint64_t begins = 0;
};

// The log made a record durable.
struct RecordDurable {
  enum class Kind : std::uint8_t { rows, deletes, rows_and_deletes, create, drop, other };

  std::string channel;
  std::int64_t term = 0;
  std::uint64_t position = 0;
  std::uint64_t timestamp = 0;
  Kind kind = Kind::other;
  std::int64_t collection = 0;
  std::string virtual_channel;
  std::int64_t segment = 0;  // of rows
  std::vector<StoredRow> rows = {};
  std::vector<std::uint64_t> deleted = {};  // digests of keys
  std::int32_t version = 0;                 // of its format; 0: it says none

  bool has_rows() const { return kind == Kind::rows || kind == Kind::rows_and_deletes; }
  bool has_deletes() const { return kind == Kind::deletes || kind == Kind::rows_and_deletes; }
};

// A channel's owner answers that a record is durable.
struct RecordAcknowledged {
  std::string channel;
  std::int64_t term = 0;
  std::uint64_t position = 0;
  std::uint64_t timestamp = 0;
};

// The recovery of the owner in `reader_term` read a record, whole by its checksum; term and
// timestamp say which record it is.
struct RecordRead {
  std::string channel;
  std::int64_t term = 0;
  std::uint64_t position = 0;
  std::uint64_t timestamp = 0;
  std::int64_t reader_term = 0;
};

// The owner in `term` has recovered.
struct RecoveryEnded {
  std::string channel;
  std::int64_t term = 0;
};

// An owner says that its channel is closed up to there (W4).
struct TickEmitted {
  std::string channel;
  std::int64_t term = 0;
  std::uint64_t tick = 0;
};

// The log forgot what is at or below.
struct LogTruncated {
  std::string channel;
  std::int64_t term = 0;
  std::uint64_t through = 0;
};

// Of the catalog. `missing`: an object that a segment or a delta names and that would not be there,
// or not of the size it says, after a power cut at that moment; "" is one that it does not name.
struct CheckpointSaved {
  std::string channel;
  std::uint64_t position = 0;
};
// Of all, the revision of their transaction; of rows and deletes, null: they could not be read.
struct SegmentSaved {
  std::int64_t segment = 0;
  std::string virtual_channel;
  std::uint64_t position = 0;
  std::optional<std::string> missing = {};
  std::int64_t revision = 0;
  StoredRowsRef rows = {};
  std::vector<StoredRowsRef> deletes = {};               // those that were handed to it
  std::vector<std::pair<std::string, bool>> files = {};  // and whether their checksums are said
};
struct DeltaSaved {
  std::int64_t delta = 0;
  std::string virtual_channel;
  std::uint64_t position = 0;
  std::optional<std::string> missing = {};
  std::int64_t revision = 0;
  StoredRowsRef deletes = {};
};
struct SegmentRemoved {
  std::int64_t segment = 0;
  std::string virtual_channel;
  std::int64_t revision = 0;
};
struct DeltaRemoved {
  std::int64_t delta = 0;
  std::string virtual_channel;
  std::int64_t revision = 0;
};
struct HorizonSaved {
  std::string virtual_channel;
  std::uint64_t timestamp = 0;
  std::int64_t revision = 0;
};
struct CollectionSaved {
  std::int64_t collection = 0;
  std::string name;
  bool dropping = false;  // its drop is decided, and will be in its channels (T4)
};
// A node registered under this key; the incarnation is the revision of the put.
struct NodeRegistered {
  std::string key;
  std::int64_t incarnation = 0;
  std::string machine = {};
  std::int32_t release = 1;
};
struct NodeUnregistered {
  std::string key;
};
// The cluster's format, when it was made or raised.
struct FormatSet {
  std::int32_t format = 0;
  std::int64_t revision = 0;
};
// A node was to read something that is stored in a format above its release's.
struct NewerFormatMet {
  std::string machine;
  std::string what;
};
// A transaction changed this key of the coordinator's; it compared the leader key's create revision
// with `leader` (T3), 0: it did not.
struct CatalogWritten {
  std::int64_t revision = 0;
  std::int64_t leader = 0;
  std::string key;
};

// A standalone's meta store was opened at this revision; the newest that it had told as committed,
// 0: none. `unseen`: it has changes that nobody has told, and that nobody will tell. Who follows
// the catalog knows it no more.
struct MetaStoreOpened {
  std::int64_t revision = 0;
  std::int64_t committed = 0;
  bool unseen = false;
};

// The coordinator handed out ids first, first + 1, ...
struct IdsAllocated {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// The coordinator says who owns the channel from now on.
struct ChannelAssigned {
  std::string channel;
  std::int64_t term = 0;
};
// Somebody read what the catalog had named and did not find it: a load, for the owner of a term; or
// a compaction or index build of the newest leader, term 0.
struct ObjectMissed {
  std::string reader;
  std::string virtual_channel;  // "": of the segment's
  std::int64_t segment = 0;
  std::int64_t term = 0;
};

struct ObjectWritten {
  std::string name;
  std::uint64_t digest = 0;
  std::int32_t version = 0;  // of its format; 0: it says none
};
// It may come a little later, but is decided.
struct ObjectRemoved {
  std::string name;
};
// The catalog's record under this key names these objects from now on; none: it was removed.
struct ObjectsNamed {
  std::string key;
  std::vector<std::string> objects;
};
// An attempt to write objects was registered, or has ended (S6).
struct AttemptChanged {
  std::int64_t attempt = 0;
  bool registered = false;
};
// A coordinator begins to look for garbage, or has removed all that was garbage when it began.
struct GarbageSought {
  std::string machine;
  bool ended = false;
};

using Observation =
    std::variant<LogOpened, RecordDurable, RecordAcknowledged, RecordRead, RecoveryEnded,
                 TickEmitted, LogTruncated, CheckpointSaved, SegmentSaved, DeltaSaved,
                 SegmentRemoved, DeltaRemoved, HorizonSaved, CollectionSaved, NodeRegistered,
                 NodeUnregistered, FormatSet, NewerFormatMet, CatalogWritten, MetaStoreOpened,
                 IdsAllocated, ChannelAssigned, ObjectMissed, ObjectWritten, ObjectRemoved,
                 ObjectsNamed, AttemptChanged, GarbageSought>;

struct Observed {
  sim::SimTime time = 0;
  Observation what;
};
using Observations = std::vector<Observed>;

}  // namespace eyrie::scenarios
