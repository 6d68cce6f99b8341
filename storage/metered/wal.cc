#include "storage/metered/wal.h"

#include "storage/metered/metrics.h"

namespace eyrie::storage {

namespace {

Requests requests(Environment& environment, const char* verb) {
  Metrics& metrics = environment.metrics;
  return {environment.clock, metrics.histogram(kWalDuration, verb),
          [&metrics, verb](std::string_view result) -> Counter& {
            return metrics.counter(kWalRequests, verb, result);
          }};
}

}  // namespace

class MeteredWal::Writer final : public WalWriter {
 public:
  Writer(MeteredWal& log, std::unique_ptr<WalWriter> writer)
      : log_(log), writer_(std::move(writer)) {}

  WalPosition next_position() const override { return writer_->next_position(); }
  Task<Status> append(Bytes record) override {
    const std::size_t bytes = record.size();
    return appended(log_, bytes, log_.append_.counted(writer_->append(std::move(record))));
  }
  Task<void> close() override { return writer_->close(); }

 private:
  // Of the log alone: a writer may go while its appends are under way, if that of the log may.
  static Task<Status> appended(MeteredWal& log, std::size_t bytes, Task<Status> append) {
    Status status = co_await std::move(append);
    if (status.ok()) log.appended_bytes_.add(static_cast<std::int64_t>(bytes));
    co_return status;
  }

  MeteredWal& log_;
  std::unique_ptr<WalWriter> writer_;
};

MeteredWal::MeteredWal(Environment& environment, Wal& wal)
    : wal_(wal),
      open_(requests(environment, "open")),
      append_(requests(environment, "append")),
      truncate_(requests(environment, "truncate")),
      appended_bytes_(environment.metrics.counter(kWalAppendedBytes)) {}

Task<Result<std::unique_ptr<WalWriter>>> MeteredWal::open(std::string channel, WalTerm term) {
  EYRIE_CO_TRY(std::unique_ptr<WalWriter> writer,
               co_await open_.counted(wal_.open(std::move(channel), term)));
  co_return std::make_unique<Writer>(*this, std::move(writer));
}

Task<Result<std::unique_ptr<WalReader>>> MeteredWal::read(std::string channel, WalPosition from) {
  return wal_.read(std::move(channel), from);
}

Task<Status> MeteredWal::truncate(std::string channel, WalTerm term, WalPosition to) {
  return truncate_.counted(wal_.truncate(std::move(channel), term, to));
}

}  // namespace eyrie::storage
