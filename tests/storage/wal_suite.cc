#include "tests/storage/wal_suite.h"

#include "runtime/task_group.h"

namespace eyrie::storage::test {
namespace {

constexpr const char* kChannel = "by-dev-dml_0";

Bytes text(WalPosition position) {
  return "record " + std::to_string(position);
}

// Appends text(position) as often, one after another.
Task<Status> append_some(WalWriter& writer, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    EYRIE_CO_RETURN_IF_ERROR(co_await writer.append(text(writer.next_position())));
  }
  co_return Status();
}

Task<void> note_append(Task<Status> append, std::size_t index, std::vector<Status>& statuses,
                       std::vector<std::size_t>& order) {
  Status status = co_await std::move(append);
  order.push_back(index);
  statuses[index] = std::move(status);
}

Task<void> note_next(WalReader& reader, std::vector<Result<WalEntry>>& entries) {
  entries.push_back(co_await reader.next());
}

// Reads [from, to]; fewer after an error, which fails the test.
Task<std::vector<WalEntry>> read_range(Wal& wal, WalPosition from, WalPosition to) {
  std::vector<WalEntry> entries;
  Result<std::unique_ptr<WalReader>> reader = co_await wal.read(kChannel, from);
  if (!reader) {
    ADD_FAILURE() << reader.error();
    co_return entries;
  }
  while (entries.size() < to + 1 - from) {
    Result<WalEntry> entry = co_await (*reader)->next();
    if (!entry) {
      ADD_FAILURE() << entry.error();
      co_return entries;
    }
    entries.push_back(std::move(*entry));
  }
  co_return entries;
}

void expect_texts(const std::vector<WalEntry>& entries, WalPosition from, WalPosition to) {
  EXPECT_EQ(entries.size(), to + 1 - from);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].position, from + i);
    EXPECT_EQ(entries[i].record, text(from + i));
  }
}

Task<Code> open_code(Wal& wal, WalTerm term) {
  const auto opened = co_await wal.open(kChannel, term);
  co_return opened ? Code::ok : opened.error().code();
}

Task<void> appends_are_read_back(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 3));
  EXPECT_EQ(writer->next_position(), 1u);
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 20));
  EXPECT_EQ(writer->next_position(), 21u);
  const std::vector<WalEntry> entries = co_await read_range(subject.other(), 1, 20);
  expect_texts(entries, 1, 20);
  for (const WalEntry& entry : entries) EXPECT_EQ(entry.term, 3);
  expect_texts(co_await read_range(subject.wal(), 7, 20), 7, 20);
  co_await writer->close();
}

Task<void> any_bytes_are_a_record(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  std::vector<Bytes> records{"", Bytes(1, '\0'), Bytes(3'000'000, 'x'), "\n"};
  for (const Bytes& record : records) EYRIE_CO_ASSERT_OK(co_await writer->append(record));
  const std::vector<WalEntry> entries = co_await read_range(subject.wal(), 1, 4);
  EYRIE_CO_ASSERT(entries.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(entries[i].record == records[i]) << i;
  co_await writer->close();
}

Task<void> a_record_beyond_the_limit_breaks_the_writer(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  Task<Status> before = writer->append(text(1));
  EXPECT_EQ((co_await writer->append(Bytes(kWalRecordBytesMax + 1, 'x'))).code(),
            Code::invalid_argument);
  EXPECT_EQ(writer->next_position(), 2u);
  // Its caller counted on the position: nothing may take it in this term.
  EXPECT_EQ((co_await writer->append("later")).code(), Code::unavailable);
  EXPECT_EQ(writer->next_position(), 2u);
  EYRIE_CO_ASSERT_OK(co_await std::move(before));
  EYRIE_CO_ASSERT_VALUE(const auto next, co_await subject.wal().open(kChannel, 2));
  EXPECT_EQ(next->next_position(), 2u);
  EYRIE_CO_ASSERT_OK(co_await next->append(Bytes(kWalRecordBytesMax, 'x')));
  const std::vector<WalEntry> entries = co_await read_range(subject.wal(), 1, 2);
  EYRIE_CO_ASSERT(entries.size() == 2);
  EXPECT_EQ(entries[0].record, text(1));
  EXPECT_EQ(entries[1].record.size(), kWalRecordBytesMax);
  co_await next->close();
}

Task<void> positions_are_allotted_by_the_call(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  TaskGroup group(co_await this_scope());
  std::vector<Status> statuses(30);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_EQ(writer->next_position(), i + 1);
    group.spawn(note_append(writer->append(text(i + 1)), i, statuses, order));
  }
  co_await group.join();
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_TRUE(statuses[i].ok()) << statuses[i];
  }
  expect_texts(co_await read_range(subject.wal(), 1, 30), 1, 30);
  co_await writer->close();
}

