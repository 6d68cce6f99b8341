#pragma once

#include <map>
#include <unordered_map>

struct Memory {
  std::unordered_map<int, int> rows;  // FIRES
  std::unordered_multiset<int> keys;  // FIRES
  boost::unordered_flat_map<int, int> flat;  // FIRES
  std::map<int, int> sorted;
};
