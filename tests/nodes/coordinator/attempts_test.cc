// Attempts: each is registered before it is used, ends once, and is over when nobody can commit it.
#include "nodes/coordinator/attempts.h"

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "tests/nodes/coordinator/led_catalog.h"

namespace eyrie::coordinator {
namespace {

using AttemptsTest = LedCatalogTest;

Result<Change> assign(const std::string& channel, std::int64_t term) {
  catalog::ChannelRecord owner;
  owner.set_name(channel);
  owner.set_term(term);
  return Change{{},
                {storage::put_key(catalog::channel_key(channel), catalog::encode_record(owner))}};
}

Task<void> over_with_the_term(Led led) {
  IdService ids(led.environment, led.catalog);
  EYRIE_CO_ASSERT_OK(co_await ids.start());
  Attempts attempts(led.catalog, ids);
  EYRIE_CO_ASSERT_OK(
      co_await led.catalog.commit([](const CatalogState&) { return assign("ch-0", 2); }));
  EXPECT_EQ(status_of(co_await attempts.begin_flush("ch-0", 1)).code(), Code::fenced);
  const Result<std::int64_t> first = co_await attempts.begin_flush("ch-0", 2);
  EYRIE_CO_ASSERT_OK(status_of(first));
  const Result<std::int64_t> second = co_await attempts.begin_flush("ch-0", 2);
  EYRIE_CO_ASSERT_OK(status_of(second));
  EXPECT_NE(*first, *second);
  EXPECT_TRUE(led.store.items.contains(catalog::attempt_key(*first)));
  EXPECT_TRUE(attempts.over().empty());
  EYRIE_CO_ASSERT_OK(
      co_await led.catalog.commit([](const CatalogState&) { return assign("ch-0", 3); }));
  EXPECT_EQ(attempts.over(), (std::vector<std::int64_t>{*first, *second}));
}

TEST_F(AttemptsTest, AnOwnersAreOverWithItsTerm) {
  lead(over_with_the_term);
}

Task<void> over_with_the_plan(Led led) {
  IdService ids(led.environment, led.catalog);
  EYRIE_CO_ASSERT_OK(co_await ids.start());
  Attempts attempts(led.catalog, ids);
  const Result<std::int64_t> plan = co_await attempts.begin_plan();
  EYRIE_CO_ASSERT_OK(status_of(plan));
  EXPECT_TRUE(led.store.items.contains(catalog::attempt_key(*plan)));
  EXPECT_TRUE(attempts.over().empty());
  // The next leader has no such plan.
  EXPECT_EQ(Attempts(led.catalog, ids).over(), std::vector<std::int64_t>{*plan});
  attempts.end_plan(*plan);
  EXPECT_EQ(attempts.over(), std::vector<std::int64_t>{*plan});
}

TEST_F(AttemptsTest, APlansIsOverWithThePlanAndWithItsLeader) {
  lead(over_with_the_plan);
}

Task<void> finish_twice(Led led) {
  IdService ids(led.environment, led.catalog);
  EYRIE_CO_ASSERT_OK(co_await ids.start());
  Attempts attempts(led.catalog, ids);
  const Result<std::int64_t> plan = co_await attempts.begin_plan();
  EYRIE_CO_ASSERT_OK(status_of(plan));
  const auto finish = [id = *plan](const CatalogState& state) -> Result<Change> {
    Change change;
    EYRIE_RETURN_IF_ERROR(Attempts::finish(state, id, change));
    return change;
  };
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(finish));
  EXPECT_FALSE(led.store.items.contains(catalog::attempt_key(*plan)));
  EXPECT_EQ((co_await led.catalog.commit(finish)).code(), Code::conflict);
  EXPECT_TRUE(attempts.over().empty());
}

TEST_F(AttemptsTest, OneIsFinishedOnce) {
  lead(finish_twice);
}

}  // namespace
}  // namespace eyrie::coordinator
