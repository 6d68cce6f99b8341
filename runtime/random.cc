#include "runtime/random.h"

#include <bit>

namespace eyrie {

Random::Random(std::uint64_t seed) : seed_(seed), state_() {
  for (std::uint64_t& word : state_) {
    word = mix64(seed);
    seed += 0x9E3779B97F4A7C15ULL;
  }
}

Random Random::stream(std::string_view name) const {
  std::uint64_t hash = seed_ ^ 0xCBF29CE484222325ULL;  // FNV-1a, then mixed
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return Random(mix64(hash));
}

Random Random::stream(std::uint64_t number) const {
  return Random(mix64(seed_ ^ mix64(number)));
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  EYRIE_CHECK(bound > 0);
  // Lemire 2019: multiply, and reject the few values that would bias the result.
  unsigned __int128 product = static_cast<unsigned __int128>(next()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) {
      product = static_cast<unsigned __int128>(next()) * bound;
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  EYRIE_CHECK(low <= high);
  const std::uint64_t span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (span == UINT64_MAX) return static_cast<std::int64_t>(next());
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(span + 1));
}

bool Random::chance(Ratio probability) {
  EYRIE_CHECK(probability.denominator > 0);
  return below(probability.denominator) < probability.numerator;
}

}  // namespace eyrie
