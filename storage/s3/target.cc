#include "storage/s3/target.h"

#include <algorithm>

namespace eyrie::storage::s3 {
namespace {

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string encode(std::string_view text, bool keep_slash) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (unreserved(c) || (keep_slash && c == '/')) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

}  // namespace

std::string encode_query_part(std::string_view text) {
  return encode(text, false);
}

std::string encode_path(std::string_view path) {
  return encode(path, true);
}

std::optional<std::string> percent_decode(std::string_view text) {
  return decode(text, false);
}

std::optional<std::string> form_decode(std::string_view text) {
  return decode(text, true);
}

std::string make_target(std::string_view path, QueryParameters query) {
  for (auto& [name, value] : query) {
    name = encode_query_part(name);
    value = encode_query_part(value);
  }
  std::sort(query.begin(), query.end());
  std::string target = encode_path(path);
  char separator = '?';
  for (const auto& [name, value] : query) {
    target += separator;
    target += name + "=" + value;
    separator = '&';
  }
  return target;
}

SplitTarget split_target(std::string_view target) {
  SplitTarget split;
  const std::size_t question = target.find('?');
  split.path = target.substr(0, question);
  std::string_view rest =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    split.query.emplace_back(part.substr(0, equals),
                             part.substr(std::min(equals + 1, part.size())));
  }
  std::sort(split.query.begin(), split.query.end());
  return split;
}

}  // namespace eyrie::storage::s3
