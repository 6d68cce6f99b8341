#include "storage/zero_disk/upload_order.h"

#include <rapidcheck.h>
#include <string>

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

std::string told(const std::vector<BlockAnswer>& answers) {
  std::string text;
  for (const BlockAnswer& answer : answers) {
    text += std::to_string(answer.index) + " " + std::string(name_of(answer.status.code())) + "; ";
  }
  return text;
}

UploadOrder begun(std::uint64_t blocks) {
  UploadOrder order;
  for (std::uint64_t index = 0; index < blocks; ++index) order.begin(index);
  return order;
}

TEST(UploadOrder, AcknowledgesInTheOrderOfBlocks) {
  UploadOrder order = begun(3);
  EXPECT_EQ(told(order.end(2, {})), "");
  EXPECT_EQ(told(order.end(0, {})), "0 ok; ");
  EXPECT_EQ(told(order.end(1, {})), "1 ok; 2 ok; ");
  EXPECT_EQ(order.in_flight(), 0u);
  EXPECT_TRUE(order.failure().ok());
}

TEST(UploadOrder, BehindAFenceNothingWasStored) {
  UploadOrder order = begun(3);
  EXPECT_EQ(told(order.end(2, {})), "");
  EXPECT_EQ(told(order.end(1, Status(Code::fenced, "a fence"))), "");
  EXPECT_EQ(order.failure().code(), Code::fenced);
  EXPECT_EQ(told(order.end(0, {})), "0 ok; 1 fenced; 2 fenced; ");
}

TEST(UploadOrder, BehindAnUnknownBlockEverythingIsUnknown) {
  UploadOrder order = begun(3);
  EXPECT_EQ(told(order.end(1, {})), "");
  EXPECT_EQ(told(order.end(2, Status(Code::unavailable, "not sent"))), "");
  EXPECT_EQ(told(order.end(0, Status(Code::deadline_exceeded, "no answer"))),
            "0 deadline_exceeded; 1 unknown; 2 unknown; ");
}

TEST(UploadOrder, BehindABlockThatWasNotStoredNothingIsThere) {
  UploadOrder order = begun(2);
  EXPECT_EQ(told(order.end(1, {})), "");
  EXPECT_EQ(told(order.end(0, Status(Code::unavailable, "not sent"))),
            "0 unavailable; 1 unavailable; ");
}

// (U1) to (U3), for any order and any ends.
TEST(UploadOrder, HoldsItsInvariantsWhateverHappens) {
  EXPECT_TRUE(rc::check([] {
    const auto blocks = *rc::gen::inRange<std::uint64_t>(1, 8);
    std::vector<std::uint64_t> order_of_ends(blocks);
    for (std::uint64_t i = 0; i < blocks; ++i) order_of_ends[i] = i;
    for (std::uint64_t i = blocks; i > 1; --i) {
      std::swap(order_of_ends[i - 1], order_of_ends[*rc::gen::inRange<std::uint64_t>(0, i)]);
    }
    const auto ends = *rc::gen::container<std::vector<Code>>(
        blocks, rc::gen::element(Code::ok, Code::ok, Code::ok, Code::fenced, Code::unavailable,
                                 Code::unknown));
    UploadOrder order = begun(blocks);
    std::vector<BlockAnswer> answers;
    for (const std::uint64_t index : order_of_ends) {
      const Code code = ends[index];
      for (BlockAnswer& answer : order.end(index, code == Code::ok ? Status() : Status(code, ""))) {
        answers.push_back(std::move(answer));
      }
    }
    RC_ASSERT(answers.size() == blocks);
    Code hole = Code::ok;
    for (std::uint64_t i = 0; i < blocks; ++i) {
      RC_ASSERT(answers[i].index == i);
      const Code said = answers[i].status.code();
      if (hole == Code::ok) {
        RC_ASSERT(said == ends[i]);
        hole = ends[i];
      } else {
        RC_ASSERT(said == hole);
      }
    }
  }));
}

}  // namespace
}  // namespace eyrie::storage
