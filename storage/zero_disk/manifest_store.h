// ManifestStore: the manifests of channels in the meta store, read and changed.
#pragma once

#include <functional>
#include <string>

#include "runtime/clock.h"
#include "runtime/random.h"
#include "storage/seam/meta_store.h"
#include "storage/zero_disk/log_manifest.h"

namespace eyrie::storage {

inline constexpr std::string_view kManifestPrefix = "log/";

class ManifestStore {
 public:
  // Borrows both. Waits between attempts are from back_off_min to back_off_max.
  ManifestStore(Clock& clock, Random random, MetaStore& meta, Duration back_off_min,
                Duration back_off_max)
      : clock_(clock),
        random_(random),
        meta_(meta),
        back_off_min_(back_off_min),
        back_off_max_(back_off_max) {}

  // As it is now; that of a channel which does not exist has term 0. data_loss, unsupported.
  Task<Result<LogManifest>> read(std::string channel) const;

  // Applies the change to the newest manifest and commits the result, anew when somebody else was
  // sooner, or when the outcome is unknown: a change that was made already changes nothing (M5).
  // What the change itself answers ends it. Gives what is stored then. A transient or unknown
  // error, after some of them in a row: it may have been made, or be made yet.
  using Change = std::function<Result<LogManifest>(LogManifest)>;
  Task<Result<LogManifest>> update(std::string channel, Change change) const;

 private:
  struct Stored {
    LogManifest manifest;
    Revision revision = 0;
  };
  Task<Result<Stored>> load(std::string key) const;

  Clock& clock_;
  Random random_;
  MetaStore& meta_;
  Duration back_off_min_;
  Duration back_off_max_;
};

}  // namespace eyrie::storage
