#include "counter.h"

#include <charconv>
#include <memory>
#include <utility>

#include "runtime/crc32c.h"

namespace example {

using eyrie::Bytes;
using eyrie::Code;
using eyrie::fail;
using eyrie::File;
using eyrie::OpenMode;
using eyrie::Result;
using eyrie::Status;
using eyrie::Task;

namespace {

constexpr char kFile[] = "sum";
constexpr char kNewFile[] = "sum.new";
constexpr std::size_t kFileBytesMax = 64;

eyrie::rpc::ServerOptions server_options() {
  eyrie::rpc::ServerOptions options;
  options.self = {kCluster, eyrie::NodeId(1), eyrie::IncarnationId(1)};
  return options;
}

// The sum and its checksum: a torn file is told from a whole one.
Bytes encode(std::int64_t sum) {
  const std::string text = std::to_string(sum);
  return text + ' ' + std::to_string(eyrie::crc32c(text));
}

Result<std::int64_t> decode(const Bytes& stored) {
  const Result<std::int64_t> sum = parse_number(stored.substr(0, stored.find(' ')));
  if (sum && encode(*sum) == stored) return sum;
  return fail(Code::data_loss, std::string("the file '") + kFile + "' is damaged");
}

}  // namespace

Result<std::int64_t> parse_number(const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && rest == end) return number;
  return fail(Code::invalid_argument, "'" + text + "' is no number");
}

Counter::Counter(eyrie::Environment& environment, Durability durability)
    : environment_(environment), durability_(durability), server_(environment, server_options()) {
  server_.handle(
      kAdd, [this](eyrie::rpc::CallContext, Bytes request) { return add(std::move(request)); });
}

Task<Status> Counter::run() {
  EYRIE_CO_RETURN_IF_ERROR(co_await recover());
  EYRIE_CO_RETURN_IF_ERROR(co_await server_.start({"", kCounterPort}));
  const Status stopped = co_await stopping_.wait();
  co_await server_.stop();
  co_return stopped;
}

// What is read may not be durable yet: a rename that a killed process did not come to sync. So it
// is stored again before anybody hears of it.
Task<Status> Counter::recover() {
  Result<std::unique_ptr<File>> file = co_await environment_.disk.open(kFile, OpenMode::read);
  if (!file && file.error().code() != Code::not_found) co_return file.error();
  if (file) {
    EYRIE_CO_TRY(const Bytes stored, co_await (*file)->read_at(0, kFileBytesMax));
    EYRIE_CO_TRY(sum_, decode(stored));
  }
  co_return co_await store(sum_);
}

Task<Status> Counter::store(std::int64_t sum) {
  eyrie::Disk& disk = environment_.disk;
  const Status removed = co_await disk.remove(kNewFile);  // what an earlier failure left
  if (!removed.ok() && removed.code() != Code::not_found) co_return removed;
  EYRIE_CO_TRY(std::unique_ptr<File> file, co_await disk.open(kNewFile, OpenMode::create_new));
  EYRIE_CO_RETURN_IF_ERROR(co_await file->write_at(0, encode(sum)));
  if (durability_ == Durability::synced) EYRIE_CO_RETURN_IF_ERROR(co_await file->sync());
  EYRIE_CO_RETURN_IF_ERROR(co_await disk.rename(kNewFile, kFile));
  if (durability_ == Durability::synced) EYRIE_CO_RETURN_IF_ERROR(co_await disk.sync_dir(""));
  co_return Status();
}

Task<Result<Bytes>> Counter::add(Bytes request) {
  EYRIE_CO_TRY(const std::int64_t number, parse_number(request));
  if (number == 0) co_return std::to_string(sum_);
  EYRIE_CO_RETURN_IF_ERROR(co_await one_at_a_time_.acquire());
  const eyrie::Permit permit(one_at_a_time_);
  const std::int64_t sum = sum_ + number;
  const Status stored = co_await store(sum);
  // It may be on the platter all the same.
  if (!stored.ok()) co_return fail(Code::unknown, stored.message());
  sum_ = sum;
  co_return std::to_string(sum);
}

}  // namespace example
