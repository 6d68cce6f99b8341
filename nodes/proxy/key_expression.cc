#include "nodes/proxy/key_expression.h"

#include <cctype>
#include <charconv>
#include <utility>

#include "nodes/proxy/excerpt.h"

namespace eyrie::proxy {

namespace {

// What may stand behind a backslash, and what each of it means.
constexpr std::string_view kEscapes = R"(\'"nt)";
constexpr std::string_view kMeanings = "\\'\"\n\t";

class Parser {
 public:
  Parser(std::string_view text, const wire::FieldInfo& key) : text_(text), rest_(text), key_(key) {
    if (key.type == storage::FieldType::varchar) {
      keys_ = storage::PrimaryKeys(std::vector<std::string>());
    }
  }

  Result<storage::PrimaryKeys> parse() {
    skip_space();
    if (!take(key_.name) || (!rest_.empty() && is_word(rest_.front()))) {
      return error("the primary key '" + key_.name + "'");
    }
    skip_space();
    if (take("==")) {
      EYRIE_RETURN_IF_ERROR(parse_value());
    } else if (take("in") || take("IN")) {
      EYRIE_RETURN_IF_ERROR(parse_list());
    } else {
      return error("'in' or '=='");
    }
    skip_space();
    if (!rest_.empty()) return error("the end");
    return std::move(keys_);
  }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }

  std::unexpected<Status> error(const std::string& expected) const {
    return fail(Status(Code::invalid_argument,
                       "cannot parse expression: " + excerpt(text_) + ", error: expected " +
                           expected + " at position " + std::to_string(text_.size() - rest_.size()))
                    .with_milvus_code(1100));
  }

  void skip_space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0) {
      rest_.remove_prefix(1);
    }
  }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  Result<bool> parse_list() {
    skip_space();
    if (!take("[")) return error("'['");
    skip_space();
    if (take("]")) return true;
    while (true) {
      EYRIE_RETURN_IF_ERROR(parse_value());
      skip_space();
      if (take("]")) return true;
      if (!take(",")) return error("',' or ']'");
    }
  }

  Result<bool> parse_value() {
    skip_space();
    if (key_.type == storage::FieldType::varchar) return parse_text();
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (code != std::errc()) return error("an integer");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    EYRIE_RETURN_IF_ERROR(keys_.push_back(storage::PrimaryKey(number)));
    return true;
  }

  Result<bool> parse_text() {
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) {
      return error("a quoted text");
    }
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && rest_.front() != quote) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') {
        if (rest_.empty()) break;
        const std::size_t escape = kEscapes.find(rest_.front());
        if (escape == std::string_view::npos) {
          return error(R"(an escape: \\, \', \", \n or \t)");
        }
        c = kMeanings[escape];
        rest_.remove_prefix(1);
      }
      text.push_back(c);
    }
    if (rest_.empty()) return error("a closing quote");
    rest_.remove_prefix(1);
    EYRIE_RETURN_IF_ERROR(keys_.push_back(storage::PrimaryKey(std::move(text))));
    return true;
  }

  std::string_view text_;
  std::string_view rest_;
  const wire::FieldInfo& key_;
  storage::PrimaryKeys keys_;
};

}  // namespace

Result<storage::PrimaryKeys> parse_key_expression(std::string_view expression,
                                                  const wire::FieldInfo& key) {
  return Parser(expression, key).parse();
}

}  // namespace eyrie::proxy
