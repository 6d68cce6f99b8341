// Definitions of collections: what a leader left half done, the next one finishes (T4).
#include <algorithm>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "tests/nodes/coordinator/coordinator_world.h"

namespace eyrie::test {
namespace {

bool touches(const storage::Transaction& transaction, std::string_view prefix) {
  return std::ranges::any_of(transaction.then, [&](const storage::MetaOperation& operation) {
    return operation.range.key.starts_with(prefix);
  });
}

struct DefinitionTest : testing::Test {
  // A leader, a node, and a collection whose definition waits for that node.
  std::int64_t begin_create() {
    node.answers_ddl = false;
    world.start_streaming(11, node);
    world.start_coordinator(1);
    world.run_for(3s);
    internal::CreateCollectionRequest request;
    request.set_name("words");
    request.set_shards(2);
    const auto answer =
        world.ask<internal::CollectionResponse>("CreateCollection", std::move(request), 5s);
    EXPECT_EQ(status_of(answer).category(), Category::unknown_outcome) << status_of(answer);
    for (const auto& [key, item] : world.store.items) {
      if (key.starts_with(catalog::kCollectionPrefix)) {
        return std::stoll(key.substr(catalog::kCollectionPrefix.size()));
      }
    }
    ADD_FAILURE() << "the intent was not written";
    return 0;
  }
  bool created(std::int64_t id) {
    const catalog::CollectionRecord* found = world.collection(id);
    return found != nullptr && found->state() == catalog::COLLECTION_CREATED;
  }

  CoordinatorWorld world;
  FakeStreaming node;
};

TEST_F(DefinitionTest, ACreateThatALeaderLeftHalfDoneIsFinishedByTheNext) {
  const std::int64_t id = begin_create();
  ASSERT_NE(world.collection(id), nullptr);
  EXPECT_EQ(world.collection(id)->state(), catalog::COLLECTION_CREATING);
  world.crash("c1");
  node.answers_ddl = true;
  world.start_coordinator(2);
  world.run_until([&] { return created(id); }, "the collection is created");
  std::set<std::string> told;
  for (const auto& [channel, drop] : node.ddl) {
    EXPECT_FALSE(drop);
    told.insert(channel);
  }
  EXPECT_EQ(told.size(), 2U);
  EXPECT_GT(world.collection(id)->create_timestamp(), 0U);
}

TEST_F(DefinitionTest, ANameIsOneThatMilvusTakes) {
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(3s);
  const auto refusal = [this](const std::string& name) {
    const Status status = status_of(world.create(name, 1));
    EXPECT_EQ(status.code(), Code::invalid_argument) << name;
    return status.message();
  };
  EXPECT_EQ(refusal(""), "Invalid collection name: it should not be empty");
  EXPECT_EQ(refusal(std::string(256, 'a')),
            "Invalid collection name: its length is over 255 bytes");
  EXPECT_EQ(refusal("7words"),
            "Invalid collection name: 7words. The first character must be an underscore or letter");
  for (const std::string name : {"bad name!", "w/x", "w\nx", "w\xc3\xb6rter"}) {
    EXPECT_EQ(refusal(name), "Invalid collection name: " + name +
                                 ". It can only contain numbers, letters and underscores");
  }
  EXPECT_TRUE(world.create("_Words7", 1).has_value());
}

TEST_F(DefinitionTest, ANameIsTakenFromItsIntentOn) {
  begin_create();
  const auto again = world.create("words", 1);
  EXPECT_EQ(status_of(again).code(), Code::already_exists) << status_of(again);
}

TEST_F(DefinitionTest, ADropThatALeaderLeftHalfDoneIsFinishedByTheNext) {
  const std::int64_t id = begin_create();
  node.answers_ddl = true;
  world.run_until([&] { return created(id); }, "the collection is created");
  EXPECT_TRUE(world.load(id).ok());
  const std::string channel = world.collection(id)->virtual_channels(0).name();
  for (std::int64_t segment = 1; segment <= 250; ++segment) {
    catalog::SegmentRecord record;
    record.set_id(segment);
    record.set_collection_id(id);
    record.set_virtual_channel(channel);
    world.put(catalog::segment_key(channel, segment), record);
  }
  world.crash("c1");  // the next leader reads them
  world.start_coordinator(2);
  world.run_for(15s);
  node.answers_ddl = false;
  internal::DropCollectionRequest request;
  request.set_name("words");
  const auto dropped = world.ask<internal::Empty>("DropCollection", request, 5s);
  EXPECT_EQ(status_of(dropped).category(), Category::unknown_outcome) << status_of(dropped);
  ASSERT_NE(world.collection(id), nullptr);
  EXPECT_EQ(world.collection(id)->state(), catalog::COLLECTION_DROPPING);
  EXPECT_FALSE(world.has(catalog::collection_name_key("words")));
  EXPECT_FALSE(world.has(catalog::load_key(id)));
  world.crash("c2");
  node.answers_ddl = true;
  world.start_coordinator(3);
  world.run_until([&] { return world.collection(id) == nullptr; }, "the collection is gone");
  for (const auto& [key, item] : world.store.items) {
    EXPECT_FALSE(key.starts_with(catalog::kSegmentPrefix)) << key;
  }
}

TEST_F(DefinitionTest, AConsistencyLevelThatMilvusDoesNotHaveIsRefused) {
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(3s);
  internal::CreateCollectionRequest request;
  request.set_name("words");
  request.set_consistency_level(5);
  const auto answer = world.ask<internal::CollectionResponse>("CreateCollection", request);
  EXPECT_EQ(status_of(answer).code(), Code::invalid_argument) << status_of(answer);
  request.set_consistency_level(4);
  const auto known = world.ask<internal::CollectionResponse>("CreateCollection", request);
  EXPECT_TRUE(known.has_value()) << status_of(known);
}

// Nothing else is written meanwhile, so nothing but the doubt itself makes the leader look.
TEST_F(DefinitionTest, AnIntentWhoseAnswerWasLostIsCarriedOutSoon) {
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(3s);
  bool struck = false;
  world.store.fault = [&](const storage::Transaction& transaction) {
    if (struck || !touches(transaction, catalog::kCollectionPrefix)) return CommitFault::none;
    struck = true;
    return CommitFault::lose_answer;
  };
  const auto answer = world.create("words", 1);
  EXPECT_EQ(status_of(answer).category(), Category::unknown_outcome) << status_of(answer);
  world.run_for(5s);
  const auto found = world.ask<internal::ListCollectionsResponse>(
      "ListCollections", internal::ListCollectionsRequest());
  ASSERT_TRUE(found.has_value()) << status_of(found);
  EXPECT_EQ(found->collections_size(), 1);
}

}  // namespace
}  // namespace eyrie::test
