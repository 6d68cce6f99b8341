// A component that asks the machine below for time, chance, a thread or the environment is named.
#include "sim/tripwire.h"

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <pthread.h>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/random.h>
#include <sys/time.h>

#include "sim/world.h"
#include "tests/support/sim_world.h"

namespace eyrie {

// With external linkage, so that their names can be printed.
void a_component_that_asks_for_the_time() {
  EXPECT_GT(std::chrono::system_clock::now().time_since_epoch().count(), 0);
}

void* do_nothing(void*) {
  return nullptr;
}

void start_a_thread() {
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, nullptr, do_nothing, nullptr), 0);
  pthread_join(thread, nullptr);
}

namespace {

struct Way {
  const char* function;
  std::function<void()> take;
};

std::vector<Way> ways() {
  char bytes[8];
  return {
      {"clock_gettime", [] { (void)std::chrono::steady_clock::now(); }},
      {"gettimeofday",
       [] {
         timeval now{};
         gettimeofday(&now, nullptr);
       }},
      {"time", [] { (void)std::time(nullptr); }},
      {"getrandom", [bytes]() mutable { EXPECT_EQ(getrandom(bytes, sizeof(bytes), 0), 8); }},
      {"getentropy", [bytes]() mutable { EXPECT_EQ(getentropy(bytes, sizeof(bytes)), 0); }},
      {"timespec_get",
       [] {
         timespec now{};
         EXPECT_EQ(std::timespec_get(&now, TIME_UTC), TIME_UTC);
       }},
      {"clock", [] { EXPECT_GE(std::clock(), 0); }},
      {"arc4random", [] { (void)arc4random(); }},
      {"arc4random_uniform", [] { EXPECT_EQ(arc4random_uniform(1), 0u); }},
      {"arc4random_buf", [bytes]() mutable { arc4random_buf(bytes, sizeof(bytes)); }},
      {"std::random_device", [] { (void)std::random_device{}(); }},
      {"pthread_create", start_a_thread},
      {"getenv", [] { EXPECT_NE(std::getenv("PATH"), nullptr); }},
      {"secure_getenv", [] { EXPECT_NE(secure_getenv("PATH"), nullptr); }},
  };
}

TEST(Tripwire, EachIsDeadlyWhileArmedAndHandsItsCallOnBefore) {
  GTEST_FLAG_SET(death_test_style, "fast");
  for (const Way& way : ways()) {
    way.take();
    EXPECT_DEATH(
        {
          const sim::ArmedTripwires armed;
          way.take();
        },
        std::string("tripwire: ") + way.function + "\\(\\) was called while a world ran");
  }
}

TEST(Tripwire, AWorldArmsThemWhileItRunsAndTheCallerIsNamed) {
  GTEST_FLAG_SET(death_test_style, "fast");
  sim::World world(1, {});
  world.at(sim::kSecond, "ask", a_component_that_asks_for_the_time);
  a_component_that_asks_for_the_time();
  EXPECT_DEATH(world.run_until(2 * sim::kSecond), "a_component_that_asks_for_the_time");
  EXPECT_EQ(sim::armed_tripwires, 0);
}

}  // namespace
}  // namespace eyrie
