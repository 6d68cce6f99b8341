// ScriptedServer: a server that reads HTTP requests, or anything, and then does what a script says,
// right or wrong. It runs on a machine of a RealTestWorld.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/asio/tls_options.h"
#include "runtime/byte_stream.h"
#include "runtime/combine.h"
#include "runtime/task_group.h"
#include "tests/support/real_world.h"

namespace eyrie::test {

// One thing that the server does on a connection.
struct Turn {
  enum class Reads : std::uint8_t { request, head, bytes, nothing };
  enum class Then : std::uint8_t { next, close, drop, silence, stall };

  std::string send;
  Reads reads = Reads::request;  // before it sends
  // After it. `drop` closes without TLS's announcement. After the last turn, and in silence, it
  // reads on until the connection ends; stalled, it does not even that.
  Then then = Then::next;
  std::size_t piece = 0;  // sends so many bytes at once, with pauses; 0: all
};

using Script = std::vector<Turn>;

class ScriptedServer {
 public:
  // Each connection goes by the script of its number, those beyond by the last one.
  ScriptedServer(RealTestWorld& world, std::vector<Script> scripts,
                 std::optional<TlsContext> tls = {});
  ~ScriptedServer();  // stops

  std::uint16_t port() const { return port_; }
  // What was read so far, turn by turn: a request's head and body in one.
  std::vector<std::string> received();
  std::size_t accepted();
  // Waits until so many connections were ended by the client; false if that takes too long.
  bool wait_for_ends(std::size_t count);

 private:
  Task<void> start();
  Task<void> stop();
  Task<void> accept_all();
  Task<void> serve(std::unique_ptr<ByteStream> stream, Script script);
  Task<void> play(ByteStream& stream, Script script);
  Task<Result<std::string>> read_turn(ByteStream& stream, Turn::Reads reads, std::string& buffer);
  Task<Status> send(ByteStream& stream, std::string bytes, std::size_t piece);
  template <class T>
  T ask(T ScriptedServer::* member);
  template <class T>
  Task<void> tell(T ScriptedServer::* member, T& value);

  RealTestWorld& world_;
  std::vector<Script> scripts_;
  std::optional<TlsContext> tls_;
  std::uint16_t port_ = 0;
  // From here on of the server's executor alone.
  Clock* clock_ = nullptr;
  std::unique_ptr<TaskGroup> group_;
  std::unique_ptr<ByteListener> listener_;
  std::vector<std::string> received_;
  std::size_t accepted_ = 0;
  std::size_t ends_ = 0;
};

inline std::string answer_of(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

}  // namespace eyrie::test
