#include "storage/zero_disk/opening.h"

#include <optional>
#include <utility>

#include "runtime/plant.h"
#include "storage/zero_disk/events.h"

namespace eyrie::storage {

namespace {

struct Opening {
  const ZeroDiskContext& context;
  std::string channel;
  WalTerm term = 0;
  std::uint64_t opener = 0;
};

// The index at which the segment ends from now on: the first that was free. Blocks behind it never
// existed, and what is still on its way to it meets the fence.
Task<Result<std::uint64_t>> put_fence(Opening opening, LogSegment segment) {
  const ZeroDiskContext& context = opening.context;
  EYRIE_CO_TRY(const ListedBlocks listed,
               co_await list_blocks(context, opening.channel, segment.id));
  if (listed.ends_with_fence) co_return listed.count - 1;
  std::uint64_t index = EYRIE_PLANT(fence_behind_a_hole, listed.count, listed.end);
  while (true) {
    const std::string key = block_key(opening.channel, segment.id, index);
    const BlockHeader fence{.kind = BlockHeader::Kind::fence,
                            .segment = segment.id,
                            .index = index,
                            .writer = opening.opener,
                            .term = opening.term};
    const Status put =
        co_await context.objects.put_if_absent(key, encode_block(opening.channel, fence, {}));
    if (put.ok()) co_return index;
    if (put.code() != Code::already_exists) co_return fail(put);
    EYRIE_CO_TRY(const BlockHeader found,
                 co_await read_block_header(context, opening.channel, key));
    if (found.kind == BlockHeader::Kind::fence) co_return index;
    ++index;
  }
}

Task<Result<SegmentEnd>> end_segment(Opening opening, LogSegment segment) {
  EYRIE_CO_TRY(const std::uint64_t blocks, co_await put_fence(opening, segment));
  SegmentEnd end{segment.id, blocks, segment.first - 1};
  if (blocks > 0) {
    const std::string key = block_key(opening.channel, segment.id, blocks - 1);
    EYRIE_CO_TRY(const BlockHeader last,
                 co_await read_block_header(opening.context, opening.channel, key));
    if (last.writer != segment.writer || last.first < segment.first) {
      co_return fail(Code::data_loss, key + " was not written by the segment's writer");
    }
    end.last = last.last();
  }
  emit(opening.context.environment.tracer, kZeroDiskFenced, opening.channel, segment.id, end.blocks,
       end.last);
  co_return end;
}

}  // namespace

Task<Result<LogSegment>> open_channel(const ZeroDiskContext& context, std::string channel,
                                      WalTerm term, std::uint64_t opener) {
  EYRIE_CO_TRY(LogManifest manifest,
               co_await context.manifests.update(channel, [=](LogManifest before) {
                 return begin_opening(std::move(before), term, opener);
               }));
  // Nobody else can close or open a segment from here on without a higher term (M1).
  std::optional<SegmentEnd> end;
  const LogSegment* const open = manifest.open_segment();
  if (open != nullptr && open->term < term) {
    EYRIE_CO_TRY(end, co_await end_segment({context, channel, term, opener}, *open));
  }
  EYRIE_CO_TRY(manifest, co_await context.manifests.update(channel, [=](LogManifest before) {
    return end_opening(std::move(before), term, opener, end);
  }));
  const LogSegment segment = manifest.segments.back();
  emit(context.environment.tracer, kZeroDiskOpened, channel, term, segment.first);
  co_return segment;
}

}  // namespace eyrie::storage
