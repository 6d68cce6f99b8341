#include "runtime/asio/tls_network.h"

#include <optional>
#include <utility>

#include <sys/stat.h>

#include "runtime/asio/tls_stream.h"
#include "runtime/offload.h"

namespace eyrie {

namespace {

constexpr EventType<1> kTlsFilesRead{"tls.files_read", Level::info, {"certificate"}};
constexpr EventType<1> kTlsFilesRefused{"tls.files_refused", Level::warning, {"reason"}};

// Small files: what it costs to read them is not worth charging.
constexpr WorkUnits kReadWork = 1;

Result<TlsFiles::Contexts> contexts_of(const TlsOptions& options) {
  TlsFiles::Contexts contexts;
  EYRIE_TRY(contexts.client, make_tls_context(options, TlsRole::client));
  EYRIE_TRY(contexts.server, make_tls_context(options, TlsRole::server));
  return contexts;
}

class TlsListener final : public ByteListener {
 public:
  TlsListener(std::unique_ptr<ByteListener> lower, TlsFiles& files, Lane& blocking)
      : lower_(std::move(lower)), files_(files), blocking_(blocking) {}

  Task<Result<std::unique_ptr<ByteStream>>> accept() override {
    EYRIE_CO_TRY(std::unique_ptr<ByteStream> stream, co_await lower_->accept());
    const TlsFiles::Contexts contexts = co_await files_.newest(blocking_);
    co_return accept_tls_later(std::move(stream), contexts.server);
  }
  void close() override { lower_->close(); }
  const Address& address() const override { return lower_->address(); }

 private:
  std::unique_ptr<ByteListener> lower_;
  TlsFiles& files_;
  Lane& blocking_;
};

}  // namespace

TlsFiles::Stamp TlsFiles::stamp_of(const TlsOptions& options) {
  Stamp stamp;
  for (const std::string* file : {&options.ca_file, &options.certificate_file, &options.key_file}) {
    struct stat status{};
    if (::stat(file->c_str(), &status) != 0) status = {};
    for (const std::int64_t part :
         {std::int64_t(status.st_ino), std::int64_t(status.st_size),
          std::int64_t(status.st_mtim.tv_sec), std::int64_t(status.st_mtim.tv_nsec)}) {
      stamp += std::to_string(part) + " ";
    }
  }
  return stamp;
}

TlsFiles::Read TlsFiles::read(const TlsOptions& options) {
  // First: what is replaced while it is read counts as changed the next time.
  Stamp stamp = stamp_of(options);
  return {std::move(stamp), contexts_of(options)};
}

Result<std::unique_ptr<TlsFiles>> TlsFiles::open(Tracer& tracer, TlsOptions options) {
  Read first = read(options);
  EYRIE_TRY(Contexts contexts, std::move(first.contexts));
  return std::unique_ptr<TlsFiles>(
      new TlsFiles(tracer, std::move(options), std::move(first.stamp), std::move(contexts)));
}

TlsFiles::TlsFiles(Tracer& tracer, TlsOptions options, Stamp stamp, Contexts contexts)
    : tracer_(tracer),
      options_(std::move(options)),
      stamp_(std::move(stamp)),
      contexts_(std::move(contexts)) {}

Task<TlsFiles::Contexts> TlsFiles::newest(Lane& blocking) {
  std::optional<Read> changed = co_await offload(
      kReadWork,
      [options = options_, known = stamp_]() -> std::optional<Read> {
        if (stamp_of(options) == known) return std::nullopt;
        return read(options);
      },
      &blocking);
  // Another connection may have read the same meanwhile.
  if (changed && changed->stamp != stamp_) {
    stamp_ = std::move(changed->stamp);
    if (changed->contexts) {
      contexts_ = std::move(*changed->contexts);
      emit(tracer_, kTlsFilesRead, options_.certificate_file);
    } else {
      emit(tracer_, kTlsFilesRefused, changed->contexts.error().message());
    }
  }
  co_return contexts_;
}

TlsByteNetwork::TlsByteNetwork(ByteNetwork& lower, TlsFiles& files, Lane& blocking,
                               MutualTls options)
    : lower_(lower), files_(files), blocking_(blocking), options_(std::move(options)) {}

Task<Result<std::unique_ptr<ByteListener>>> TlsByteNetwork::listen(Address address) {
  EYRIE_CO_TRY(std::unique_ptr<ByteListener> listener, co_await lower_.listen(std::move(address)));
  if (!options_.listens) co_return listener;
  co_return std::make_unique<TlsListener>(std::move(listener), files_, blocking_);
}

Task<Result<std::unique_ptr<ByteStream>>> TlsByteNetwork::connect(Address address) {
  std::string name = options_.name.empty() ? address.host : options_.name;
  EYRIE_CO_TRY(std::unique_ptr<ByteStream> stream, co_await lower_.connect(std::move(address)));
  const TlsFiles::Contexts contexts = co_await files_.newest(blocking_);
  co_return co_await connect_tls(std::move(stream), contexts.client, std::move(name));
}

}  // namespace eyrie
