// A disk that fills under a running server: what is refused is refused in a sentence that says so,
// what was acknowledged stays, and the server goes on once there is room.
#include <csignal>

#include <gtest/gtest.h>

#include "tests/e2e/refusal.h"
#include "tests/e2e/serve.h"
#include "tests/e2e/small_disk.h"

namespace eyrie::test {
namespace {

constexpr std::size_t kDiskMegabytes = 48;  // several times what the data set takes
constexpr int kUpsertsMax = 20;
constexpr int kSearchesMax = 100;

bool says_full(const std::string& text) {
  return text.find("No space left on device") != std::string::npos ||
         text.find("disk is full") != std::string::npos;
}

class FullDisk : public Serve {
 protected:
  void SetUp() override {
    if (!disk_.refusal().empty()) GTEST_SKIP() << disk_.refusal();
    server_.use_data(disk_.path() + "/data");
    ASSERT_TRUE(server_.start());
  }

  // While a program stands still: it has not done its work before the disk is full.
  void fill_under(Program& program) {
    program.signal(SIGSTOP);
    disk_.fill();
    program.signal(SIGCONT);
  }

  // Rows of our own, one by one, until one is refused; the acknowledged ones join the data set.
  void upsert_until_refused() {
    const std::string vector = data_.rows.at("king");
    for (int row = 0; row < kUpsertsMax; ++row) {
      const std::string name = "row-of-a-full-disk-" + std::to_string(row);
      const Status said = server_.upsert(name, vector);
      if (!said.ok()) {
        EXPECT_EQ(said.category(), Category::transient) << said;  // certainly not applied
        EXPECT_TRUE(says_full(said.message())) << said;
        return;
      }
      data_.rows[name] = vector;
      data_.names.push_back(name);
    }
    ADD_FAILURE() << "no row was refused on a full disk";
  }

  // The channel's next owner takes rows first, and answers reads once it has loaded the collection.
  void wait_until_it_answers() {
    for (int attempt = 0; attempt < kSearchesMax; ++attempt) {
      if (server_.run("search", {"--like", "king"}).exit_code == 0) return;
      pause_ms(100);
    }
    ADD_FAILURE() << "no search is answered although there is room";
  }

  TemporaryFolder mount_point_;
  SmallDisk disk_{mount_point_.path(), kDiskMegabytes};
};

TEST_F(FullDisk, RefusesRowsInASentenceLosesNoneAndGoesOnOnceThereIsRoom) {
  const std::string acked = server_.folder() + "/acked";
  Program import(server_.folder(), server_.command("import", import_arguments(acked)));
  ASSERT_TRUE(wait_for_acked(import, acked, data_.names.size() / 4)) << "it ended too early";
  fill_under(import);
  upsert_until_refused();
  const Finished search = server_.run("search", {"--like", "king"});
  if (search.exit_code != 0) {
    expect_refusal(search, kEnvironment, {});
    EXPECT_TRUE(says_full(search.errors)) << search.errors;
  }
  EXPECT_TRUE(server_.program().running());
  EXPECT_TRUE(import.running()) << import.errors();
  disk_.make_room();
  EXPECT_EQ(import.wait(), 0) << import.errors();
  wait_until_it_answers();
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  expect_rows(data_.names);
  EXPECT_EQ(server_.stop(), 0) << server_.program().errors();
  ASSERT_TRUE(server_.start());
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  expect_rows(data_.names);
  EXPECT_EQ(server_.stop(), 0);
}

TEST_F(FullDisk, KeepsEveryAcknowledgedRowOfAServerThatIsKilledOnIt) {
  const std::string acked = server_.folder() + "/acked";
  Program import(server_.folder(), server_.command("import", import_arguments(acked)));
  ASSERT_TRUE(wait_for_acked(import, acked, data_.names.size() / 4)) << "it ended too early";
  fill_under(import);
  upsert_until_refused();
  server_.kill();
  import.signal(SIGKILL);
  EXPECT_EQ(import.wait(), 128 + SIGKILL);
  disk_.make_room();
  ASSERT_TRUE(server_.start());
  expect_rows(read_lines(acked));
  const Finished again = server_.run("import", import_arguments());
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  expect_rows(data_.names);
  EXPECT_EQ(server_.stop(), 0);
}

}  // namespace
}  // namespace eyrie::test
