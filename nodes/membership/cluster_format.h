// ClusterFormat: what a node writes, and what it reads, of the formats that releases differ in.
//
//   (1) It reads up to its release's own.
//   (2) It writes the cluster's, which the catalog's StoreRecord says: as of the transaction that
//       registered the node, and later as its watch tells. So what is written is never of a newer
//       format than the cluster's, and may be of an older one for a moment, which everybody reads.
//   (3) The cluster's is raised only while no node of an older release is registered
//       (nodes/coordinator/upgrade.h), and none registers after (session.h).
#pragma once

#include <cstdint>

#include "runtime/release.h"

namespace eyrie::membership {

class ClusterFormat {
 public:
  explicit ClusterFormat(Release release) : release_(release) {}

  Release release() const { return release_; }
  std::int32_t reads() const { return format_of(release_); }
  std::int32_t writes() const;
  // The cluster's, which only rises.
  void heard(std::int32_t format);

 private:
  Release release_;
  std::int32_t clusters_ = kOldestFormat;
};

}  // namespace eyrie::membership
