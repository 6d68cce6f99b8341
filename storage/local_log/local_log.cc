#include "storage/local_log/local_log.h"

#include <algorithm>
#include <utility>

#include "runtime/check.h"
#include "storage/local_log/channel.h"
#include "storage/local_log/reader.h"

namespace eyrie::storage {

namespace {

constexpr std::uint64_t kSegmentBytesLimit = 1u << 31;  // offsets of groups have 32 bits

// The channel outlives it; its append() tasks hold what they need and may outlive it.
class LocalLogWriter final : public WalWriter {
 public:
  LocalLogWriter(LogChannel& channel, std::shared_ptr<WriterState> state)
      : channel_(channel), state_(std::move(state)) {}
  ~LocalLogWriter() override { stop(); }

  WalPosition next_position() const override { return state_->next; }

  // Not itself a coroutine: the position is taken when it is called, not when it is awaited (W2).
  Task<Status> append(Bytes record) override {
    return acknowledged(channel_.append(state_, std::move(record)));
  }

  Task<void> close() override {
    stop();
    // Cancelled or not, the channel's own task writes what was appended.
    static_cast<void>(co_await channel_.drain());
  }

 private:
  void stop() {
    if (state_->phase == WriterState::Phase::writing) state_->phase = WriterState::Phase::closed;
  }

  static Task<Status> acknowledged(Result<std::shared_ptr<PendingAppend>> pending) {
    if (!pending) co_return pending.error();
    EYRIE_CO_TRY(const Status done, co_await (*pending)->done.wait());
    co_return done;
  }

  LogChannel& channel_;
  std::shared_ptr<WriterState> state_;
};

}  // namespace

Task<Result<std::unique_ptr<LocalLog>>> LocalLog::open(Environment& environment,
                                                       LocalLogOptions options) {
  EYRIE_CHECK(options.segment_bytes_max + options.group_bytes_max + kWalRecordBytesMax <
              kSegmentBytesLimit);
  Disk& disk = environment.disk;
  EYRIE_CO_RETURN_IF_ERROR(co_await disk.make_dir(options.folder));
  // Each folder on the way is a name in the one above it.
  for (std::size_t slash = options.folder.size(); slash != std::string::npos;) {
    slash = slash == 0 ? std::string::npos : options.folder.rfind('/', slash - 1);
    const std::string parent = slash == std::string::npos ? "" : options.folder.substr(0, slash);
    EYRIE_CO_RETURN_IF_ERROR(co_await disk.sync_dir(parent));
  }
  EYRIE_CO_TRY(std::unique_ptr<FileLock> lock, co_await disk.lock(options.folder + "/lock"));
  co_return std::unique_ptr<LocalLog>(
      new LocalLog(environment, std::move(options), std::move(lock)));
}

LocalLog::LocalLog(Environment& environment, LocalLogOptions options,
                   std::unique_ptr<FileLock> lock)
    : environment_(environment),
      options_(std::move(options)),
      lock_(std::move(lock)),
      tasks_(environment.executor) {}

LocalLog::~LocalLog() = default;

Result<LogChannel*> LocalLog::find(const std::string& channel) {
  if (closed_) return fail(Code::failed_precondition, "the log is closed");
  // Beside the channels' folders lies the lock.
  if (!is_channel_name(channel) || channel == "lock") {
    return fail(Code::invalid_argument, "'" + channel + "' cannot be a log channel's name");
  }
  std::unique_ptr<LogChannel>& found = channels_[channel];
  if (found == nullptr) {
    found = std::make_unique<LogChannel>(environment_, options_, tasks_, channel,
                                         options_.folder + "/" + channel);
  }
  return found.get();
}

Task<Result<std::unique_ptr<WalWriter>>> LocalLog::open(std::string channel, WalTerm term) {
  EYRIE_CO_TRY(LogChannel* const found, find(channel));
  if (term <= 0) co_return fail(Code::invalid_argument, "a log's terms begin at 1");
  EYRIE_CO_TRY(std::shared_ptr<WriterState> writer, co_await found->open(term));
  co_return std::make_unique<LocalLogWriter>(*found, std::move(writer));
}

Task<Result<std::unique_ptr<WalReader>>> LocalLog::read(std::string channel, WalPosition from) {
  EYRIE_CO_TRY(LogChannel* const found, find(channel));
  if (from == 0) co_return fail(Code::invalid_argument, "a log's positions begin at 1");
  EYRIE_CO_RETURN_IF_ERROR(co_await found->ensure_loaded());
  co_return std::make_unique<LocalLogReader>(*found, from);
}

Task<Status> LocalLog::truncate(std::string channel, WalTerm term, WalPosition to) {
  EYRIE_CO_TRY(LogChannel* const found, find(channel));
  co_return co_await found->truncate(term, to);
}

Task<void> LocalLog::close() {
  closed_ = true;
  for (const auto& [name, channel] : channels_) channel->close();
  co_await tasks_.join();
  lock_.reset();
}

}  // namespace eyrie::storage
