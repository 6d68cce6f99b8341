#include "nodes/proxy/excerpt.h"

#include <cstddef>

namespace eyrie::proxy {

namespace {

constexpr std::size_t kBytesMax = 256;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string excerpt(std::string_view text) {
  if (text.size() <= kBytesMax) return std::string(text);
  std::size_t end = kBytesMax;
  while (end > 0 && continues(text[end])) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace eyrie::proxy