Task<void> an_acknowledged_record_covers_those_before(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  std::vector<Task<Status>> appends;
  for (WalPosition i = 1; i <= 10; ++i) appends.push_back(writer->append(text(i)));
  // The last one's acknowledgement alone, before anybody has asked for the others'.
  EYRIE_CO_ASSERT_OK(co_await std::move(appends.back()));
  expect_texts(co_await read_range(subject.other(), 1, 10), 1, 10);
  appends.pop_back();
  for (Task<Status>& append : appends) EYRIE_CO_ASSERT_OK(co_await std::move(append));
  co_await writer->close();
}

Task<void> a_term_is_opened_once(Environment&, WalSubject& subject) {
  EXPECT_EQ(co_await open_code(subject.wal(), 0), Code::invalid_argument);
  EXPECT_EQ(co_await open_code(subject.wal(), 5), Code::ok);
  EXPECT_EQ(co_await open_code(subject.wal(), 5), Code::fenced);
  EXPECT_EQ(co_await open_code(subject.other(), 5), Code::fenced);
  EXPECT_EQ(co_await open_code(subject.other(), 4), Code::fenced);
  EXPECT_EQ(co_await open_code(subject.other(), 6), Code::ok);
  EXPECT_EQ(co_await open_code(subject.wal(), 6), Code::fenced);
}

Task<void> a_higher_term_fences_the_older_writer(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto older, co_await subject.wal().open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_some(*older, 3));
  EYRIE_CO_ASSERT_VALUE(const auto newer, co_await subject.other().open(kChannel, 2));
  EXPECT_EQ(newer->next_position(), 4u);
  EXPECT_EQ((co_await older->append("late")).code(), Code::fenced);
  EYRIE_CO_ASSERT_OK(co_await append_some(*newer, 2));
  EXPECT_EQ((co_await older->append("later")).code(), Code::fenced);
  const std::vector<WalEntry> entries = co_await read_range(subject.wal(), 1, 5);
  expect_texts(entries, 1, 5);
  EYRIE_CO_ASSERT(entries.size() == 5);
  EXPECT_EQ(entries[2].term, 1);
  EXPECT_EQ(entries[3].term, 2);
  co_await older->close();
  co_await newer->close();
}

// (W1) while appends of the older term are under way: whatever becomes of them, they come before
// the newer term's, those acknowledged are there, and those that say fenced are not.
Task<void> fencing_draws_a_line_through_appends(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto older, co_await subject.wal().open(kChannel, 1));
  TaskGroup group(co_await this_scope());
  std::vector<Status> statuses(200);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < 100; ++i) {
    group.spawn(note_append(older->append(text(i + 1)), i, statuses, order));
  }
  EYRIE_CO_ASSERT_OK(co_await older->append(text(101)));
  for (std::size_t i = 101; i < 200; ++i) {
    group.spawn(note_append(older->append(text(i + 1)), i, statuses, order));
  }
  EYRIE_CO_ASSERT_VALUE(const auto newer, co_await subject.other().open(kChannel, 2));
  const WalPosition begin = newer->next_position();
  EYRIE_CO_ASSERT_OK(co_await newer->append(text(begin)));
  co_await group.join();
  EXPECT_GE(begin, 102u);
  const std::vector<WalEntry> entries = co_await read_range(subject.wal(), 1, begin);
  expect_texts(entries, 1, begin);
  for (const WalEntry& entry : entries) EXPECT_EQ(entry.term, entry.position < begin ? 1 : 2);
  for (std::size_t i = 101; i < 200; ++i) {
    if (statuses[i].ok()) EXPECT_LT(i + 1, begin);
    if (statuses[i].code() == Code::fenced) EXPECT_GE(i + 1, begin);
  }
  co_await older->close();
  co_await newer->close();
}

