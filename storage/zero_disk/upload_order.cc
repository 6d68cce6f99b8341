#include "storage/zero_disk/upload_order.h"

#include <algorithm>
#include <utility>

#include "runtime/check.h"
#include "runtime/plant.h"

namespace eyrie::storage {

namespace {

// What is told to whoever lies behind a hole, whatever became of his own block.
Status behind(const Status& hole) {
  if (hole.code() == Code::fenced) return hole;
  if (hole.category() == Category::unknown_outcome) {
    return Status(Code::unknown, "a record before it may be missing: " + hole.message());
  }
  return Status(Code::unavailable, "a record before it could not be stored: " + hole.message());
}

}  // namespace

std::vector<BlockAnswer> UploadOrder::end(std::uint64_t index, Status status) {
  const auto found = std::ranges::find(in_flight_, index, &Block::index);
  EYRIE_CHECK(found != in_flight_.end() && !found->ended, "an upload ends once");
  if (failure_.ok()) failure_ = status;
  found->ended = std::move(status);
  std::vector<BlockAnswer> answers;
  if (EYRIE_PLANT(block_acknowledged_out_of_order, false, found->ended->ok() && !hole_)) {
    answers.push_back({index, Status()});
    in_flight_.erase(found);
    return answers;
  }
  while (!in_flight_.empty() && in_flight_.front().ended) {
    const Block block = std::move(in_flight_.front());
    in_flight_.pop_front();
    answers.push_back({block.index, hole_ ? behind(*hole_) : *block.ended});
    if (!hole_ && !block.ended->ok()) hole_ = block.ended;
  }
  return answers;
}

}  // namespace eyrie::storage
