#include <spdlog/spdlog.h>  // FIRES
#include <prometheus/counter.h>  // FIRES
#include <fmt/format.h>
