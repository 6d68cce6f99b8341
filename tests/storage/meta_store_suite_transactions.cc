// Part of meta_store_suite.h: compares, branches, atomicity and limits.
#include "runtime/combine.h"
#include "runtime/task_group.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

using storage::Compare;

// Which relations hold for a target, as letters of "=!<>" in that order.
Task<Result<std::string>> relations(storage::MetaStore& store, Compare compare) {
  using enum Compare::Relation;
  std::string holding;
  const std::pair<Compare::Relation, char> all[] = {
      {equal, '='}, {not_equal, '!'}, {less, '<'}, {greater, '>'}};
  for (const auto& [relation, letter] : all) {
    compare.relation = relation;
    EYRIE_CO_TRY(const bool holds, co_await compare_holds(store, compare));
    if (holds) holding.push_back(letter);
  }
  co_return holding;
}

Compare compare_value(std::string key, Bytes value) {
  return {std::move(key), Compare::Target::value, Compare::Relation::equal, 0, std::move(value)};
}

EYRIE_META_CASE(ComparesOfTheModRevisionHoldAsTheyShould) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto last, co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto same,
                 co_await relations(t.store, storage::mod_revision_is("a", last.revision)));
  EYRIE_CASE_TRY(auto above,
                 co_await relations(t.store, storage::mod_revision_is("a", last.revision + 1)));
  EYRIE_CASE_TRY(auto below,
                 co_await relations(t.store, storage::mod_revision_is("a", last.revision - 1)));
  EXPECT_EQ(same, "=");
  EXPECT_EQ(above, "!<");
  EXPECT_EQ(below, "!>");
}

EYRIE_META_CASE(ComparesOfTheCreateRevisionHoldAsTheyShould) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto same,
                 co_await relations(t.store, storage::create_revision_is("a", first.revision)));
  EYRIE_CASE_TRY(auto above,
                 co_await relations(t.store, storage::create_revision_is("a", first.revision + 1)));
  EYRIE_CASE_TRY(auto below,
                 co_await relations(t.store, storage::create_revision_is("a", first.revision - 1)));
  EXPECT_EQ(same, "=");
  EXPECT_EQ(above, "!<");
  EXPECT_EQ(below, "!>");
}

EYRIE_META_CASE(ComparesOfTheValueAreByUnsignedBytes) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "m\x80"));
  EYRIE_CASE_TRY(auto same, co_await relations(t.store, compare_value("a", "m\x80")));
  EYRIE_CASE_TRY(auto above, co_await relations(t.store, compare_value("a", "m\xFF")));
  EYRIE_CASE_TRY(auto below, co_await relations(t.store, compare_value("a", "m\x7F")));
  EYRIE_CASE_TRY(auto shorter, co_await relations(t.store, compare_value("a", "m")));
  EXPECT_EQ(same, "=");
  EXPECT_EQ(above, "!<");
  EXPECT_EQ(below, "!>");
  EXPECT_EQ(shorter, "!>");
}

EYRIE_META_CASE(AnAbsentKeyHasRevisionsZero) {
  EYRIE_CASE_TRY(auto absent, co_await compare_holds(t.store, storage::key_absent("a")));
  EYRIE_CASE_TRY(auto mod, co_await relations(t.store, storage::mod_revision_is("a", 0)));
  EYRIE_CASE_TRY(auto above, co_await relations(t.store, storage::mod_revision_is("a", 5)));
  EXPECT_TRUE(absent);
  EXPECT_EQ(mod, "=");
  EXPECT_EQ(above, "!<");
}

EYRIE_META_CASE(NoCompareOfTheValueOfAnAbsentKeyHolds) {
  EYRIE_CASE_TRY(auto empty, co_await relations(t.store, compare_value("a", "")));
  EYRIE_CASE_TRY(auto something, co_await relations(t.store, compare_value("a", "x")));
  EXPECT_EQ(empty, "");
  EXPECT_EQ(something, "");
}

EYRIE_META_CASE(ARemovedKeyIsAbsent) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto before, co_await compare_holds(t.store, storage::key_absent("a")));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto after, co_await compare_holds(t.store, storage::key_absent("a")));
  EXPECT_FALSE(before);
  EXPECT_TRUE(after);
}

EYRIE_META_CASE(AnEmptyValueEqualsTheEmptyValue) {
  EYRIE_CASE_OK(co_await put(t.store, "a", ""));
  EYRIE_CASE_TRY(auto empty, co_await relations(t.store, compare_value("a", "")));
  EXPECT_EQ(empty, "=");
}

