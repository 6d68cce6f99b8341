#include "runtime/network.h"

#include <charconv>

namespace eyrie {

std::string to_string(const Address& address) {
  return address.host + ":" + std::to_string(address.port);
}

Result<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  Address address;
  if (colon != std::string_view::npos && colon > 0) {
    address.host = std::string(text.substr(0, colon));
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error == std::errc() && end == digits.data() + digits.size()) return address;
  }
  return fail(Code::invalid_argument, "'" + std::string(text) + "' is not an address host:port");
}

}  // namespace eyrie
