#include "storage/zero_disk/reader.h"

#include <utility>

#include "storage/zero_disk/events.h"

namespace eyrie::storage {

ZeroDiskReader::ZeroDiskReader(const ZeroDiskContext& context, std::string channel,
                               WalPosition from)
    : context_(context),
      channel_(std::move(channel)),
      next_(from),
      back_off_(context.options.back_off_min, context.options.back_off_max,
                context.environment.random.stream("reader").stream(channel_)) {}

Task<Result<WalEntry>> ZeroDiskReader::next() {
  while (true) {
    if (taken_ < block_.records.size()) {
      co_return WalEntry{next_++, block_.header.term, std::move(block_.records[taken_++])};
    }
    const Status status = co_await advance();
    if (status.ok()) {
      back_off_.reset();
      continue;
    }
    if (!may_be_tried_again(status)) co_return fail(status);
    EYRIE_CO_RETURN_IF_ERROR(co_await context_.environment.clock.sleep_for(back_off_.next()));
  }
}

std::string ZeroDiskReader::key_at(const Place& place) const {
  const LogSegment& segment = place.segment;
  return segment.merged ? merged_block_key(channel_, segment.id, segment.merged->name, place.index)
                        : block_key(channel_, segment.id, place.index);
}

Task<Status> ZeroDiskReader::advance() {
  if (!place_) co_return co_await locate();
  const LogSegment& segment = place_->segment;
  const std::uint64_t blocks = segment.merged ? segment.merged->blocks : segment.blocks;
  if (segment.closed && place_->index >= blocks) {
    place_.reset();
    co_return Status();
  }
  Result<LogBlock> block = co_await read_block(context_, channel_, key_at(*place_));
  if (!block && block.error().code() == Code::not_found) co_return co_await locate();
  if (!block) co_return block.error();
  // A segment that has been fenced off and not been closed yet.
  if (block->header.kind == BlockHeader::Kind::fence) co_return co_await locate();
  co_return take(std::move(*block));
}

Status ZeroDiskReader::take(LogBlock block) {
  const LogSegment& segment = place_->segment;
  const std::uint64_t writer = segment.merged ? segment.merged->name : segment.writer;
  const BlockHeader& header = block.header;
  if (header.segment != segment.id || header.index != place_->index || header.writer != writer ||
      header.first > next_) {
    const std::string key = key_at(*place_);
    emit(context_.environment.tracer, kZeroDiskDamaged, channel_, key, "of another place");
    return Status(Code::data_loss, key + " is not the block that belongs there");
  }
  ++place_->index;
  if (header.last() < next_) return {};
  taken_ = next_ - header.first;
  block_ = std::move(block);
  return {};
}

Task<Status> ZeroDiskReader::locate() {
  EYRIE_CO_TRY(const LogManifest manifest, co_await context_.manifests.read(channel_));
  if (next_ <= manifest.truncated_to) {
    co_return Status(Code::out_of_range, "log channel '" + channel_ + "' was truncated to " +
                                             std::to_string(manifest.truncated_to));
  }
  const LogSegment* const found = manifest.find(next_);
  if (found == nullptr) {
    place_.reset();
    co_return Status(Code::unavailable, "there is no such record yet");
  }
  if (place_ && place_->segment == *found) {
    if (!found->closed) co_return Status(Code::unavailable, "there is no such record yet");
    const std::string key = key_at(*place_);
    emit(context_.environment.tracer, kZeroDiskDamaged, channel_, key, "missing");
    co_return Status(Code::data_loss, "log channel '" + channel_ + "': " + key + " is missing");
  }
  if (place_ && place_->segment.id == found->id && place_->segment.merged == found->merged) {
    place_->segment = *found;
    co_return Status();
  }
  const LogSegment segment = *found;
  const Result<std::uint64_t> index = co_await find_block(segment);
  // It was merged meanwhile, or is damaged: reading from its begin tells which.
  const bool missing = !index && index.error().code() == Code::not_found;
  if (!index && !missing) co_return index.error();
  place_ = Place{segment, missing ? 0 : *index};
  co_return Status();
}

Task<Result<std::uint64_t>> ZeroDiskReader::find_block(LogSegment segment) {
  if (next_ == segment.first) co_return 0;
  std::uint64_t end = segment.merged ? segment.merged->blocks : segment.blocks;
  if (!segment.closed) {
    EYRIE_CO_TRY(const ListedBlocks listed, co_await list_blocks(context_, channel_, segment.id));
    end = listed.count;
  }
  // The first block that begins behind the next record; the one before it is the one.
  std::uint64_t low = 0;
  std::uint64_t high = end;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    EYRIE_CO_TRY(const BlockHeader header,
                 co_await read_block_header(context_, channel_, key_at({segment, middle})));
    // A fence is the end.
    const bool behind = header.kind == BlockHeader::Kind::fence || header.first > next_;
    (behind ? high : low) = behind ? middle : middle + 1;
  }
  co_return low == 0 ? 0 : low - 1;
}

}  // namespace eyrie::storage