EYRIE_META_CASE(TheFirstBranchRunsIfAllComparesHoldElseTheOther) {
  EYRIE_CASE_TRY(auto a, co_await put(t.store, "a", "1"));
  for (const bool hold : {true, false}) {
    storage::Transaction transaction;
    transaction.compares.push_back(storage::mod_revision_is("a", a.revision));
    transaction.compares.push_back(hold ? storage::key_absent("b") : storage::key_absent("a"));
    transaction.then.push_back(storage::put_key("then", "1"));
    transaction.otherwise.push_back(storage::put_key("otherwise", "1"));
    EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
    EXPECT_EQ(result.succeeded, hold);
    EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
    EXPECT_EQ(text, hold ? "a=1 then=1" : "a=1 otherwise=1 then=1");
  }
}

EYRIE_META_CASE(NoComparesAlwaysHold) {
  EYRIE_CASE_TRY(auto result, co_await t.store.commit({}));
  EXPECT_TRUE(result.succeeded);
  EXPECT_TRUE(result.reads.empty());
}

EYRIE_META_CASE(ATransactionIsOneRevision) {
  EYRIE_CASE_OK(co_await put(t.store, "gone", "1"));
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key("a", "1"));
  transaction.then.push_back(storage::put_key("b", "2"));
  transaction.then.push_back(storage::remove_key("gone"));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix(""), 0, 0));
  EXPECT_EQ(result.revision, before + 1);
  EXPECT_EQ(text_of(found.items), "a=1 b=2");
  for (const storage::KeyValue& item : found.items) EXPECT_EQ(item.mod_revision, before + 1);
}

EYRIE_META_CASE(ATransactionThatOnlyReadsMakesNoRevision) {
  EYRIE_CASE_TRY(auto a, co_await put(t.store, "a", "1"));
  storage::Transaction transaction;
  transaction.then.push_back(storage::read_range(storage::with_prefix("")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_EQ(result.revision, a.revision);
  EXPECT_EQ(text_of(result.reads.at(0)), "a=1");
}

EYRIE_META_CASE(ThereIsOneResultForEachOperationOfTheBranch) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  storage::Transaction transaction;
  transaction.then.push_back(storage::read_range(storage::single_key("a")));
  transaction.then.push_back(storage::put_key("b", "2"));
  transaction.then.push_back(storage::remove_key("c"));
  transaction.then.push_back(storage::read_range(storage::single_key("none")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_EQ(result.reads.size(), 4u);
  EXPECT_EQ(text_of(result.reads.at(0)), "a=1");
  EXPECT_TRUE(result.reads.at(1).empty());
  EXPECT_TRUE(result.reads.at(2).empty());
  EXPECT_TRUE(result.reads.at(3).empty());
}

EYRIE_META_CASE(ReadsOfATransactionSeeItsEarlierWrites) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  storage::Transaction transaction;
  transaction.then.push_back(storage::read_range(storage::with_prefix("")));
  transaction.then.push_back(storage::put_key("b", "2"));
  transaction.then.push_back(storage::read_range(storage::with_prefix("")));
  transaction.then.push_back(storage::remove_range(storage::single_key("a")));
  transaction.then.push_back(storage::read_range(storage::with_prefix("")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_EQ(text_of(result.reads.at(0)), "a=1");
  EXPECT_EQ(text_of(result.reads.at(2)), "a=1 b=2");
  EXPECT_EQ(text_of(result.reads.at(4)), "b=2");
}

EYRIE_META_CASE(TwoWritesOfOneKeyInABranchAreRefused) {
  storage::Transaction twice;
  twice.then.push_back(storage::put_key("a", "1"));
  twice.then.push_back(storage::put_key("a", "2"));
  Result<storage::TransactionResult> puts = co_await t.store.commit(std::move(twice));
  EXPECT_EQ(status_of(puts).code(), Code::invalid_argument);
  storage::Transaction both;
  both.then.push_back(storage::remove_range(storage::with_prefix("a")));
  both.then.push_back(storage::put_key("ab", "2"));
  Result<storage::TransactionResult> put_and_remove = co_await t.store.commit(std::move(both));
  EXPECT_EQ(status_of(put_and_remove).code(), Code::invalid_argument);
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "");
}

EYRIE_META_CASE(OneKeyMayBeWrittenInBothBranches) {
  storage::Transaction transaction;
  transaction.compares.push_back(storage::key_absent("a"));
  transaction.then.push_back(storage::put_key("a", "new"));
  transaction.otherwise.push_back(storage::put_key("a", "again"));
  EYRIE_CASE_OK(co_await t.store.commit(transaction));
  EYRIE_CASE_OK(co_await t.store.commit(transaction));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(text, "a=again");
}

EYRIE_META_CASE(ARefusedTransactionLeavesNothingBehind) {
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key("a", "1"));
  transaction.then.push_back(storage::put_key("b", "1", storage::LeaseId(987'654'321)));
  Result<storage::TransactionResult> result = co_await t.store.commit(std::move(transaction));
  EXPECT_EQ(status_of(result).code(), Code::not_found);
  EYRIE_CASE_TRY(auto after, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(after, before);
  EXPECT_EQ(text, "");
}

storage::Transaction puts_of(std::size_t count) {
  storage::Transaction transaction;
  for (std::size_t i = 0; i < count; ++i) {
    transaction.then.push_back(storage::put_key(std::to_string(i), "x"));
  }
  return transaction;
}

EYRIE_META_CASE(AsManyOperationsAsTheLimitAreTaken) {
  EYRIE_CASE_OK(co_await t.store.commit(puts_of(storage::kTransactionOperationsMax)));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix(""), 0, 0));
  EXPECT_EQ(found.items.size(), storage::kTransactionOperationsMax);
}

EYRIE_META_CASE(OneOperationMoreThanTheLimitIsRefused) {
  Result<storage::TransactionResult> then =
      co_await t.store.commit(puts_of(storage::kTransactionOperationsMax + 1));
  EXPECT_EQ(status_of(then).code(), Code::invalid_argument);
  storage::Transaction other;
  other.otherwise = puts_of(storage::kTransactionOperationsMax + 1).then;
  Result<storage::TransactionResult> otherwise = co_await t.store.commit(std::move(other));
  EXPECT_EQ(status_of(otherwise).code(), Code::invalid_argument);
}

EYRIE_META_CASE(AMegabyteIsTakenAndMoreThanTheLimitIsRefused) {
  EYRIE_CASE_OK(co_await put(t.store, "big", Bytes(1 << 20, 'x')));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "big"));
  EXPECT_EQ(found.value.size(), 1u << 20);
  Result<storage::TransactionResult> one =
      co_await put(t.store, "a", Bytes(storage::kTransactionBytesMax + 1, 'x'));
  EXPECT_EQ(status_of(one).code(), Code::invalid_argument);
  storage::Transaction many;
  for (int i = 0; i < 4; ++i) {
    many.then.push_back(storage::put_key("k" + std::to_string(i), Bytes(1 << 19, 'x')));
  }
  Result<storage::TransactionResult> sum = co_await t.store.commit(std::move(many));
  EXPECT_EQ(status_of(sum).code(), Code::invalid_argument);
}

