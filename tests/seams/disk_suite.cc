// The Disk (runtime/disk.h), in any world. What a crash does to it is the simulated world's own
// test.
#include <memory>
#include <string>
#include <vector>

#include "runtime/offload.h"
#include "runtime/task_group.h"
#include "tests/seams/seam_suite.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DiskSuite);

namespace {

Task<void> write_file(Disk& disk, std::string path, Bytes content) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<File> file,
                      co_await disk.open(std::move(path), OpenMode::create));
  EYRIE_CO_ASSERT_OK(co_await file->truncate(0));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, std::move(content)));
}

// The whole content, or the code of the error in words.
Task<std::string> read_file(Disk& disk, std::string path) {
  const Result<std::unique_ptr<File>> file = co_await disk.open(std::move(path), OpenMode::read);
  if (!file) co_return std::string(name_of(file.error().code()));
  const Result<Bytes> content = co_await (*file)->read_at(0, std::size_t{1} << 20);
  co_return content ? *content : std::string(name_of(content.error().code()));
}

template <class T>
Code code_of(const Result<T>& result) {
  return result ? Code::ok : result.error().code();
}

Task<void> open_in_every_mode(Environment& environment) {
  Disk& disk = environment.disk;
  EXPECT_EQ(code_of(co_await disk.open("file", OpenMode::read)), Code::not_found);
  EXPECT_EQ(code_of(co_await disk.open("file", OpenMode::write)), Code::not_found);
  EXPECT_EQ(code_of(co_await disk.open("absent/file", OpenMode::create)), Code::not_found);
  EYRIE_CO_ASSERT_TRY(std::unique_ptr<File> file, co_await disk.open("file", OpenMode::create));
  EXPECT_EQ((co_await file->size()).value_or(99), 0u);
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, "content"));
  EXPECT_EQ(code_of(co_await disk.open("file", OpenMode::create_new)), Code::already_exists);
  EYRIE_CO_ASSERT_TRY(file, co_await disk.open("file", OpenMode::create));
  EXPECT_EQ((co_await file->size()).value_or(99), 7u);  // what was there stays
  EYRIE_CO_ASSERT_TRY(file, co_await disk.open("file", OpenMode::write));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, "CON"));
  EXPECT_EQ(co_await read_file(disk, "file"), "CONtent");
  EYRIE_CO_ASSERT_TRY(file, co_await disk.open("fresh", OpenMode::create_new));
  EXPECT_EQ(co_await read_file(disk, "fresh"), "");
}

TEST_P(DiskSuite, EachModeOpensWhatItSays) {
  run(open_in_every_mode);
}

Task<void> read_around_the_end(Environment& environment) {
  Disk& disk = environment.disk;
  co_await write_file(disk, "file", "0123456789");
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<File> file, co_await disk.open("file", OpenMode::read));
  EXPECT_EQ((co_await file->read_at(2, 3)).value_or("error"), "234");
  EXPECT_EQ((co_await file->read_at(8, 5)).value_or("error"), "89");
  EXPECT_EQ((co_await file->read_at(10, 5)).value_or("error"), "");
  EXPECT_EQ((co_await file->read_at(1'000, 5)).value_or("error"), "");
  EXPECT_EQ((co_await file->read_at(0, 0)).value_or("error"), "");
  EXPECT_EQ((co_await file->read_at(5, std::size_t{1} << 40)).value_or("error"), "56789");
}

TEST_P(DiskSuite, AReadIsShortOnlyAtTheEnd) {
  run(read_around_the_end);
}

Task<void> write_here_and_there(Environment& environment) {
  Disk& disk = environment.disk;
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<File> file,
                      co_await disk.open("file", OpenMode::create));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(4, "tail"));
  EXPECT_EQ(co_await read_file(disk, "file"), std::string("\0\0\0\0tail", 8));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, "head-"));
  EXPECT_EQ(co_await read_file(disk, "file"), "head-ail");
  EYRIE_CO_ASSERT_OK(co_await file->write_at(3, ""));
  EXPECT_EQ((co_await file->size()).value_or(99), 8u);
  EYRIE_CO_ASSERT_OK(co_await file->sync());
  EYRIE_CO_ASSERT_OK(co_await disk.sync_dir(""));
}

TEST_P(DiskSuite, WritesReplaceAndExtendAndLeaveZerosBetween) {
  run(write_here_and_there);
}

Task<void> truncate_both_ways(Environment& environment) {
  Disk& disk = environment.disk;
  co_await write_file(disk, "file", "0123456789");
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<File> file,
                      co_await disk.open("file", OpenMode::write));
  EYRIE_CO_ASSERT_OK(co_await file->truncate(3));
  EXPECT_EQ(co_await read_file(disk, "file"), "012");
  EYRIE_CO_ASSERT_OK(co_await file->truncate(5));
  EXPECT_EQ(co_await read_file(disk, "file"), std::string("012\0\0", 5));
  EXPECT_EQ((co_await file->size()).value_or(99), 5u);
}

