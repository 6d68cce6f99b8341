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

std::size_t UploadOrder::ended_in_order() const {
  const auto open = std::ranges::find_if(in_flight_, [](const Block& b) { return !b.ended; });
  return static_cast<std::size_t>(open - in_flight_.begin());
}

std::vector<BlockAnswer> UploadOrder::end(std::uint64_t index, Status status) {
  const auto found = std::ranges::find(in_flight_, index, &Block::index);
  EYRIE_CHECK(found != in_flight_.end() && !found->ended, "an upload ends once");
  if (failure_.ok()) failure_ = status;
  found->ended = std::move(status);
  std::vector<BlockAnswer> answers;
  const std::size_t count = EYRIE_PLANT(block_acknowledged_out_of_order, ended_in_order(),
                                        static_cast<std::size_t>(found - in_flight_.begin()) + 1);
  for (std::size_t i = 0; i < count; ++i) {
    Block& block = in_flight_[i];
    const Status own = block.ended.value_or(Status());
    if (!block.answered) answers.push_back({block.index, hole_ ? behind(*hole_) : own});
    block.answered = true;
    if (!hole_ && !own.ok()) hole_ = own;
  }
  while (!in_flight_.empty() && in_flight_.front().ended && in_flight_.front().answered) {
    in_flight_.pop_front();
  }
  return answers;
}

}  // namespace eyrie::storage
