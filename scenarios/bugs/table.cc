#include <utility>

#include "scenarios/bugs/bugs.h"

namespace eyrie::scenarios {

namespace {

std::vector<Bug> bugs_of_the_zero_disk_log() {
  return {
      {"fence_behind_a_hole",
       "W6",
       "who opens the zero-disk log fences it off behind the last block that is listed, not at the "
       "first that is missing",
       "P22",
       {"word-search", "failover"}},
      {"block_acknowledged_out_of_order",
       "W6",
       "a block of the zero-disk log that is stored lets those before it be acknowledged, too",
       "P22",
       {"word-search", "failover"}},
      {"conflict_taken_for_own_block",
       "W6",
       "a writer of the zero-disk log that finds its block's place taken believes that it took it "
       "itself",
       "P22",
       {"word-search", "failover"}},
  };
}

std::vector<Bug> bugs_of_compaction() {
  return {
      {"read_below_horizon",
       "S4",
       "an exact read is answered though rows that were visible at its time have been dropped",
       "P12d",
       {"word-search", "failover"}},
      {"handed_out_above_checkpoint",
       "S5",
       "deletes are handed to the flushed segments while older rows are still growing",
       "P27",
       {"word-search", "failover"}},
      {"commit_compares_nothing",
       "S5",
       "a compaction runs beside another one of the same segments and commits without comparing "
       "what these are now",
       "P28",
       {"word-search", "failover"}},
      {"newer_deletes_left_behind",
       "S5",
       "a merge drops the deletes above its horizon that its segments had been handed",
       "P28",
       {"word-search", "failover"}},
  };
}

std::vector<Bug> bugs_of_collection() {
  return {
      {"attempt_ended_under_its_owner",
       "S6",
       "the collector ends attempts of owners that may yet commit them",
       "P1",
       {"word-search"}},
      {"upload_taken_for_garbage",
       "S6",
       "the collector removes what nothing names, though it may be on its way",
       "P32",
       {"word-search"}},
      {"attempt_outlives_its_plan",
       "S6",
       "the attempt of a plan that was given up stays for ever, and so does what it uploaded",
       "P40",
       {"word-search", "failover"}},
      {"garbage_not_pinned",
       "S6",
       "the collector lets go of what was replaced without asking whether a load still reads it",
       "P32",
       {"word-search", "failover"}},
  };
}

std::vector<Bug> bugs_of_upgrades() {
  return {
      {"newer_format_before_raise",
       "U1",
       "a node of the newer release writes its own format before the cluster's is raised",
       "P45",
       {"rolling-upgrade"}},
      {"finalized_unasked",
       "U2",
       "the cluster's format is raised without a look at the releases of the nodes",
       "P46",
       {"rolling-upgrade"}},
      {"unknown_field_dropped",
       "U3",
       "a coordinator of the older release saves a segment's record without the field that it does "
       "not know",
       "P47",
       {"rolling-upgrade"}},
  };
}

std::vector<Bug> bugs_of_nodes() {
  return {
      {"window_not_saved_ahead",
       "T1",
       "a coordinator saves where its window of timestamps begins, not where it ends",
       "P21",
       {"failover", "word-search"}},
      {"stale_leader_timestamp",
       "T2",
       "a coordinator believes that it leads until etcd says that its lease is gone",
       "P7",
       {"stale-leader", "failover"}},
      {"fence_not_checked",
       "W1",
       "the owner takes a record that was fenced off for one that is durable",
       "P1",
       {"handover", "word-search"}},
      {"ack_before_durable",
       "W2",
       "the sequencer does not wait for an append before it applies and acknowledges the record",
       "P1",
       {"word-search"}},
      {"replayed_delete_kills_reinsert",
       "D1",
       "a query node applies a delete also to rows that were written after it",
       "P1",
       {"word-search"}},
      {"sealed_and_growing_both_searched",
       "R3",
       "a read takes the growing rows of a segment that it also reads sealed",
       "P3",
       {"handover", "word-search"}},
      {"checkpoint_too_far",
       "S1",
       "a checkpoint covers the first record that is not durable elsewhere",
       "P30",
       {"word-search"}},
      {"load_of_older_revision",
       "S2",
       "a segment loaded with the deletes of one revision is followed from a later one's "
       "checkpoint",
       "P4",
       {"word-search"}},
      {"delete_not_forwarded_at_handoff",
       "S2",
       "deletes that came while a segment was loaded are not forwarded to the copy",
       "P4",
       {"word-search"}},
      {"watch_resumed_at_wrong_revision",
       "T3",
       "the etcd client resumes a broken watch at the present, not after what it last saw",
       "P39",
       {"failover", "word-search"}},
  };
}

}  // namespace

const std::vector<Bug>& bugs() {
  static const std::vector<Bug> kBugs = [] {
    std::vector<Bug> all = bugs_of_nodes();
    for (Bug& bug : bugs_of_compaction()) all.push_back(std::move(bug));
    for (Bug& bug : bugs_of_collection()) all.push_back(std::move(bug));
    for (Bug& bug : bugs_of_upgrades()) all.push_back(std::move(bug));
    for (Bug& bug : bugs_of_the_zero_disk_log()) all.push_back(std::move(bug));
    return all;
  }();
  return kBugs;
}

}  // namespace eyrie::scenarios
