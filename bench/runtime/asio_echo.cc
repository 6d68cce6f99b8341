// lint: allow-file-asio the peer that RPC is compared with is written on Asio itself
#include "bench/runtime/asio_echo.h"

#include <cstdint>
#include <cstring>
#include <future>
#include <string>
#include <thread>

#include <boost/asio.hpp>

namespace eyrie::bench {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kHeaderBytes = 12;  // u32 length, u64 number
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

// One end: reads what is there, hands out whole messages, writes what was queued meanwhile.
class End {
 public:
  explicit End(tcp::socket socket) : socket_(std::move(socket)) {
    socket_.set_option(tcp::no_delay(true));
  }

  void queue(std::uint64_t number, std::string_view body) {
    const auto length = static_cast<std::uint32_t>(body.size());
    out_.append(reinterpret_cast<const char*>(&length), sizeof length);
    out_.append(reinterpret_cast<const char*>(&number), sizeof number);
    out_.append(body);
  }
  asio::awaitable<void> flush() {
    while (!out_.empty()) {
      std::string sending;
      sending.swap(out_);
      co_await asio::async_write(socket_, asio::buffer(sending), asio::use_awaitable);
    }
  }
  // Calls `take(number, body)` for each whole message of one read.
  template <class Take>
  asio::awaitable<void> read(Take take) {
    const std::size_t had = in_.size();
    in_.resize(had + kReadBytes);
    const std::size_t count = co_await socket_.async_read_some(
        asio::buffer(in_.data() + had, kReadBytes), asio::use_awaitable);
    in_.resize(had + count);
    std::size_t at = 0;
    while (in_.size() - at >= kHeaderBytes) {
      std::uint32_t length = 0;
      std::uint64_t number = 0;
      std::memcpy(&length, in_.data() + at, sizeof length);
      std::memcpy(&number, in_.data() + at + sizeof length, sizeof number);
      if (in_.size() - at - kHeaderBytes < length) break;
      take(number, std::string_view(in_).substr(at + kHeaderBytes, length));
      at += kHeaderBytes + length;
    }
    in_.erase(0, at);
  }

 private:
  tcp::socket socket_;
  std::string in_;
  std::string out_;
};

asio::awaitable<void> echo(tcp::socket socket) {
  End end(std::move(socket));
  try {
    while (true) {
      co_await end.read(
          [&](std::uint64_t number, std::string_view body) { end.queue(number, body); });
      co_await end.flush();
    }
  } catch (const boost::system::system_error&) {  // the client has closed
  }
}

}  // namespace

class AsioEcho::Impl {
 public:
  explicit Impl(std::size_t message_bytes)
      : message_(message_bytes, 'x'),
        acceptor_(server_, {asio::ip::address_v4::loopback(), 0}),
        server_work_(server_.get_executor()),
        client_work_(client_.get_executor()) {
    server_thread_ = std::thread([this] { server_.run(); });
    client_thread_ = std::thread([this] { client_.run(); });
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (!error) asio::co_spawn(server_, echo(std::move(socket)), asio::detached);
    });
    tcp::socket socket(client_);
    socket.connect(acceptor_.local_endpoint());
    end_ = std::make_unique<End>(std::move(socket));
  }
  ~Impl() {
    asio::post(client_, [this] { end_.reset(); });
    client_work_.reset();
    client_thread_.join();
    server_work_.reset();
    server_.stop();
    server_thread_.join();
  }

  void round_trips(int count, int outstanding) {
    std::promise<void> done;
    asio::co_spawn(client_, exchange(count, outstanding),
                   [&](const std::exception_ptr&) { done.set_value(); });
    done.get_future().wait();
  }

 private:
  asio::awaitable<void> exchange(int count, int outstanding) {
    int sent = 0;
    int received = 0;
    for (; sent < outstanding; ++sent) end_->queue(static_cast<std::uint64_t>(sent), message_);
    co_await end_->flush();
    while (received < count) {
      co_await end_->read([&](std::uint64_t, std::string_view) {
        ++received;
        if (sent < count) end_->queue(static_cast<std::uint64_t>(sent++), message_);
      });
      co_await end_->flush();
    }
  }

  std::string message_;
  asio::io_context server_{1};
  asio::io_context client_{1};
  tcp::acceptor acceptor_;
  asio::executor_work_guard<asio::io_context::executor_type> server_work_;
  asio::executor_work_guard<asio::io_context::executor_type> client_work_;
  std::unique_ptr<End> end_;
  std::thread server_thread_;
  std::thread client_thread_;
};

AsioEcho::AsioEcho(std::size_t message_bytes) : impl_(std::make_unique<Impl>(message_bytes)) {}
AsioEcho::~AsioEcho() = default;

void AsioEcho::round_trips(int count, int outstanding) {
  impl_->round_trips(count, outstanding);
}

}  // namespace eyrie::bench
