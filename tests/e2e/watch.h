// What tests of a server see of it over HTTP.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/e2e/program.h"
#include "tests/support/plain_http.h"
#include "tests/support/prometheus_text.h"

namespace eyrie::test {

// Where the ready line of a program says that it serves HTTP; 0 if it does not say.
inline std::uint16_t http_port_of(const Program& program) {
  const std::string said = program.out();
  const std::string before = ", http://127.0.0.1:";
  const std::size_t at = said.find(before);
  if (at == std::string::npos) return 0;
  return static_cast<std::uint16_t>(std::atoi(said.c_str() + at + before.size()));
}

inline Scrape scrape(std::uint16_t port) {
  const PlainAnswer answer = get(port, "/metrics");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.head.contains("content-type: text/plain; version=0.0.4")) << answer.head;
  Result<Scrape> read = parse_prometheus(answer.body);
  EXPECT_TRUE(read) << read.error() << answer.body;
  return read.value_or(Scrape());
}

// Every metric that is shown is explained, with its labels.
inline void expect_in_docs(const Scrape& scrape) {
  const std::string docs = read_text("docs/metrics.md");
  for (const auto& [name, family] : scrape) {
    EXPECT_TRUE(docs.contains("| `" + name + "` |")) << name << " is not in docs/metrics.md";
  }
}

}  // namespace eyrie::test
