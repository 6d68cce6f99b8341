// Part of meta_store_suite.h: more of transactions, their branches and their limits.
#include "runtime/combine.h"
#include "runtime/task_group.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

using storage::Transaction;

Code code_of(const Result<storage::TransactionResult>& result) {
  return result ? Code::ok : result.error().code();
}

EYRIE_META_CASE(ComparesAreOfTheStoreBeforeTheTransaction) {
  Transaction transaction;
  transaction.compares.push_back(storage::key_absent("a"));
  transaction.then.push_back(storage::put_key("a", "1"));
  transaction.then.push_back(storage::read_range(storage::single_key("a")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(transaction));
  EXPECT_TRUE(result.succeeded);
  EXPECT_EQ(text_of(result.reads.at(1)), "a=1");
  EYRIE_CASE_TRY(auto again, co_await t.store.commit(transaction));
  EXPECT_FALSE(again.succeeded);
}

EYRIE_META_CASE(TheOtherBranchWritesInOneRevisionToo) {
  EYRIE_CASE_TRY(auto before, co_await put(t.store, "a", "1"));
  Transaction transaction;
  transaction.compares.push_back(storage::key_absent("a"));
  transaction.then.push_back(storage::put_key("then", "1"));
  transaction.otherwise.push_back(storage::put_key("x", "1"));
  transaction.otherwise.push_back(storage::put_key("y", "1"));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_FALSE(result.succeeded);
  EXPECT_EQ(result.revision, before.revision + 1);
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "a=1 x=1 y=1");
}

EYRIE_META_CASE(TheOtherBranchTellsWhatStoodInTheWay) {
  EYRIE_CASE_OK(co_await put(t.store, "leader", "one"));
  Transaction transaction;
  transaction.compares.push_back(storage::key_absent("leader"));
  transaction.then.push_back(storage::put_key("leader", "two"));
  transaction.otherwise.push_back(storage::read_range(storage::single_key("leader")));
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_FALSE(result.succeeded);
  EXPECT_EQ(text_of(result.reads.at(0)), "leader=one");
  EXPECT_EQ(result.revision, before);
}

EYRIE_META_CASE(AReadOfATransactionSeesItsRemovals) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c"}));
  Transaction transaction;
  transaction.then.push_back(storage::remove_range({"a", "c"}));
  transaction.then.push_back(storage::read_range(storage::with_prefix("")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_EQ(text_of(result.reads.at(1)), "c=c");
}

EYRIE_META_CASE(AReadBeforeAWriteOfItsTransactionSeesTheOld) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "old"));
  Transaction transaction;
  transaction.then.push_back(storage::read_range(storage::single_key("a")));
  transaction.then.push_back(storage::put_key("a", "new"));
  transaction.then.push_back(storage::read_range(storage::single_key("a")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EXPECT_EQ(text_of(result.reads.at(0)), "a=old");
  EXPECT_EQ(text_of(result.reads.at(2)), "a=new");
  EXPECT_EQ(result.reads.at(2).at(0).mod_revision, result.revision);
}

EYRIE_META_CASE(APutBesideARemovalOfItsNeighboursIsTaken) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"p/1", "p/2", "q"}));
  Transaction transaction;
  transaction.then.push_back(storage::put_key("p", "1"));
  transaction.then.push_back(storage::remove_range(storage::with_prefix("p/")));
  transaction.then.push_back(storage::put_key("p0", "1"));
  EYRIE_CASE_OK(co_await t.store.commit(std::move(transaction)));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "p=1 p0=1 q=q");
}

EYRIE_META_CASE(APutAndARemovalToTheEndOfTheKeysThatTakesItAreRefused) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  for (const char* begin : {"\xFF", ""}) {
    Transaction transaction;
    transaction.then.push_back(storage::put_key("\xFF\xFF", "1"));
    transaction.then.push_back(storage::remove_range(storage::with_prefix(begin)));
    EXPECT_EQ(code_of(co_await t.store.commit(std::move(transaction))), Code::invalid_argument);
  }
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "a=1");
}

EYRIE_META_CASE(APutBeforeARemovalToTheEndOfTheKeysIsTaken) {
  EYRIE_CASE_OK(co_await put(t.store, "\xFF\xFF", "1"));
  Transaction transaction;
  transaction.then.push_back(storage::put_key("a", "1"));
  transaction.then.push_back(storage::remove_range(storage::with_prefix("\xFF")));
  EYRIE_CASE_OK(co_await t.store.commit(std::move(transaction)));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "a=1");
}

