// Where two event logs part: two runs of one plan must write the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::scenarios {

// Records are numbered from 0; names that are only introduced do not count.
struct Difference {
  std::uint64_t record = 0;
  std::vector<std::string> before;  // the last ones that are the same
  std::vector<std::string> first;   // what follows in each log; empty where it ends
  std::vector<std::string> second;
};

// nullopt if the bytes are the same; data_loss if one is no event log up to where they part.
Result<std::optional<Difference>> first_difference(BytesView first, BytesView second,
                                                   std::size_t context);

std::string describe(const Difference& difference);

}  // namespace eyrie::scenarios
