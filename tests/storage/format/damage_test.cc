// Bytes that are not what was written: always an error, never a crash and never other values.
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "storage/format/envelope.h"
#include "storage/format/little_endian.h"
#include "tests/storage/format/samples.h"

namespace eyrie::storage::test {
namespace {

std::vector<SampleFile> samples_of_every_format() {
  std::vector<SampleFile> samples = sample_files(kOldestFormat);
  for (SampleFile& sample : sample_files(kNewestFormat)) samples.push_back(std::move(sample));
  return samples;
}

TEST(Damage, EveryTruncationIsAnError) {
  for (const SampleFile& sample : samples_of_every_format()) {
    for (std::size_t length = 0; length < sample.bytes.size(); ++length) {
      const Result<Bytes> read = sample.rewrite(BytesView(sample.bytes).substr(0, length));
      ASSERT_FALSE(read.has_value()) << sample.name << " cut to " << length;
      ASSERT_EQ(read.error().code(), Code::data_loss) << read.error();
    }
    EXPECT_FALSE(sample.rewrite(sample.bytes + '\0').has_value()) << sample.name;
  }
}

TEST(Damage, EveryFlippedBitIsAnError) {
  for (const SampleFile& sample : samples_of_every_format()) {
    for (std::size_t bit = 0; bit < sample.bytes.size() * 8; ++bit) {
      Bytes damaged = sample.bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      const Result<Bytes> read = sample.rewrite(damaged);
      ASSERT_FALSE(read.has_value()) << sample.name << " with bit " << bit << " flipped";
      ASSERT_EQ(read.error().code(), Code::data_loss) << read.error();
    }
  }
}

// As a build with a mistake, or a peer with bad intent, would write it: the checksum is right.
Bytes with_right_checksum(const Bytes& sealed, const Bytes& payload) {
  const auto version = load_little_endian<std::uint16_t>(sealed, 4);
  return seal_envelope({BytesView(sealed).substr(0, 4), "sample", version}, payload);
}

TEST(Damage, AWrongPayloadUnderARightChecksumNeverCrashes) {
  const std::vector<SampleFile> samples = samples_of_every_format();
  rc::check([&samples] {
    const SampleFile& sample = samples[*rc::gen::inRange<std::size_t>(0, samples.size())];
    Bytes payload = sample.bytes.substr(kEnvelopeHeaderBytes);
    const int changes = *rc::gen::inRange(1, 5);
    for (int i = 0; i < changes && !payload.empty(); ++i) {
      const std::size_t at = *rc::gen::inRange<std::size_t>(0, payload.size());
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          payload[at] = *rc::gen::arbitrary<char>();
          break;
        case 1:
          payload.erase(at, 1);
          break;
        default:
          payload.insert(at, 1, *rc::gen::arbitrary<char>());
      }
    }
    const Result<Bytes> read = sample.rewrite(with_right_checksum(sample.bytes, payload));
    if (!read) {
      RC_ASSERT(read.error().code() == Code::data_loss || read.error().code() == Code::unsupported);
    }
  });
}

}  // namespace
}  // namespace eyrie::storage::test
