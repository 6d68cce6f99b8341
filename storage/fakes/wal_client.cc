#include "storage/fakes/wal_client.h"

#include <optional>
#include <utility>

#include "runtime/combine.h"
#include "runtime/rpc/back_off.h"
#include "storage/fakes/proto/wal.pb.h"
#include "storage/fakes/wal_server.h"
#include "storage/fakes/wal_writer.h"

namespace eyrie::storage::fakes {
namespace {

class WalServiceReader final : public WalReader {
 public:
  WalServiceReader(Environment& environment, rpc::RpcChannel& channel,
                   const WalClientOptions& options, std::string name, WalPosition from)
      : environment_(environment),
        channel_(channel),
        name_(std::move(name)),
        next_(from),
        back_off_(options.back_off_min, options.back_off_max,
                  environment.random.stream("wal_reader").stream(name_)) {}

  Task<Result<WalEntry>> next() override;

 private:
  Task<Result<WalEntry>> next_of_stream();

  Environment& environment_;
  rpc::RpcChannel& channel_;
  std::string name_;
  WalPosition next_;
  rpc::BackOff back_off_;
  std::unique_ptr<rpc::ClientStream> stream_;
};

Task<Result<WalEntry>> WalServiceReader::next() {
  Scope& scope = co_await this_scope();
  while (true) {
    Result<WalEntry> entry = co_await next_of_stream();
    if (entry) {
      back_off_.reset();
      ++next_;
      co_return entry;
    }
    // A stream survives a wait that its caller gave up.
    if (scope.cancelled()) co_return entry;
    stream_.reset();
    // Reading again harms nobody; only what reading again cannot cure is told.
    const Category category = entry.error().category();
    if (category != Category::transient && category != Category::unknown_outcome) co_return entry;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off_.next()));
  }
}

Task<Result<WalEntry>> WalServiceReader::next_of_stream() {
  if (stream_ == nullptr) {
    wire::WalReadRequest request;
    request.set_channel(name_);
    request.set_from(next_);
    EYRIE_CO_TRY(stream_, co_await rpc::open_stream(channel_, std::string(kWalRead), request));
  }
  EYRIE_CO_TRY(const std::optional<Bytes> bytes, co_await stream_->receive());
  if (!bytes) co_return fail(Code::unknown, "the WAL service ended the stream");
  Result<wire::WalReadResponse> message = rpc::decode_message<wire::WalReadResponse>(*bytes);
  if (!message || message->position() != next_) {
    co_return fail(Code::unknown, "the WAL service's answer is not the next record");
  }
  co_return WalEntry{next_, message->term(), std::move(*message->mutable_record())};
}

// The service's first word on an append stream.
Task<Result<WalPosition>> receive_opened(rpc::ClientStream& stream) {
  EYRIE_CO_TRY(const std::optional<Bytes> bytes, co_await stream.receive());
  if (!bytes) co_return fail(Code::unknown, "the WAL service ended the stream");
  const auto message = rpc::decode_message<wire::WalAppendResponse>(*bytes);
  if (!message || message->next_position() == 0) {
    co_return fail(Code::unknown, "the WAL service's answer makes no sense");
  }
  co_return message->next_position();
}

}  // namespace

WalServiceClient::WalServiceClient(Environment& environment, rpc::RpcChannel& channel,
                                   WalClientOptions options)
    : environment_(environment),
      channel_(channel),
      options_(options),
      group_(environment.executor) {}

Task<Result<std::unique_ptr<WalWriter>>> WalServiceClient::open(std::string channel, WalTerm term) {
  const MonotonicTime deadline = environment_.clock.monotonic() + options_.open_timeout;
  wire::WalAppendRequest request;
  request.set_channel(std::move(channel));
  request.set_term(term);
  EYRIE_CO_TRY(
      std::unique_ptr<rpc::ClientStream> stream,
      co_await with_deadline(environment_.clock, deadline,
                             rpc::open_stream(channel_, std::string(kWalAppend), request)));
  EYRIE_CO_TRY(const WalPosition next,
               co_await with_deadline(environment_.clock, deadline, receive_opened(*stream)));
  std::unique_ptr<WalWriter> writer =
      std::make_unique<WalServiceWriter>(environment_, group_, std::move(stream), next);
  co_return writer;
}

Task<Result<std::unique_ptr<WalReader>>> WalServiceClient::read(std::string channel,
                                                                WalPosition from) {
  if (from == 0) co_return fail(Code::invalid_argument, "the first record is number 1");
  std::unique_ptr<WalReader> reader = std::make_unique<WalServiceReader>(
      environment_, channel_, options_, std::move(channel), from);
  co_return reader;
}

Task<Status> WalServiceClient::truncate(std::string channel, WalTerm term, WalPosition to) {
  wire::WalTruncateRequest request;
  request.set_channel(std::move(channel));
  request.set_term(term);
  request.set_through(to);
  rpc::CallOptions options;
  options.deadline = environment_.clock.monotonic() + options_.truncate_timeout;
  options.idempotent = true;
  co_return status_of(co_await rpc::call<wire::WalTruncateResponse>(
      channel_, std::string(kWalTruncate), request, options));
}

Task<void> WalServiceClient::stop() {
  group_.cancel();
  co_await group_.join();
}

}  // namespace eyrie::storage::fakes
