#pragma once

#include <random>

inline std::mt19937_64 seeded_engine() { return std::mt19937_64(7); }
