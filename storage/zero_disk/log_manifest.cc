#include "storage/zero_disk/log_manifest.h"

#include <algorithm>
#include <string>
#include <utility>

#include "storage/format/encode.h"
#include "storage/format/envelope.h"
#include "storage/format/proto/log_manifest.pb.h"

namespace eyrie::storage {

namespace {

constexpr EnvelopeKind kKind{"EYZM", "log manifest", 1};

Status fenced(const LogManifest& manifest, WalTerm term) {
  return Status(Code::fenced, "term " + std::to_string(term) + " of the log is over: term " +
                                  std::to_string(manifest.term) + " was opened");
}

WalPosition end_of(const LogManifest& manifest) {
  if (manifest.segments.empty()) return 0;
  const LogSegment& last = manifest.segments.back();
  return last.closed ? last.last : last.first - 1;
}

// One without records goes: its number is not used again, and nobody needs to look into it.
void close_last(LogManifest& manifest, const SegmentEnd& end) {
  if (end.blocks == 0) {
    manifest.segments.pop_back();
    return;
  }
  LogSegment& segment = manifest.segments.back();
  segment.closed = true;
  segment.blocks = end.blocks;
  segment.last = end.last;
}

void open_next(LogManifest& manifest, WalPosition first, std::uint64_t writer) {
  manifest.segments.push_back(
      {.id = manifest.next_segment++, .first = first, .term = manifest.term, .writer = writer});
}

// (M2) to (M4), of what was read.
bool holds_together(const LogManifest& manifest) {
  std::uint64_t id = 0;
  WalPosition next = 0;
  WalTerm term = 1;
  for (const LogSegment& segment : manifest.segments) {
    const bool follows = next == 0 ? segment.first >= 1 : segment.first == next;
    const bool ends = !segment.closed || (segment.blocks > 0 && segment.last >= segment.first);
    if (segment.id <= id || !follows || !ends || segment.term < term) return false;
    if (!segment.closed && &segment != &manifest.segments.back()) return false;
    if (segment.merged && (!segment.closed || segment.merged->blocks == 0)) return false;
    id = segment.id;
    next = segment.last + 1;
    term = segment.term;
  }
  return manifest.term >= term && manifest.next_segment > id;
}

void write(const LogSegment& segment, proto::LogSegment& message) {
  message.set_id(segment.id);
  message.set_first(segment.first);
  message.set_term(segment.term);
  message.set_writer(segment.writer);
  message.set_closed(segment.closed);
  message.set_blocks(segment.blocks);
  message.set_last(segment.last);
  if (!segment.merged) return;
  message.mutable_merged()->set_name(segment.merged->name);
  message.mutable_merged()->set_blocks(segment.merged->blocks);
}

LogSegment read(const proto::LogSegment& message) {
  LogSegment segment{.id = message.id(),
                     .first = message.first(),
                     .term = message.term(),
                     .writer = message.writer(),
                     .closed = message.closed(),
                     .blocks = message.blocks(),
                     .last = message.last()};
  if (message.has_merged()) {
    segment.merged = MergedBlocks{message.merged().name(), message.merged().blocks()};
  }
  return segment;
}

}  // namespace

const LogSegment* LogManifest::find(WalPosition position) const {
  const auto behind = std::ranges::upper_bound(segments, position, {}, &LogSegment::first);
  if (behind == segments.begin()) return nullptr;
  const LogSegment& segment = *(behind - 1);
  return segment.closed && position > segment.last ? nullptr : &segment;
}

const LogSegment* LogManifest::open_segment() const {
  return segments.empty() || segments.back().closed ? nullptr : &segments.back();
}

Result<LogManifest> begin_opening(LogManifest manifest, WalTerm term, std::uint64_t opener) {
  const bool again = term == manifest.term && opener == manifest.opener;
  if (term <= manifest.term && !again) return fail(fenced(manifest, term));
  manifest.term = term;
  manifest.opener = opener;
  return manifest;
}

Result<LogManifest> end_opening(LogManifest manifest, WalTerm term, std::uint64_t opener,
                                const std::optional<SegmentEnd>& end) {
  if (manifest.term != term || manifest.opener != opener) return fail(fenced(manifest, term));
  const LogSegment* const open = manifest.open_segment();
  if (open != nullptr && open->term == term) return manifest;  // (M5)
  if ((open == nullptr) != !end || (end && open->id != end->segment)) {
    return fail(Code::conflict, "another segment of the log is open than the one that was ended");
  }
  const WalPosition last = end ? end->last : end_of(manifest);
  if (end) close_last(manifest, *end);
  open_next(manifest, last + 1, opener);
  return manifest;
}

Result<LogManifest> roll(LogManifest manifest, WalTerm term, const SegmentEnd& end) {
  if (manifest.term != term) return fail(fenced(manifest, term));
  const LogSegment* const open = manifest.open_segment();
  if (open == nullptr || open->term != term || open->id < end.segment) {
    return fail(Code::data_loss, "the open segment of the log is not its writer's");
  }
  if (open->id > end.segment) return manifest;  // (M5)
  const std::uint64_t writer = open->writer;
  close_last(manifest, end);
  open_next(manifest, end.last + 1, writer);
  return manifest;
}

Result<LogManifest> truncate(LogManifest manifest, WalTerm term, WalPosition to) {
  if (manifest.term != term) return fail(fenced(manifest, term));
  manifest.truncated_to = std::max(manifest.truncated_to, to);
  std::vector<LogSegment>& segments = manifest.segments;
  const auto gone = [&](const LogSegment& segment) {
    return segment.closed && segment.last <= manifest.truncated_to && &segment != &segments.back();
  };
  segments.erase(segments.begin(), std::ranges::find_if_not(segments, gone));
  return manifest;
}

Result<LogManifest> replace_blocks(LogManifest manifest, WalTerm term, std::uint64_t segment,
                                   const MergedBlocks& merged) {
  if (manifest.term != term) return fail(fenced(manifest, term));
  const auto found = std::ranges::find(manifest.segments, segment, &LogSegment::id);
  if (found != manifest.segments.end() && found->closed && !found->merged) found->merged = merged;
  return manifest;
}

Bytes encode_log_manifest(const LogManifest& manifest) {
  proto::LogManifest message;
  message.set_term(manifest.term);
  message.set_opener(manifest.opener);
  message.set_truncated_to(manifest.truncated_to);
  message.set_next_segment(manifest.next_segment);
  for (const LogSegment& segment : manifest.segments) write(segment, *message.add_segments());
  return seal_envelope(kKind, encode(message));
}

Result<LogManifest> decode_log_manifest(BytesView bytes) {
  EYRIE_TRY(const OpenedEnvelope envelope, open_envelope(kKind, bytes));
  EYRIE_TRY(const auto message, decode<proto::LogManifest>(envelope.payload, kKind.name));
  LogManifest manifest;
  manifest.term = message.term();
  manifest.opener = message.opener();
  manifest.truncated_to = message.truncated_to();
  manifest.next_segment = message.next_segment();
  for (const proto::LogSegment& segment : message.segments()) {
    manifest.segments.push_back(read(segment));
  }
  if (!holds_together(manifest)) {
    return fail(Code::data_loss, "the log manifest's segments do not follow each other");
  }
  return manifest;
}

}  // namespace eyrie::storage
