// The S3 client against the simulated service, under faults: judged by what was acknowledged.
#include "storage/fakes/s3_server.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/storage/co_assert.h"
#include "tests/support/sim_s3.h"

namespace eyrie::storage {
namespace {

using test::S3Client;
using test::SimS3;
using test::SimTestWorld;

constexpr std::size_t kLargeBytes = 300 << 10;  // goes in parts

// What each key may hold, by what its writers were told.
struct Ledger {
  std::map<std::string, Bytes> certain;             // acknowledged
  std::map<std::string, std::set<Bytes>> possible;  // of an unknown outcome
  std::map<std::string, std::set<int>> creators;    // whose put_if_absent was acknowledged
  std::map<std::string, std::set<Bytes>> certainly_not;
  std::map<Code, int> codes;
};

Bytes content(int client, int index, std::size_t size) {
  Bytes bytes = std::to_string(client) + "/" + std::to_string(index) + ":";
  while (bytes.size() < size) bytes += static_cast<char>('a' + bytes.size() % 23);
  return bytes;
}

void note(const Status& status, int client, std::string key, const Bytes& data, Ledger& ledger) {
  ++ledger.codes[status.code()];
  if (status.ok()) {
    ledger.certain[key] = data;
    ledger.creators[key].insert(client);
  } else if (status.category() == Category::unknown_outcome ||
             status.message().contains("earlier attempt")) {
    ledger.possible[key].insert(data);
  } else {
    ledger.certainly_not[key].insert(data);
  }
}

// Names of its own for puts, which are never reused (S6); contested ones for creations.
Task<void> write(Environment& environment, SimS3& s3, int client, Ledger& ledger) {
  S3Client s3_client(s3, environment, client + 10);
  ObjectStore& store = s3_client.store();
  for (int i = 0; i < 25; ++i) {
    const std::string own = "own/" + std::to_string(client) + "/" + std::to_string(i);
    const std::string shared = "shared/" + std::to_string(i);
    const Bytes data = content(client, i, i % 8 == 0 ? kLargeBytes : 200);
    note(co_await store.put(own, data), client, own, data, ledger);
    note(co_await store.put_if_absent(shared, data), client, shared, data, ledger);
    const Result<Bytes> read = co_await store.get(own);
    const bool known = ledger.certain.contains(own);
    if (read) {
      EXPECT_TRUE(*read == data);
    } else if (read.error().code() == Code::not_found) {
      EXPECT_FALSE(known) << own << " was acknowledged";
    }
  }
  co_await s3_client.stop();
}

Task<void> judge(Environment& environment, SimS3& s3, Ledger& ledger) {
  S3Client s3_client(s3, environment, 2);
  ObjectStore& store = s3_client.store();
  std::map<std::string, Bytes> present;
  std::string after;
  while (true) {
    EYRIE_CO_ASSERT_VALUE(const ObjectPage page, co_await store.list("", after, 7));
    for (const ObjectInfo& info : page.objects) {
      EXPECT_GT(info.key, after);
      after = info.key;
      EYRIE_CO_ASSERT_VALUE(present[info.key], co_await store.get(info.key));
      EXPECT_EQ(present[info.key].size(), info.size);
    }
    if (!page.more) break;
  }
  for (const auto& [key, data] : ledger.certain) {
    EXPECT_TRUE(present[key] == data) << key << " was acknowledged";
  }
  for (const auto& [key, data] : present) {
    const bool certain = ledger.certain.contains(key) && ledger.certain.at(key) == data;
    EXPECT_TRUE(certain || ledger.possible[key].contains(data)) << key;
    EXPECT_FALSE(ledger.certainly_not[key].contains(data)) << key << " was said not to be written";
  }
  for (const auto& [key, creators] : ledger.creators) {
    EXPECT_EQ(creators.size(), 1u) << key << " was created by two";
  }
  co_await s3_client.stop();
}

fakes::S3Faults all_faults() {
  fakes::S3Faults faults;
  faults.slow_down_window = {1, 5};
  faults.slow_down_window_length = 500ms;
  faults.error_before = {1, 25};
  faults.error_after = {1, 25};
  faults.silence_before = {1, 50};
  faults.silence_after = {1, 50};
  faults.conflict = {1, 25};
  faults.reset_upload = {1, 25};
  faults.reset_download = {1, 25};
  faults.slow_body = {1, 10};
  faults.skew_window = {1, 10};
  faults.skew_window_length = 3s;
  faults.short_page = {1, 2};
  return faults;
}

struct Outcome {
  Ledger ledger;
  fakes::S3FaultCounts counts;
  std::uint64_t hash = 0;
};

Outcome run(std::uint64_t seed, fakes::S3Faults faults, bool kills) {
  SimTestWorld world(seed);
  SimS3 s3(world);
  s3.faults().faults = faults;
  Outcome outcome;
  for (int client = 0; client < 3; ++client) {
    world.spawn("client-" + std::to_string(client), [&, client](Environment& environment) {
      return write(environment, s3, client, outcome.ledger);
    });
  }
  for (int i = 1; i <= 3 && kills; ++i) {
    world.world().run_until(world.world().now() + 2 * sim::kSecond);
    s3.kill();
    world.world().run_until(world.world().now() + sim::kSecond);
    s3.restart();
  }
  world.world().run_until(world.world().now() + 3'600 * sim::kSecond);
  // The list is read under its own fault.
  s3.faults().faults = fakes::S3Faults();
  s3.faults().faults.short_page = faults.short_page;
  world.run("judge",
            [&](Environment& environment) { return judge(environment, s3, outcome.ledger); });
  outcome.counts = s3.faults().counts;
  outcome.hash = world.world().trace_hash();
  return outcome;
}

TEST(S3Server, WithoutFaultsEveryWriteIsAcknowledgedOnce) {
  Outcome outcome = run(1, {}, false);
  EXPECT_EQ(outcome.ledger.codes[Code::ok], 75 + 25);
  EXPECT_EQ(outcome.ledger.codes[Code::already_exists], 50);
}

TEST(S3Server, AcknowledgedObjectsSurviveEveryFault) {
  std::map<std::string, fakes::FaultCount> all;
  const auto add = [&](const std::string& name, const fakes::FaultCount& count) {
    all[name].offered += count.offered;
    all[name].taken += count.taken;
  };
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    Outcome outcome = run(seed, all_faults(), seed % 2 == 0);
    EXPECT_GT(outcome.ledger.codes[Code::ok], 75);
    add("slow_down", outcome.counts.slow_down);
    add("error_before", outcome.counts.error_before);
    add("error_after", outcome.counts.error_after);
    add("silence_before", outcome.counts.silence_before);
    add("silence_after", outcome.counts.silence_after);
    add("conflict", outcome.counts.conflict);
    add("reset_upload", outcome.counts.reset_upload);
    add("reset_download", outcome.counts.reset_download);
    add("slow_body", outcome.counts.slow_body);
    add("skew", outcome.counts.skew);
    add("short_page", outcome.counts.short_page);
  }
  for (const auto& [name, count] : all) {
    EXPECT_GT(count.taken, 0) << name;
    EXPECT_LT(count.taken, count.offered) << name;
  }
}

TEST(S3Server, TheSameSeedIsTheSameRun) {
  EXPECT_EQ(run(3, all_faults(), true).hash, run(3, all_faults(), true).hash);
}

TEST(S3Server, StrangersAreRefused) {
  SimTestWorld world;
  SimS3 s3(world);
  std::optional<Status> status;
  struct Body {
    static Task<void> put(Environment& environment, SimS3& service, std::optional<Status>& result) {
      S3Client client(service, environment, 2);
      service.service().credentials.secret_key = "changed";
      result = co_await client.store().put("k", "data");
      co_await client.stop();
    }
  };
  world.run("client", [&](Environment& environment) { return Body::put(environment, s3, status); });
  EXPECT_EQ(status->code(), Code::failed_precondition);
  EXPECT_TRUE(s3.service().state.buckets.at(test::kS3Bucket).objects.empty());
}

// What a wrong clock did to five puts of a client.
fakes::FaultCount skew_of(fakes::S3Faults faults, bool stranger = false) {
  SimTestWorld world;
  SimS3 s3(world);
  faults.skew_window = {1, 1};
  s3.faults().faults = faults;
  struct Body {
    static Task<void> put(Environment& environment, SimS3& service, bool is_stranger) {
      S3Client client(service, environment, 2);
      if (is_stranger) service.service().credentials.secret_key = "changed";
      for (int i = 0; i < 5; ++i) (void)co_await client.store().put("k", "data");
      co_await client.stop();
    }
  };
  world.run("client",
            [&](Environment& environment) { return Body::put(environment, s3, stranger); });
  return s3.faults().counts.skew;
}

TEST(S3Server, AWrongClockStrikesWhomItRefusesAndNobodyElse) {
  const fakes::FaultCount once = skew_of({});
  EXPECT_EQ(once.taken, 1) << "the client corrects its clock";
  EXPECT_EQ(once.offered, 6);
  fakes::S3Faults errors;
  errors.error_before = {1, 1};
  const fakes::FaultCount ended_before = skew_of(errors);
  EXPECT_EQ(ended_before.offered, 0) << "nobody looked at a signature";
  const fakes::FaultCount stranger = skew_of({}, true);
  EXPECT_GT(stranger.offered, 0);
  EXPECT_EQ(stranger.taken, 0) << "it would have been refused by any clock";
}

std::string fates(const std::vector<std::string>& targets) {
  fakes::S3FaultInjector injector{Random(7)};
  injector.faults = all_faults();
  std::string result;
  for (const std::string& target : targets) {
    const fakes::S3Fate fate = injector.decide({"PUT", target, {}, "body"}, MonotonicTime(1h));
    if (!target.starts_with("/b/other")) {
      result += std::string(name_of(fate.end)) + " " + std::to_string(fate.service.count()) + ",";
    }
  }
  return result;
}

TEST(S3Faults, OneRequestMoreMovesNoOther) {
  std::vector<std::string> targets;
  std::vector<std::string> with_others;
  for (int i = 0; i < 200; ++i) {
    targets.push_back("/b/" + std::to_string(i % 50));
    with_others.push_back("/b/other" + std::to_string(i));
    with_others.push_back(targets.back());
  }
  EXPECT_EQ(fates(targets), fates(with_others));
  EXPECT_NE(fates(targets).find("error_after"), std::string::npos);
}

TEST(S3Faults, NoneStrikesWhenAllAreOff) {
  fakes::S3FaultInjector injector{Random(7)};
  for (int i = 0; i < 1000; ++i) {
    const fakes::S3Fate fate =
        injector.decide({"PUT", "/b/" + std::to_string(i), {}, "x"}, MonotonicTime(i * 1s));
    EXPECT_EQ(fate.end, fakes::S3Fate::End::answer);
    EXPECT_EQ(fate.clock_error, Duration());
    EXPECT_EQ(fate.slow_body, Duration());
  }
}

}  // namespace
}  // namespace eyrie::storage