Task<void> readers_wait_for_the_next_record(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await subject.other().read(kChannel, 2));
  TaskGroup group(co_await this_scope());
  std::vector<Result<WalEntry>> entries;
  group.spawn(note_next(*reader, entries));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  EXPECT_TRUE(entries.empty());
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  co_await group.join();
  EYRIE_CO_ASSERT(entries.size() == 1 && entries[0].has_value());
  EXPECT_EQ(entries[0]->position, 2u);
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  EYRIE_CO_ASSERT_VALUE(const WalEntry third, co_await reader->next());
  EXPECT_EQ(third.record, text(3));
  co_await writer->close();
}

Task<void> a_cancelled_read_loses_nothing(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await subject.wal().read(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await reader->next());
  std::vector<Result<WalEntry>> entries;
  {
    TaskGroup group(co_await this_scope());
    group.spawn(note_next(*reader, entries));
    group.cancel();
    co_await group.join();
  }
  EYRIE_CO_ASSERT(entries.size() == 1 && !entries[0].has_value());
  EXPECT_EQ(entries[0].error().code(), Code::cancelled);
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  EYRIE_CO_ASSERT_VALUE(const WalEntry entry, co_await reader->next());
  EXPECT_EQ(entry.position, 2u);
  co_await writer->close();
}

Task<void> truncation_takes_only_what_it_names(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 4));
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 50));
  EXPECT_EQ((co_await subject.wal().truncate(kChannel, 3, 10)).code(), Code::fenced);
  EXPECT_EQ((co_await subject.wal().truncate(kChannel, 5, 10)).code(), Code::fenced);
  expect_texts(co_await read_range(subject.wal(), 1, 50), 1, 50);
  EYRIE_CO_ASSERT_OK(co_await subject.wal().truncate(kChannel, 4, 30));
  EYRIE_CO_ASSERT_OK(co_await subject.wal().truncate(kChannel, 4, 30));
  EYRIE_CO_ASSERT_OK(co_await subject.wal().truncate(kChannel, 4, 10));
  expect_texts(co_await read_range(subject.other(), 31, 50), 31, 50);
  // What it names may be there still; if not, that is said, and no other record comes instead.
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await subject.other().read(kChannel, 1));
  const Result<WalEntry> first = co_await reader->next();
  if (first) {
    EXPECT_EQ(first->position, 1u);
  } else {
    EXPECT_EQ(first.error().code(), Code::out_of_range);
  }
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  expect_texts(co_await read_range(subject.wal(), 51, 51), 51, 51);
  co_await writer->close();
}

Task<void> positions_go_on_after_all_is_truncated(Environment& environment, WalSubject& subject) {
  {
    EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
    EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 9));
    EYRIE_CO_ASSERT_OK(co_await subject.wal().truncate(kChannel, 1, 9));
    co_await writer->close();
  }
  co_await subject.stop();
  EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 2));
  EXPECT_EQ(writer->next_position(), 10u);
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 1));
  expect_texts(co_await read_range(subject.wal(), 10, 10), 10, 10);
  co_await writer->close();
}

Task<void> records_and_terms_outlive_the_client(Environment& environment, WalSubject& subject) {
  for (WalTerm term = 1; term <= 3; ++term) {
    EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, term));
    EXPECT_EQ(writer->next_position(), static_cast<WalPosition>(term - 1) * 10 + 1);
    EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 10));
    co_await writer->close();
  }
  co_await subject.stop();
  EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
  EXPECT_EQ(co_await open_code(subject.wal(), 3), Code::fenced);
  const std::vector<WalEntry> entries = co_await read_range(subject.wal(), 1, 30);
  expect_texts(entries, 1, 30);
  for (const WalEntry& entry : entries) {
    EXPECT_EQ(entry.term, static_cast<WalTerm>((entry.position + 9) / 10));
  }
}