TEST_P(DiskSuite, TruncateShrinksAndGrowsWithZeros) {
  run(truncate_both_ways);
}

Task<void> write_block(File& file, std::uint64_t number, std::size_t block_bytes) {
  Bytes block(block_bytes, static_cast<char>('a' + number % 26));
  EYRIE_CO_ASSERT_OK(co_await file.write_at(number * block_bytes, std::move(block)));
}

Task<void> overlap_writes(Environment& environment) {
  constexpr std::size_t kBlockBytes = 3'000;
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<File> file,
                      co_await environment.disk.open("file", OpenMode::create));
  TaskGroup group(environment.executor);
  for (std::uint64_t i = 0; i < 40; ++i) group.spawn(write_block(*file, i, kBlockBytes));
  co_await group.join();
  for (std::uint64_t i = 0; i < 40; ++i) {
    EYRIE_CO_ASSERT_TRY(const Bytes block, co_await file->read_at(i * kBlockBytes, kBlockBytes));
    EXPECT_EQ(block, Bytes(kBlockBytes, static_cast<char>('a' + i % 26)));
  }
}

TEST_P(DiskSuite, OperationsOfAFileMayOverlap) {
  run(overlap_writes);
}

Task<void> rename_over(Environment& environment) {
  Disk& disk = environment.disk;
  co_await write_file(disk, "old", "old content");
  co_await write_file(disk, "new", "new content");
  EYRIE_CO_ASSERT_OK(co_await disk.rename("new", "old"));
  EXPECT_EQ(co_await read_file(disk, "old"), "new content");
  EXPECT_EQ(co_await read_file(disk, "new"), "not_found");
  EXPECT_EQ((co_await disk.rename("new", "old")).code(), Code::not_found);
  EXPECT_EQ(co_await read_file(disk, "old"), "new content");
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("folder"));
  EYRIE_CO_ASSERT_OK(co_await disk.rename("old", "folder/moved"));
  EXPECT_EQ(co_await read_file(disk, "folder/moved"), "new content");
}

TEST_P(DiskSuite, RenameReplacesAndMoves) {
  run(rename_over);
}

Task<void> remove_files(Environment& environment) {
  Disk& disk = environment.disk;
  co_await write_file(disk, "file", "content");
  EYRIE_CO_ASSERT_OK(co_await disk.remove("file"));
  EXPECT_EQ(co_await read_file(disk, "file"), "not_found");
  EXPECT_EQ((co_await disk.remove("file")).code(), Code::not_found);
  co_await write_file(disk, "file", "again");
  EXPECT_EQ(co_await read_file(disk, "file"), "again");
}

TEST_P(DiskSuite, ARemovedFileIsGoneAndItsNameIsFree) {
  run(remove_files);
}

using Names = std::vector<std::string>;

Task<void> list_folders(Environment& environment) {
  Disk& disk = environment.disk;
  EXPECT_EQ((co_await disk.list("")).value_or(Names{"error"}), Names{});
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("folder/inner/deep"));
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("folder/inner"));
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("folder2"));
  for (const char* name : {"b", "a", "folder/z", "folder/inner-file", "folder/0", "folder/Z"}) {
    co_await write_file(disk, name, "");
  }
  EXPECT_EQ((co_await disk.list("")).value_or(Names{}), (Names{"a", "b", "folder/", "folder2/"}));
  EXPECT_EQ((co_await disk.list("folder")).value_or(Names{}),
            (Names{"0", "Z", "inner-file", "inner/", "z"}));
  EXPECT_EQ((co_await disk.list("folder/inner")).value_or(Names{}), Names{"deep/"});
  EXPECT_EQ((co_await disk.list("folder/inner/deep")).value_or(Names{"error"}), Names{});
  EXPECT_EQ(code_of(co_await disk.list("absent")), Code::not_found);
  EYRIE_CO_ASSERT_OK(co_await disk.sync_dir("folder"));
}

TEST_P(DiskSuite, AListIsSortedAndMarksFolders) {
  run(list_folders);
}

Task<void> lock_twice(Environment& environment) {
  Disk& disk = environment.disk;
  {
    EYRIE_CO_ASSERT_TRY(const std::unique_ptr<FileLock> held, co_await disk.lock("LOCK"));
    const Result<std::unique_ptr<FileLock>> refused = co_await disk.lock("LOCK");
    EYRIE_CO_ASSERT(!refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_NE(refused.error().message().find("LOCK"), std::string::npos) << refused.error();
    EYRIE_CO_ASSERT_TRY(const std::unique_ptr<FileLock> other, co_await disk.lock("OTHER"));
  }
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<FileLock> again, co_await disk.lock("LOCK"));
}

