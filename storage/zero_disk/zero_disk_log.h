// ZeroDiskLog: the Wal on an object store and a meta store alone (W1-W6), as Woodpecker has it for
// Milvus: no disk and no service of its own.
//
// A channel is a chain of segments, a segment a row of blocks, each an object that is created if it
// is absent. Which segments there are, and who may write the last of them, is in the meta store
// (log_manifest.h); which blocks the last one has is what the object store holds, up to the first
// index that is missing. A new term puts a fence into that place, so that the older term's next
// block cannot come to be, and closes the segment
// (docs/decisions/0008-the-end-of-a-segment-stays.md).
//
//   open      opening.h: fence, close, begin the next segment
//   append    writer.h: group, upload some blocks at once, acknowledge in order, roll
//   read      reader.h: any process, block after block
//   truncate  log_manifest.h drops segments; chores.h removes their objects
//
// Used from one executor. Errors of append(): fenced and unavailable were certainly not stored.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "storage/zero_disk/context.h"

namespace eyrie::storage {

class ChannelChores;

class ZeroDiskLog final : public Wal {
 public:
  // The environment and the stores outlive it. What the log draws from the environment's random
  // must be drawn by no other log.
  ZeroDiskLog(Environment& environment, MetaStore& meta, ObjectStore& objects,
              ZeroDiskOptions options);
  ~ZeroDiskLog() override;

  // A transient or unknown error leaves the opening half-way, and only this process can go on with
  // it: by the same call again.
  Task<Result<std::unique_ptr<WalWriter>>> open(std::string channel, WalTerm term) override;
  Task<Result<std::unique_ptr<WalReader>>> read(std::string channel, WalPosition from) override;
  Task<Status> truncate(std::string channel, WalTerm term, WalPosition to) override;

  // Breaks every writer, whose blocks under way end with an unknown outcome, and waits for that.
  // Once open() was called, needed before destruction; writers and readers may remain.
  Task<void> stop();

 private:
  struct Opening {
    WalTerm term = 0;
    std::uint64_t opener = 0;
  };

  Random random_;
  ZeroDiskOptions options_;
  TaskGroup tasks_;
  ManifestStore manifests_;
  ZeroDiskContext context_;
  std::map<std::string, Opening> openings_;  // that have not ended
  std::map<std::string, std::shared_ptr<ChannelChores>> chores_;
};

}  // namespace eyrie::storage
