// What a fuzzer feeds: every decoder of bytes that a peer, a disk or a store may have changed.
//
// A target takes any bytes at all and may only crash. Checksums would keep a fuzzer out, so the
// first byte of an input says whether the rest is taken as it is or sealed with a right checksum
// first. What decodes is encoded again, and must then decode to the same bytes.
#pragma once

#include <span>
#include <string_view>

#include "runtime/bytes.h"

namespace eyrie::test {

struct FuzzTarget {
  std::string_view name;
  void (*run)(BytesView input);
};

std::span<const FuzzTarget> fuzz_targets();
// Null: there is none of that name.
const FuzzTarget* find_fuzz_target(std::string_view name);

}  // namespace eyrie::test
