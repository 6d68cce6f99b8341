#include "storage/etcd/grpc/transport.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdio>
#include <mutex>
#include <string_view>

#include <grpc/support/log.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include "runtime/check.h"

namespace eyrie::storage {

// The way from gRPC's threads to the executor. It outlives the transport, in whose absence nothing
// comes through.
class Post {
 public:
  Post(AsioExecutor& executor, GrpcTransport& transport)
      : executor_(&executor), transport_(&transport) {}

  // From any thread.
  void call(std::move_only_function<void()> function) {
    const std::lock_guard lock(mutex_);
    if (executor_ != nullptr) executor_->call(std::move(function));
  }
  // On the executor.
  void ended(std::uint64_t id) {
    if (transport_ != nullptr) transport_->ended(id);
  }
  void close() {
    transport_ = nullptr;
    const std::lock_guard lock(mutex_);
    executor_ = nullptr;
  }

 private:
  std::mutex mutex_;
  AsioExecutor* executor_;
  GrpcTransport* transport_;  // of the executor's thread alone
};

namespace {

using Stub = grpc::GenericStub;

constexpr Duration kLongestCall = 24h;  // what is longer might not fit the system's clock

// One slice at least: gRPC takes a buffer without any for an invalid message and aborts.
grpc::ByteBuffer buffer_of(const Bytes& bytes) {
  const grpc::Slice slice(bytes.data(), bytes.size());
  return grpc::ByteBuffer(&slice, 1);
}

Bytes bytes_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  Bytes bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

void prepare(grpc::ClientContext& context, const RpcMetadata& metadata) {
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
}

// The peer of a call that no connection took is the channel's target.
RpcEnd end_of(const grpc::Status& status, const grpc::ClientContext& context) {
  return {static_cast<std::int32_t>(status.error_code()), status.error_message(),
          !context.peer().starts_with("dns:")};
}

class GrpcUnary final : public UnaryRpc, public std::enable_shared_from_this<GrpcUnary> {
 public:
  GrpcUnary(std::shared_ptr<Post> post, std::uint64_t id) : post_(std::move(post)), id_(id) {}

  void start(Stub& stub, const std::string& path, const RpcMetadata& metadata, const Bytes& bytes,
             Duration most) {
    prepare(context_, metadata);
    context_.set_deadline(
        std::chrono::system_clock::now() +
        std::chrono::duration_cast<std::chrono::microseconds>(std::min(most, kLongestCall)));
    request_ = buffer_of(bytes);
    stub.UnaryCall(&context_, path, {}, &request_, &response_,
                   [self = shared_from_this()](const grpc::Status& status) { self->done(status); });
  }

  void cancel() override { context_.TryCancel(); }

 private:
  void done(const grpc::Status& status) {
    post_->call([self = shared_from_this(), ended = end_of(status, context_),
                 body = status.ok() ? bytes_of(response_) : Bytes()]() mutable {
      self->response = std::move(body);
      self->end.set(std::move(ended));
      self->post_->ended(self->id_);
    });
  }