TEST_P(DiskSuite, ALockKeepsOthersOutWhileItLives) {
  run(lock_twice);
}

Task<void> leave_the_root(Environment& environment) {
  Disk& disk = environment.disk;
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("folder"));
  co_await write_file(disk, "file", "content");
  for (const char* path : {"../file", "/file", "folder/../../file", "..", "folder/../file",
                           "./file", "folder//file", "folder/", "/"}) {
    const std::string name = path;
    EXPECT_EQ(code_of(co_await disk.open(name, OpenMode::create)), Code::invalid_argument) << name;
    EXPECT_EQ((co_await disk.rename("file", name)).code(), Code::invalid_argument) << name;
    EXPECT_EQ((co_await disk.rename(name, "file")).code(), Code::invalid_argument) << name;
    EXPECT_EQ((co_await disk.remove(name)).code(), Code::invalid_argument) << name;
    EXPECT_EQ((co_await disk.make_dir(name)).code(), Code::invalid_argument) << name;
    EXPECT_EQ(code_of(co_await disk.list(name)), Code::invalid_argument) << name;
    EXPECT_EQ((co_await disk.sync_dir(name)).code(), Code::invalid_argument) << name;
    EXPECT_EQ(code_of(co_await disk.lock(name)), Code::invalid_argument) << name;
  }
  EXPECT_EQ(code_of(co_await disk.open("", OpenMode::create)), Code::invalid_argument);
  EXPECT_EQ(co_await read_file(disk, "file"), "content");
}

TEST_P(DiskSuite, PathsThatLeaveTheRootAreRefused) {
  run(leave_the_root);
}

Task<void> ask_for_space(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const std::uint64_t bytes, co_await environment.disk.free_bytes());
  EXPECT_GT(bytes, 0u);
}

TEST_P(DiskSuite, FreeSpaceIsKnown) {
  run(ask_for_space);
}

// Runs inside offload(), as SQLite does.
Status use_blocking_face(BlockingDisk& disk) {
  EYRIE_TRY(const std::unique_ptr<BlockingFile> file, disk.open("blocking", OpenMode::create_new));
  EYRIE_RETURN_IF_ERROR(file->write_at(0, "0123456789"));
  EYRIE_RETURN_IF_ERROR(file->truncate(6));
  EYRIE_RETURN_IF_ERROR(file->sync());
  EYRIE_TRY(const std::uint64_t size, file->size());
  EXPECT_EQ(size, 6u);
  EYRIE_TRY(const Bytes tail, file->read_at(4, 10));
  EXPECT_EQ(tail, "45");
  EYRIE_RETURN_IF_ERROR(disk.make_dir("inner"));
  EYRIE_RETURN_IF_ERROR(disk.rename("blocking", "inner/file"));
  EYRIE_RETURN_IF_ERROR(disk.sync_dir("inner"));
  EYRIE_TRY(const Names names, disk.list("inner"));
  EXPECT_EQ(names, Names{"file"});
  EXPECT_EQ(disk.remove("blocking").code(), Code::not_found);
  EXPECT_EQ(disk.open("blocking", OpenMode::read).error().code(), Code::not_found);
  EXPECT_EQ(disk.open("../x", OpenMode::create).error().code(), Code::invalid_argument);
  EYRIE_TRY(const std::unique_ptr<FileLock> lock, disk.lock("LOCK"));
  EXPECT_EQ(disk.lock("LOCK").error().code(), Code::failed_precondition);
  EYRIE_TRY(const std::uint64_t bytes, disk.free_bytes());
  EXPECT_GT(bytes, 0u);
  return {};
}

Task<void> share_files_with_blocking_code(Environment& environment) {
  BlockingDisk& blocking = environment.disk.blocking();
  EYRIE_CO_ASSERT_OK(co_await offload(1, [&blocking] { return use_blocking_face(blocking); }));
  EXPECT_EQ(co_await read_file(environment.disk, "inner/file"), "012345");
}

TEST_P(DiskSuite, TheBlockingFaceHasTheSameFiles) {
  run(share_files_with_blocking_code);
}

Task<void> write_of_my_own(Environment& environment) {
  co_await write_file(environment.disk, "file", "of one machine");
}

Task<void> look_for_it(Environment& environment) {
  EXPECT_EQ(co_await read_file(environment.disk, "file"), "not_found");
}

TEST_P(DiskSuite, EachMachineHasADiskOfItsOwn) {
  run_on("one", write_of_my_own);
  run_on("other", look_for_it);
}

}  // namespace
}  // namespace eyrie::test