EYRIE_META_CASE(EmptyKeysAreRefusedWhereverTheyAre) {
  std::vector<Transaction> transactions(4);
  transactions[0].compares.push_back(storage::key_absent(""));
  transactions[1].then.push_back(storage::read_range(storage::single_key("")));
  transactions[2].then.push_back(storage::remove_range(storage::single_key("")));
  transactions[3].compares.push_back(storage::key_absent("a"));
  transactions[3].otherwise.push_back(storage::put_key("", "in the branch that is not taken"));
  for (Transaction& transaction : transactions) {
    EXPECT_EQ(code_of(co_await t.store.commit(std::move(transaction))), Code::invalid_argument);
  }
}

EYRIE_META_CASE(ABranchThatIsNotTakenMayNameALeaseThatIsGone) {
  Transaction transaction;
  transaction.compares.push_back(storage::key_absent("a"));
  transaction.then.push_back(storage::put_key("a", "1"));
  transaction.otherwise.push_back(storage::put_key("a", "2", storage::LeaseId(123'456'789)));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(transaction));
  EXPECT_TRUE(result.succeeded);
  EXPECT_EQ(code_of(co_await t.store.commit(std::move(transaction))), Code::not_found);
}

Transaction full(std::size_t compares, std::size_t then, std::size_t otherwise) {
  Transaction transaction;
  for (std::size_t i = 0; i < compares; ++i) {
    transaction.compares.push_back(storage::key_absent("c" + std::to_string(i)));
  }
  for (std::size_t i = 0; i < then; ++i) {
    transaction.then.push_back(storage::put_key("t" + std::to_string(i), "x"));
  }
  for (std::size_t i = 0; i < otherwise; ++i) {
    transaction.otherwise.push_back(storage::put_key("o" + std::to_string(i), "x"));
  }
  return transaction;
}

EYRIE_META_CASE(EachPartOfATransactionMayReachTheLimit) {
  constexpr std::size_t kMost = storage::kTransactionOperationsMax;
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(full(kMost, kMost, kMost)));
  EXPECT_TRUE(result.succeeded);
  EXPECT_EQ(result.reads.size(), kMost);
}

EYRIE_META_CASE(OneCompareMoreThanTheLimitIsRefused) {
  constexpr std::size_t kMost = storage::kTransactionOperationsMax;
  EXPECT_EQ(code_of(co_await t.store.commit(full(kMost + 1, 1, 0))), Code::invalid_argument);
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "");
}

EYRIE_META_CASE(ABranchThatIsNotTakenIsHeldToTheLimitToo) {
  constexpr std::size_t kMost = storage::kTransactionOperationsMax;
  EXPECT_EQ(code_of(co_await t.store.commit(full(1, 1, kMost + 1))), Code::invalid_argument);
}

EYRIE_META_CASE(AValueThatNearlyFillsATransactionIsTaken) {
  // What a store adds of its own to the bytes that the limit counts is far less.
  const Bytes value(storage::kTransactionBytesMax - 1'000, 'x');
  EYRIE_CASE_OK(co_await put(t.store, "a", value));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.value.size(), value.size());
}

EYRIE_META_CASE(TransactionsAtOnceEachMakeARevision) {
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  std::vector<Task<Result<storage::TransactionResult>>> puts;
  for (int i = 0; i < 20; ++i) puts.push_back(put(t.store, std::to_string(i), "x"));
  std::vector<bool> seen(21, false);
  for (Result<storage::TransactionResult>& result : co_await all(std::move(puts))) {
    EYRIE_CASE_TRY(auto done, std::move(result));
    const storage::Revision step = done.revision - before;
    EXPECT_TRUE(step >= 1 && step <= 20 && !seen.at(static_cast<std::size_t>(step)));
    if (step >= 1 && step <= 20) seen.at(static_cast<std::size_t>(step)) = true;
  }
}

// Two keys that are always changed together.
Task<void> change_both(storage::MetaStore& store, int times) {
  for (int i = 1; i <= times; ++i) {
    Transaction transaction;
    transaction.then.push_back(storage::put_key("left", std::to_string(i)));
    transaction.then.push_back(storage::put_key("right", std::to_string(i)));
    Result<storage::TransactionResult> result = co_await store.commit(std::move(transaction));
    EXPECT_TRUE(result.has_value()) << status_of(result);
  }
}

EYRIE_META_CASE(AReaderNeverSeesHalfATransaction) {
  co_await change_both(t.store, 1);
  TaskGroup writer(co_await this_scope());
  writer.spawn(change_both(t.store, 50));
  for (int i = 0; i < 50; ++i) {
    Result<storage::RangeResult> found = co_await t.store.range(storage::with_prefix(""), 0, 0);
    EXPECT_TRUE(found.has_value()) << status_of(found);
    if (!found) break;
    EXPECT_EQ(found->items.at(0).value, found->items.at(1).value);
    EXPECT_EQ(found->items.at(0).mod_revision, found->items.at(1).mod_revision);
  }
  co_await writer.join();
}

}  // namespace
}  // namespace eyrie::test
