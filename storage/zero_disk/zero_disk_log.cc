#include "storage/zero_disk/zero_disk_log.h"

#include <utility>

#include "storage/zero_disk/chores.h"
#include "storage/zero_disk/events.h"
#include "storage/zero_disk/opening.h"
#include "storage/zero_disk/reader.h"
#include "storage/zero_disk/writer.h"

namespace eyrie::storage {

namespace {

class ZeroDiskWriter final : public WalWriter {
 public:
  ZeroDiskWriter(Executor& executor, std::shared_ptr<SegmentWriter> writer,
                 std::shared_ptr<ChannelChores> chores)
      : executor_(executor), writer_(std::move(writer)), chores_(std::move(chores)) {}
  ~ZeroDiskWriter() override {
    // At a crash nothing is told to anybody.
    if (!executor_.stopped()) stop();
  }

  WalPosition next_position() const override { return writer_->next_position(); }

  // Not itself a coroutine: the position is taken when it is called, not when it is awaited (W2).
  Task<Status> append(Bytes record) override {
    return acknowledged(writer_->append(std::move(record)));
  }

  Task<void> close() override {
    stop();
    // Cancelled or not, the writer's own task uploads what was appended.
    while (!writer_->ended()) {
      if (!(co_await writer_->changed()).ok()) co_return;
    }
  }

 private:
  void stop() {
    writer_->close();
    chores_->stop();
  }

  static Task<Status> acknowledged(Result<SegmentWriter::PendingRef> pending) {
    if (!pending) co_return pending.error();
    EYRIE_CO_TRY(const Status done, co_await (*pending)->done.wait());
    co_return done;
  }

  Executor& executor_;
  std::shared_ptr<SegmentWriter> writer_;
  std::shared_ptr<ChannelChores> chores_;
};

Status check_channel(const std::string& channel) {
  if (is_channel_name(channel)) return {};
  return Status(Code::invalid_argument, "'" + channel + "' cannot be a log channel's name");
}

}  // namespace

ZeroDiskLog::ZeroDiskLog(Environment& environment, MetaStore& meta, ObjectStore& objects,
                         ZeroDiskOptions options)
    : random_(environment.random.stream("zero_disk")),
      options_(options),
      tasks_(environment.executor),
      manifests_(environment.clock, random_.stream("manifests"), meta, options.back_off_min,
                 options.back_off_max),
      context_{environment, objects, manifests_, options_, random_} {}

ZeroDiskLog::~ZeroDiskLog() = default;

Task<Result<std::unique_ptr<WalWriter>>> ZeroDiskLog::open(std::string channel, WalTerm term) {
  EYRIE_CO_RETURN_IF_ERROR(check_channel(channel));
  if (term <= 0) co_return fail(Code::invalid_argument, "a log's terms begin at 1");
  const auto [opening, first] = openings_.try_emplace(channel);
  if (first || opening->second.term != term) opening->second = {term, random_.next()};
  const std::uint64_t opener = opening->second.opener;
  Result<LogSegment> segment = co_await open_channel(context_, channel, term, opener);
  const auto own = openings_.find(channel);
  const bool over = segment || !may_be_tried_again(segment.error());
  if (over && own != openings_.end() && own->second.opener == opener) openings_.erase(own);
  if (!segment) co_return fail(segment.error());

  auto chores = std::make_shared<ChannelChores>(context_, channel, term);
  auto writer =
      std::make_shared<SegmentWriter>(context_, channel, *segment, [chores] { chores->want(); });
  if (const auto older = chores_.find(channel); older != chores_.end()) older->second->stop();
  chores_[channel] = chores;
  tasks_.spawn(SegmentWriter::run(writer));
  tasks_.spawn(ChannelChores::run(chores));
  chores->want();
  co_return std::make_unique<ZeroDiskWriter>(context_.environment.executor, std::move(writer),
                                             std::move(chores));
}

Task<Result<std::unique_ptr<WalReader>>> ZeroDiskLog::read(std::string channel, WalPosition from) {
  EYRIE_CO_RETURN_IF_ERROR(check_channel(channel));
  if (from == 0) co_return fail(Code::invalid_argument, "a log's positions begin at 1");
  co_return std::make_unique<ZeroDiskReader>(context_, std::move(channel), from);
}

Task<Status> ZeroDiskLog::truncate(std::string channel, WalTerm term, WalPosition to) {
  EYRIE_CO_RETURN_IF_ERROR(check_channel(channel));
  EYRIE_CO_RETURN_IF_ERROR(status_of(co_await manifests_.update(channel, [=](LogManifest before) {
    return storage::truncate(std::move(before), term, to);
  })));
  emit(context_.environment.tracer, kZeroDiskTruncated, channel, term, to);
  if (const auto chores = chores_.find(channel); chores != chores_.end()) chores->second->want();
  co_return Status();
}

Task<void> ZeroDiskLog::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace eyrie::storage