// One of `contenders` that all want to make the same key.
Task<void> contend(storage::MetaStore& store, int number, int& winners) {
  storage::Transaction transaction;
  transaction.compares.push_back(storage::key_absent("leader"));
  transaction.then.push_back(storage::put_key("leader", std::to_string(number)));
  Result<storage::TransactionResult> result = co_await store.commit(std::move(transaction));
  EXPECT_TRUE(result.has_value()) << status_of(result);
  if (result && result->succeeded) ++winners;
}

EYRIE_META_CASE(OfManyThatCreateAKeyExactlyOneWins) {
  TaskGroup group(co_await this_scope());
  int winners = 0;
  for (int i = 0; i < 20; ++i) group.spawn(contend(t.store, i, winners));
  co_await group.join();
  EXPECT_EQ(winners, 1);
}

Task<void> increment(storage::MetaStore& store, int times) {
  while (times > 0) {
    Result<storage::KeyValue> read = co_await storage::get_key(store, "count");
    EXPECT_TRUE(read.has_value());
    if (!read) co_return;
    storage::Transaction transaction;
    transaction.compares.push_back(storage::mod_revision_is("count", read->mod_revision));
    transaction.then.push_back(
        storage::put_key("count", std::to_string(std::stoi(read->value) + 1)));
    Result<storage::TransactionResult> result = co_await store.commit(std::move(transaction));
    EXPECT_TRUE(result.has_value()) << status_of(result);
    if (!result) co_return;
    if (result->succeeded) --times;
  }
}

EYRIE_META_CASE(IncrementsByCompareAndSwapAreNotLost) {
  EYRIE_CASE_OK(co_await put(t.store, "count", "0"));
  TaskGroup group(co_await this_scope());
  for (int i = 0; i < 5; ++i) group.spawn(increment(t.store, 4));
  co_await group.join();
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("count")));
  EXPECT_EQ(text, "count=20");
}

EYRIE_META_CASE(AReadAfterAnAcknowledgedWriteSeesIt) {
  for (int i = 0; i < 50; ++i) {
    EYRIE_CASE_TRY(auto written, co_await put(t.store, "a", std::to_string(i)));
    EYRIE_CASE_TRY(auto read, co_await t.store.range(storage::single_key("a"), 0, 1));
    EXPECT_EQ(text_of(read.items), "a=" + std::to_string(i));
    EXPECT_GE(read.revision, written.revision);
  }
}

EYRIE_META_CASE(ACallThatWasCancelledMayHaveHappened) {
  // Whatever a caller that gives up is told, it is not "certainly not applied" unless that is so.
  Result<storage::TransactionResult> given_up =
      co_await with_deadline(t.clock(), t.clock().monotonic(), put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await t.clock().sleep_for(1s));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a")));
  if (given_up) {
    EXPECT_EQ(text, "a=1");
  } else if (given_up.error().category() != Category::unknown_outcome) {
    EXPECT_EQ(text, "");
  }
}

}  // namespace
}  // namespace eyrie::test
