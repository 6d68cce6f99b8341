// A client of HTTP that knows nothing: it sends bytes and reads what comes, so that a test may send
// anything.
#pragma once

#include <cstdint>
#include <string>

namespace eyrie::test {

// A connection to a port of 127.0.0.1; a call gives up after some seconds.
class PlainConnection {
 public:
  explicit PlainConnection(std::uint16_t port);
  PlainConnection(const PlainConnection&) = delete;
  PlainConnection& operator=(const PlainConnection&) = delete;
  ~PlainConnection();

  bool connected() const { return connected_; }
  // False if the peer is gone.
  bool send(const std::string& bytes);
  // Whether the peer ended before it gave up.
  bool read_to_end();
  // False if the text did not come.
  bool read_until(const std::string& text);
  const std::string& received() const { return received_; }

 private:
  bool read_some();

  int socket_ = -1;
  bool connected_ = false;
  std::string received_;
};

struct PlainAnswer {
  int status = 0;  // 0: there was none
  std::string head;
  std::string body;
};
PlainAnswer parse_answer(const std::string& bytes);
PlainAnswer get(std::uint16_t port, const std::string& target);

}  // namespace eyrie::test
