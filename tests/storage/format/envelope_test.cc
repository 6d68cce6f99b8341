#include "storage/format/envelope.h"

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

constexpr EnvelopeKind kKind{"TEST", "test file", 2};

TEST(Envelope, GivesBackPayloadAndVersion) {
  const Bytes sealed = seal_envelope(kKind, "payload");
  EXPECT_EQ(sealed.size(), kEnvelopeHeaderBytes + 7);
  const Result<OpenedEnvelope> opened = open_envelope(kKind, sealed);
  ASSERT_TRUE(opened.has_value()) << opened.error();
  EXPECT_EQ(opened->payload, "payload");
  EXPECT_EQ(opened->version, 2);
  EXPECT_TRUE(open_envelope(kKind, seal_envelope(kKind, "")).has_value());
}

TEST(Envelope, OlderVersionsOpenAndNewerOnesAreUnsupported) {
  const Bytes older = seal_envelope({"TEST", "test file", 1}, "x");
  EXPECT_EQ(open_envelope(kKind, older)->version, 1);
  const Bytes newer = seal_envelope({"TEST", "test file", 3}, "x");
  EXPECT_EQ(open_envelope(kKind, newer).error().to_string(),
            "unsupported: test file has format version 3; this build reads up to 2");
}

TEST(Envelope, AnotherKindIsDataLoss) {
  const Bytes other = seal_envelope({"OTHR", "other file", 1}, "x");
  EXPECT_EQ(open_envelope(kKind, other).error().code(), Code::data_loss);
}

}  // namespace
}  // namespace eyrie::storage
