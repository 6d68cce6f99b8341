// Answers of a hostile server: whatever comes, in whatever pieces, ends in an answer within its
// limits or in a Status.
#include "runtime/asio/http/http_message.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/random.h"

namespace eyrie::test {
namespace {

constexpr std::size_t kBodyBytesMax = 64;

// The body of a whole answer.
std::optional<Bytes> outcome(BytesView bytes, std::size_t piece, bool to_head = false) {
  AnswerParser parser(to_head, {kBodyBytesMax, "limit"});
  for (std::size_t at = 0; at < bytes.size() && !parser.done(); at += piece) {
    if (const Status status = parser.feed(bytes.substr(at, piece)); !status.ok()) {
      EXPECT_EQ(status.code(), Code::unknown);
      return std::nullopt;
    }
  }
  if (!parser.done()) {
    if (const Status status = parser.end(); !status.ok()) return std::nullopt;
  }
  return parser.take().body;
}

TEST(HttpMessage, PiecesMakeNoDifference) {
  const Bytes answer =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: y\r\n\r\n";
  for (std::size_t piece = 1; piece <= answer.size(); ++piece) {
    EXPECT_EQ(outcome(answer, piece), "hello world") << piece;
  }
}

TEST(HttpMessage, DamagedAnswersEndInAnAnswerOrAStatus) {
  const std::vector<Bytes> whole{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello",
                                 "HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: "
                                 "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                                 "HTTP/1.0 503 Slow Down\r\nConnection: close\r\n\r\n<Error/>",
                                 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"};
  const std::vector<Bytes> odd{"\r\n",
                               "\r",
                               "\n",
                               ":",
                               " ",
                               "-1",
                               "ffffffffffffffff",
                               "Content-Length: 9\r\n",
                               Bytes(1, '\0'),
                               Bytes(300, 'A'),
                               "\xff",
                               "chunked",
                               "HTTP/1.1 "};
  Random random(1);
  std::size_t answers = 0;
  constexpr std::size_t kRounds = 20'000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    Bytes bytes = random.pick(whole);
    for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
      const std::size_t at = random.below(bytes.size() + 1);
      const std::size_t length = random.below(2) == 0 ? 0 : random.below(6);
      bytes.replace(at, length, random.below(4) == 0 ? Bytes() : random.pick(odd));
    }
    const std::optional<Bytes> once = outcome(bytes, bytes.size() + 1, round % 7 == 0);
    EXPECT_EQ(outcome(bytes, 1 + random.below(9), round % 7 == 0), once) << bytes;
    if (!once) continue;
    EXPECT_LE(once->size(), kBodyBytesMax);
    ++answers;
  }
  // Some damage does no harm; most does.
  EXPECT_GT(answers, kRounds / 20);
  EXPECT_LT(answers, kRounds);
}

}  // namespace
}  // namespace eyrie::test
