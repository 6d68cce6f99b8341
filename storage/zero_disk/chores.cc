#include "storage/zero_disk/chores.h"

#include <algorithm>
#include <utility>

#include "runtime/rpc/back_off.h"
#include "storage/zero_disk/events.h"

namespace eyrie::storage {

namespace {

constexpr std::size_t kListPage = 1'000;
constexpr Duration kPauseMin = 1s;  // after a failure
constexpr Duration kPauseMax = 1min;

}  // namespace

void ChannelChores::want() {
  wanted_ = true;
  changed_.notify_all();
}

void ChannelChores::stop() {
  stopped_ = true;
  changed_.notify_all();
}

Task<void> ChannelChores::run(std::shared_ptr<ChannelChores> self) {
  Clock& clock = self->context_.environment.clock;
  rpc::BackOff pauses(kPauseMin, kPauseMax,
                      self->context_.environment.random.stream("chores").stream(self->channel_));
  while (!self->stopped_) {
    if (!self->wanted_) {
      if (!(co_await self->changed_.wait()).ok()) co_return;
      continue;
    }
    self->wanted_ = false;
    const Status status = co_await self->work();
    if (status.code() == Code::cancelled || status.code() == Code::fenced) co_return;
    if (status.ok()) {
      pauses.reset();
      continue;
    }
    emit(self->context_.environment.tracer, kZeroDiskChoreFailed, self->channel_, self->term_,
         status.to_string());
    self->wanted_ = true;
    if (!(co_await clock.sleep_for(pauses.next())).ok()) co_return;
  }
}

Task<Status> ChannelChores::work() {
  EYRIE_CO_TRY(const LogManifest manifest, co_await context_.manifests.read(channel_));
  if (manifest.term != term_) co_return Status(Code::fenced, "another term does this now");
  EYRIE_CO_RETURN_IF_ERROR(co_await clean(manifest));
  co_return co_await merge(manifest);
}

Task<Status> ChannelChores::clean(LogManifest manifest) {
  const std::uint64_t first = manifest.segments.front().id;
  if (cleaned_before_ == first) co_return Status();
  const std::string prefix = channel_prefix(channel_);
  const std::string kept = segment_prefix(channel_, first);
  std::uint64_t removed = 0;
  std::string after = cleaned_before_ > 0 ? segment_prefix(channel_, cleaned_before_) : "";
  for (bool more = true; more;) {
    EYRIE_CO_TRY(const ObjectPage page, co_await context_.objects.list(prefix, after, kListPage));
    more = page.more && !page.objects.empty();
    for (const ObjectInfo& object : page.objects) {
      if (object.key >= kept) {
        more = false;
        break;
      }
      if (object.size == kFenceBytes) continue;
      EYRIE_CO_RETURN_IF_ERROR(co_await context_.objects.remove(object.key));
      ++removed;
    }
    if (more) after = page.objects.back().key;
  }
  cleaned_before_ = first;
  if (removed > 0) emit(context_.environment.tracer, kZeroDiskCleaned, channel_, first, removed);
  co_return Status();
}

Task<Status> ChannelChores::merge(LogManifest manifest) {
  const std::size_t size = context_.options.merged_block_bytes;
  if (size == 0) co_return Status();
  for (const LogSegment& segment : manifest.segments) {
    if (!segment.closed || segment.merged || segment.blocks < 2) continue;
    if (large_.contains(segment.id)) continue;
    EYRIE_CO_TRY(const ListedBlocks listed, co_await list_blocks(context_, channel_, segment.id));
    if (listed.bytes / segment.blocks > size / 2) {
      large_.insert(segment.id);
      continue;
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await merge_segment(segment));
  }
  co_return Status();
}

Task<Status> ChannelChores::merge_segment(LogSegment segment) {
  Result<MergedBlocks> merged = co_await write_merged(segment);
  // It was truncated away meanwhile.
  if (!merged && merged.error().code() == Code::not_found) co_return Status();
  if (!merged) co_return merged.error();
  const WalTerm term = term_;
  EYRIE_CO_TRY(const LogManifest now,
               co_await context_.manifests.update(channel_, [=](LogManifest before) {
                 return replace_blocks(std::move(before), term, segment.id, *merged);
               }));
  const auto found = std::ranges::find(now.segments, segment.id, &LogSegment::id);
  if (found == now.segments.end() || found->merged != *merged) co_return Status();
  emit(context_.environment.tracer, kZeroDiskMerged, channel_, segment.id, segment.blocks,
       merged->blocks);
  // Nobody needs these any more, but for the fence that may stand behind them.
  for (std::uint64_t index = 0; index < segment.blocks; ++index) {
    EYRIE_CO_RETURN_IF_ERROR(
        co_await context_.objects.remove(block_key(channel_, segment.id, index)));
  }
  co_return Status();
}

Task<Result<MergedBlocks>> ChannelChores::write_merged(LogSegment segment) {
  // Drawn for this attempt: names of one that ended half-way are never used again.
  MergedBlocks merged{context_.random.next(), 0};
  LogBlock collected;
  std::size_t bytes = 0;
  for (std::uint64_t index = 0; index < segment.blocks; ++index) {
    EYRIE_CO_TRY(LogBlock block,
                 co_await read_block(context_, channel_, block_key(channel_, segment.id, index)));
    if (collected.records.empty()) collected.header = block.header;
    for (Bytes& record : block.records) {
      bytes += record.size() + kRecordLengthBytes;
      collected.records.push_back(std::move(record));
    }
    if (bytes < context_.options.merged_block_bytes && index + 1 < segment.blocks) continue;
    EYRIE_CO_RETURN_IF_ERROR(co_await put_merged(segment, merged, collected));
    bytes = 0;
  }
  co_return merged;
}

Task<Status> ChannelChores::put_merged(LogSegment segment, MergedBlocks& merged, LogBlock& block) {
  BlockHeader header = block.header;
  header.index = merged.blocks;
  header.writer = merged.name;
  Bytes encoded = encode_block(channel_, header, block.records);
  block.records.clear();
  EYRIE_CO_RETURN_IF_ERROR(co_await context_.objects.put(
      merged_block_key(channel_, segment.id, merged.name, merged.blocks), std::move(encoded)));
  ++merged.blocks;
  co_return Status();
}

}  // namespace eyrie::storage