  std::shared_ptr<Post> post_;
  std::uint64_t id_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

// Invariants
//   (1) Reads and writes are started by the executor's thread alone, one of each at a time, and
//   only
//       while held_: gRPC may end the stream, and with it forbid them, as soon as it is let go.
//   (2) It is let go once, when a read has failed or by cancel(); then OnDone comes.
//   (3) OnDone is the last that gRPC does to it.
class GrpcStream final : public StreamRpc,
                         public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<GrpcStream> {
 public:
  GrpcStream(std::shared_ptr<Post> post, std::uint64_t id) : post_(std::move(post)), id_(id) {}

  void start(Stub& stub, const std::string& path, const RpcMetadata& metadata) {
    self_ = shared_from_this();
    prepare(context_, metadata);
    stub.PrepareBidiStreamingCall(&context_, path, {}, this);
    AddHold();
    StartCall();
    pump();
  }

  void pump() override {
    if (!held_) return;
    if (!reading_ && inbox.size() < kInboxMax) {
      reading_ = true;
      StartRead(&read_);
    }
    if (!writing_ && writable && !outbox.empty()) {
      writing_ = true;
      written_ = buffer_of(outbox.front());
      outbox.pop_front();
      StartWrite(&written_);
    }
  }

  void cancel() override {
    cancelled = true;
    writable = false;
    context_.TryCancel();
    let_go();
    changed.notify_all();
  }

  void OnReadDone(bool ok) override {
    post_->call(
        [self = shared_from_this(), ok, message = ok ? bytes_of(read_) : Bytes()]() mutable {
          self->reading_ = false;
          if (ok) self->inbox.push_back(std::move(message));
          if (!ok) self->let_go();
          self->go_on();
        });
  }
  void OnWriteDone(bool ok) override {
    post_->call([self = shared_from_this(), ok] {
      self->writing_ = false;
      if (!ok) self->writable = false;
      self->go_on();
    });
  }
  void OnDone(const grpc::Status& status) override {
    post_->call([self = std::move(self_), ended = end_of(status, context_)]() mutable {
      self->writable = false;
      self->end.emplace(std::move(ended));
      self->changed.notify_all();
      self->post_->ended(self->id_);
    });
  }

 private:
  void go_on() {
    pump();
    changed.notify_all();
  }
  void let_go() {
    if (!std::exchange(held_, false)) return;
    RemoveHold();
  }

  std::shared_ptr<Post> post_;
  std::uint64_t id_;
  std::shared_ptr<GrpcStream> self_;  // until gRPC is done with it
  grpc::ClientContext context_;
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;
  bool held_ = true;
  bool reading_ = false;
  bool writing_ = false;
};

int milliseconds(Duration duration) {
  return static_cast<int>(to_ms(duration));
}

grpc::ChannelArguments arguments_of(const GrpcEtcdOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // How long a connection may take is what gRPC calls its least time between two attempts.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, milliseconds(options.connect_timeout));
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS,
                   milliseconds(options.reconnect_pause_min));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, milliseconds(options.reconnect_pause_max));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(options.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // a watch may be silent for days
  arguments.SetMaxReceiveMessageSize(
      static_cast<int>(std::min<std::size_t>(options.message_bytes_max, INT_MAX)));
  arguments.SetMaxSendMessageSize(-1);
  if (options.tls && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return arguments;
}

// What else gRPC would print to the terminal comes back as a Status too.
void log_broken_invariants(gpr_log_func_args* arguments) {
  const std::string_view message = arguments->message;
  if (!message.starts_with("assertion failed")) return;
  std::fprintf(stderr, "%s:%d: %s\n", arguments->file, arguments->line, arguments->message);
}

// gRPC 1.51 has one queue of callbacks for all channels, and ends it with the last of them in a way
// that can abort: its thread then gives back a queue that is gone. A channel that leads nowhere,
// has made a call and never goes, keeps the queue.
struct CallbackKeeper {
  CallbackKeeper() : stub(grpc::CreateChannel("", nullptr)), request(buffer_of("")) {
    stub.UnaryCall(&context, "/", {}, &request, &response, [](const grpc::Status&) {});
  }

  Stub stub;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

void keep_callbacks() {
  static const CallbackKeeper* const keeper = new CallbackKeeper;
  EYRIE_CHECK(keeper != nullptr, "gRPC's callbacks are kept");
}

std::shared_ptr<grpc::Channel> make_channel(const GrpcEtcdOptions& options,
                                            const std::optional<EtcdTls>& tls) {
  gpr_set_log_function(&log_broken_invariants);
  keep_callbacks();
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (tls) {
    grpc::SslCredentialsOptions files;
    files.pem_root_certs = tls->ca;
    files.pem_cert_chain = tls->certificate;
    files.pem_private_key = tls->key;
    credentials = grpc::SslCredentials(files);
  }
  return grpc::CreateCustomChannel("dns:///" + options.endpoint, credentials,
                                   arguments_of(options));
}

}  // namespace

struct GrpcTransport::Channel {
  explicit Channel(std::shared_ptr<grpc::Channel> made) : channel(made), stub(std::move(made)) {}

  std::shared_ptr<grpc::Channel> channel;
  Stub stub;
};

GrpcTransport::GrpcTransport(AsioExecutor& executor, const GrpcEtcdOptions& options,
                             const std::optional<EtcdTls>& tls)
    : post_(std::make_shared<Post>(executor, *this)),
      channel_(std::make_unique<Channel>(make_channel(options, tls))) {}

GrpcTransport::~GrpcTransport() {
  post_->close();
  cancel_all();
}

GrpcTransport::State GrpcTransport::state() {
  switch (channel_->channel->GetState(true)) {
    case GRPC_CHANNEL_READY:
      return State::ready;
    case GRPC_CHANNEL_IDLE:
    case GRPC_CHANNEL_CONNECTING:
      return State::connecting;
    case GRPC_CHANNEL_TRANSIENT_FAILURE:
    case GRPC_CHANNEL_SHUTDOWN:
      return State::failing;
  }
  return State::failing;
}

std::shared_ptr<UnaryRpc> GrpcTransport::call(const std::string& path, const RpcMetadata& metadata,
                                              const Bytes& request, Duration most) {
  const std::uint64_t id = next_id_++;
  auto rpc = std::make_shared<GrpcUnary>(post_, id);
  rpcs_.emplace(id, rpc);
  rpc->start(channel_->stub, path, metadata, request, most);
  return rpc;
}

std::shared_ptr<StreamRpc> GrpcTransport::open(const std::string& path,
                                               const RpcMetadata& metadata) {
  const std::uint64_t id = next_id_++;
  auto rpc = std::make_shared<GrpcStream>(post_, id);
  rpcs_.emplace(id, rpc);
  rpc->start(channel_->stub, path, metadata);
  return rpc;
}

void GrpcTransport::cancel_all() {
  for (const auto& [id, rpc] : rpcs_) rpc->cancel();
}

void GrpcTransport::ended(std::uint64_t id) {
  rpcs_.erase(id);
  changed_.notify_all();
}

}  // namespace eyrie::storage
