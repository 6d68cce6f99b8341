// A whole cluster in one world: what is left of a collection after a drop, and that every proxy
// learns of it.
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/scenarios/cluster_user.h"

namespace eyrie::scenarios {
namespace {

Table words() {
  return Table({"", schema::VarChar, "HNSW", "L2"});
}

// Which segments each query node holds, by its own word.
struct Held : sim::TraceObserver {
  void on_trace(sim::SimTime, const sim::Machine& machine, const EventHeader& event,
                std::span<const Field> values) override {
    const auto number = [&](std::size_t i) { return std::get<std::int64_t>(values[i]); };
    std::map<std::int64_t, std::int64_t>& terms = copies[machine.name()];
    if (event.name == "query.segment_loaded") terms[number(0)] = number(3);
    if (event.name == "query.segment_released") terms.erase(number(0));
    if (event.name == "query.copies_dropped") {
      std::erase_if(terms, [&](const auto& copy) { return copy.second < number(1); });
    }
  }
  std::size_t size() const {
    std::size_t count = 0;
    for (const auto& [machine, terms] : copies) count += terms.size();
    return count;
  }
  std::map<std::string, std::map<std::int64_t, std::int64_t>> copies;  // segment: term
};

Task<void> fill(Environment& environment, Address proxy, bool& done) {
  User user(environment, proxy);
  co_await user.call<common::Status>("CreateCollection", words().create(1));
  co_await user.call<pb::MutationResult>("Insert", words().insert(row_numbers(0, 200)));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kName);
  co_await user.call<common::Status>("LoadCollection", load);
  co_await user.flush();
  (void)co_await environment.clock.sleep_for(5s);
  co_await user.until_loaded();
  co_await user.stop();
  done = true;
}

Task<void> drop(Environment& environment, Address proxy, bool& done) {
  User user(environment, proxy);
  pb::DropCollectionRequest request;
  request.set_collection_name(kName);
  co_await user.call<common::Status>("DropCollection", request);
  co_await user.stop();
  done = true;
}

// `owners_crash`: every streaming node ends at the moment of the drop, so that nobody is left who
// knows what was loaded where.
void drop_loaded_collection(bool owners_crash) {
  sim::World world(3, {});
  Held held;
  world.add_observer(held);
  Deployment deployment(world, Topology(), small_segments(), *index::best_kernels());
  test::IdleProcess& process = start_client(world);
  const Address proxy = deployment.entrances().front();
  bool filled = false;
  process.group().spawn(fill(process.environment(), proxy, filled));
  world.run_until(300 * sim::kSecond, [&] { return filled; });
  ASSERT_TRUE(filled);
  ASSERT_GT(held.size(), 0U);
  bool dropped = false;
  process.group().spawn(drop(process.environment(), proxy, dropped));
  if (owners_crash) {
    for (const std::string& name : deployment.machines("streaming")) {
      world.end(*world.find_machine(name), sim::Ending::kill, sim::kSecond);
    }
  }
  world.run_until(world.now() + 120 * sim::kSecond, [&] { return dropped; });
  ASSERT_TRUE(dropped);
  world.run_until(world.now() + 30 * sim::kSecond, [&] { return held.size() == 0; });
  EXPECT_EQ(held.size(), 0U);
}

TEST(Cluster, AfterADropNoQueryNodeHoldsACopy) {
  drop_loaded_collection(false);
}

TEST(Cluster, AfterADropNoQueryNodeHoldsACopyThoughTheOwnersCrashed) {
  drop_loaded_collection(true);
}

// The proxy that did not hear of the drop and the creation serves the new collection all the same.
Task<void> recreate_elsewhere(Environment& environment, std::vector<Address> proxies, bool& done) {
  User first(environment, proxies.at(0));
  User second(environment, proxies.at(1));
  co_await first.call<common::Status>("CreateCollection", words().create(2));
  pb::LoadCollectionRequest load;
  load.set_collection_name(kName);
  co_await first.call<common::Status>("LoadCollection", load);
  co_await first.call<pb::MutationResult>("Insert", words().insert(row_numbers(0, 20)));
  EXPECT_EQ(co_await second.count(), 20);
  pb::DropCollectionRequest remove;
  remove.set_collection_name(kName);
  co_await first.call<common::Status>("DropCollection", remove);
  co_await first.call<common::Status>("CreateCollection", words().create(1));
  // Without a repetition: nothing here may fail but for being not loaded yet.
  EXPECT_TRUE(
      (co_await second.once<pb::MutationResult>("Insert", words().insert(row_numbers(0, 7)))).ok());
  co_await second.call<common::Status>("LoadCollection", load);
  co_await second.until_loaded();
  EXPECT_EQ(co_await second.count(), 7);
  co_await second.flush();
  co_await first.call<common::Status>("DropCollection", remove);
  co_await first.call<common::Status>("CreateCollection", words().create(2));
  co_await first.call<common::Status>("LoadCollection", load);
  co_await first.until_loaded();
  EXPECT_TRUE((co_await second.once<pb::SearchResults>("Search", words().search(3, 3))).ok());
  co_await first.stop();
  co_await second.stop();
  done = true;
}

TEST(Cluster, AProxyLearnsThatACollectionWasDroppedAndCreatedAnew) {
  sim::World world(4, {});
  Deployment deployment(world, Topology(), small_segments(), *index::best_kernels());
  test::IdleProcess& process = start_client(world);
  bool done = false;
  process.group().spawn(recreate_elsewhere(process.environment(), deployment.entrances(), done));
  world.run_until(300 * sim::kSecond, [&] { return done; });
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace eyrie::scenarios
