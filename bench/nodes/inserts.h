// Inserts of random rows by some clients at once, through the public API of a proxy.
#pragma once

#include "runtime/environment.h"

namespace eyrie::bench {

inline constexpr int kDimension = 128;

struct InsertLoad {
  std::size_t batch = 1;    // rows of a call
  std::size_t clients = 1;  // each one call after another, on a connection of its own
  Duration time{};          // how long
};

struct InsertRates {
  double rows_a_second = 0;
  double p50_ms = 0;  // of a call
  double p99_ms = 0;
  std::size_t calls = 0;
};

// Into a collection of this name, which it makes: an Int64 key and a vector of kDimension.
Task<InsertRates> insert_rows(Environment& environment, Address proxy, std::string collection,
                              InsertLoad load);

}  // namespace eyrie::bench