Task<void> channels_do_not_mix(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto one, co_await subject.wal().open(kChannel, 1));
  EYRIE_CO_ASSERT_VALUE(const auto two, co_await subject.wal().open("by-dev-dml_1", 1));
  EYRIE_CO_ASSERT_OK(co_await one->append(text(1)));
  EYRIE_CO_ASSERT_OK(co_await two->append("of another channel"));
  EYRIE_CO_ASSERT_OK(co_await one->append(text(2)));
  EXPECT_EQ(two->next_position(), 2u);
  expect_texts(co_await read_range(subject.wal(), 1, 2), 1, 2);
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await subject.wal().read("by-dev-dml_1", 1));
  EYRIE_CO_ASSERT_VALUE(const WalEntry entry, co_await reader->next());
  EXPECT_EQ(entry.record, "of another channel");
  co_await one->close();
  co_await two->close();
}

Task<void> closing_waits_for_what_is_under_way(Environment&, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  TaskGroup group(co_await this_scope());
  std::vector<Status> statuses(10, Status(Code::internal, "no answer"));
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    group.spawn(note_append(writer->append(text(i + 1)), i, statuses, order));
  }
  co_await writer->close();
  EXPECT_EQ((co_await writer->append("late")).code(), Code::failed_precondition);
  co_await group.join();
  for (const Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  expect_texts(co_await read_range(subject.wal(), 1, 10), 1, 10);
}

// Whoever meets a writer that had failed before made no mistake: the next term takes the record.
Task<void> a_broken_writer_is_unavailable(Environment& environment, WalSubject& subject) {
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await subject.wal().open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_some(*writer, 3));
  co_await subject.break_writer(environment, *writer);
  const WalPosition next = writer->next_position();
  EXPECT_EQ((co_await writer->append("late")).code(), Code::unavailable);
  EXPECT_EQ((co_await writer->append("later")).code(), Code::unavailable);
  EXPECT_EQ(writer->next_position(), next);
  EYRIE_CO_ASSERT_VALUE(const auto again, co_await subject.wal().open(kChannel, 2));
  const WalPosition begin = again->next_position();
  EYRIE_CO_ASSERT_OK(co_await again->append("late"));
  const std::vector<WalEntry> entries = co_await read_range(subject.wal(), 1, begin);
  EYRIE_CO_ASSERT(entries.size() == begin);
  for (WalPosition i = 4; i < begin; ++i) EXPECT_EQ(entries[i - 1].record, "broken");
  EXPECT_EQ(entries.back().record, "late");
  co_await again->close();
}

TEST_P(WalSuite, AppendsAreReadBack) {
  run(appends_are_read_back);
}
TEST_P(WalSuite, AnyBytesAreARecord) {
  run(any_bytes_are_a_record);
}
TEST_P(WalSuite, ARecordBeyondTheLimitBreaksTheWriter) {
  run(a_record_beyond_the_limit_breaks_the_writer);
}
TEST_P(WalSuite, PositionsAreAllottedByTheCall) {
  run(positions_are_allotted_by_the_call);
}
TEST_P(WalSuite, AnAcknowledgedRecordCoversThoseBefore) {
  run(an_acknowledged_record_covers_those_before);
}
TEST_P(WalSuite, ATermIsOpenedOnce) {
  run(a_term_is_opened_once);
}
TEST_P(WalSuite, AHigherTermFencesTheOlderWriter) {
  run(a_higher_term_fences_the_older_writer);
}
TEST_P(WalSuite, FencingDrawsALineThroughAppends) {
  run(fencing_draws_a_line_through_appends);
}
TEST_P(WalSuite, ABrokenWriterIsUnavailable) {
  run(a_broken_writer_is_unavailable);
}
TEST_P(WalSuite, ReadersWaitForTheNextRecord) {
  run(readers_wait_for_the_next_record);
}
TEST_P(WalSuite, ACancelledReadLosesNothing) {
  run(a_cancelled_read_loses_nothing);
}
TEST_P(WalSuite, TruncationTakesOnlyWhatItNames) {
  run(truncation_takes_only_what_it_names);
}
TEST_P(WalSuite, PositionsGoOnAfterAllIsTruncated) {
  run(positions_go_on_after_all_is_truncated);
}
TEST_P(WalSuite, RecordsAndTermsOutliveTheClient) {
  run(records_and_terms_outlive_the_client);
}
TEST_P(WalSuite, ChannelsDoNotMix) {
  run(channels_do_not_mix);
}
TEST_P(WalSuite, ClosingWaitsForWhatIsUnderWay) {
  run(closing_waits_for_what_is_under_way);
}

}  // namespace
}  // namespace eyrie::storage::test
