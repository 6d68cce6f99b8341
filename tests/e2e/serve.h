// Serve: what tests of a standalone share: a data set, a server, and a look at what it holds.
//
// E2E_VECTORS and E2E_BATCH (serve_test.cc) change the data set and the rows a batch.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/server.h"

namespace eyrie::test {

inline std::string setting(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

struct Dataset {
  Dataset() {
    const std::string base = setting("E2E_VECTORS", "scenarios/data/glove100-10k");
    vectors = base + ".fvecs";
    names_path = base + ".words";
    names = read_lines(names_path);
    const std::string bytes = read_text(vectors);
    std::int32_t dimension = 0;
    std::memcpy(&dimension, bytes.data(), sizeof dimension);
    const std::size_t values = static_cast<std::size_t>(dimension) * sizeof(float);
    const std::size_t stride = sizeof dimension + values;
    for (std::size_t i = 0; i < names.size(); ++i) {
      rows[names[i]] = bytes.substr(i * stride + sizeof dimension, values);
    }
  }

  std::string vectors;
  std::string names_path;
  std::vector<std::string> names;
  Rows rows;
};

class Serve : public testing::Test {
 protected:
  std::vector<std::string> import_arguments(const std::string& acked = "") const {
    std::vector<std::string> arguments = {data_.vectors, "--names", data_.names_path, "--batch",
                                          std::to_string(batch_)};
    if (!acked.empty()) arguments.insert(arguments.end(), {"--acked", acked});
    return arguments;
  }

  // Every one of these names is there once, with its bytes.
  void expect_rows(const std::vector<std::string>& names) {
    const Rows found = server_.read(names);
    EXPECT_EQ(found.size(), names.size());
    std::size_t wrong = 0;
    for (const std::string& name : names) {
      const auto row = found.find(name);
      if (row == found.end() || row->second != data_.rows.at(name)) {
        if (++wrong <= 3) ADD_FAILURE() << "'" << name << "' is lost or has other bytes";
      }
    }
    EXPECT_EQ(wrong, 0u);
  }

  void expect_king_has_neighbours() {
    const Finished found = server_.run("search", {"--like", "king"});
    EXPECT_EQ(found.exit_code, 0) << found.errors;
    int near = 0;
    for (const char* const word : {"queen\n", "prince\n", "kings\n"}) {
      if (found.out.find(std::string("  ") + word) != std::string::npos) ++near;
    }
    EXPECT_GE(near, 2) << found.out;
    EXPECT_EQ(found.out.find("  king\n"), std::string::npos) << found.out;
  }

  // Waits until so many rows were acknowledged; false if the import ended before.
  bool wait_for_acked(Program& import, const std::string& path, std::size_t rows) const {
    LineCount acked(path);
    while (import.running()) {
      if (acked.now() >= rows) return import.running();
      pause_ms(1);
    }
    return false;
  }

  Dataset data_;
  Server server_;
  std::size_t batch_ = std::stoul(setting("E2E_BATCH", "20"));
};

}  // namespace eyrie::test
