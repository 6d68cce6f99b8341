// Status and Result: how every operation that can fail says so. No exception crosses a room.
//
// A Status answers three questions: what happened (code), in words (message), and what a caller may
// do about it (category). The category decides retries, so it is exact: `transient` means that the
// operation certainly did not happen; `unknown_outcome` that it may have.
#pragma once

#include <cstdint>
#include <expected>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace eyrie {

enum class Code : std::uint8_t {
  ok,
  invalid_argument,     // the request can never succeed as it stands
  not_found,            // what it names does not exist
  already_exists,       // what it creates exists
  failed_precondition,  // right request, wrong state: not loaded, dropped, closed
  out_of_range,         // a position that is gone: compacted revision, truncated log
  conflict,             // a compare failed; read again and decide
  fenced,               // a newer term or leader exists; this one may do no more
  not_leader,           // somebody else answers this; it was not applied here
  unavailable,          // could not be reached or is overloaded; certainly not applied
  resource_exhausted,   // a named limit; certainly not applied
  cancelled,            // the caller or its scope gave up; may have been applied
  deadline_exceeded,    // no answer in time; may have been applied
  unknown,              // the connection broke or the store failed half-way; may have been applied
  disk_full,            // no space left; certainly not applied
  io_error,             // the device or file system refused; what was written is in doubt
  data_loss,            // stored bytes do not match their checksum or are missing
  unsupported,          // a version or feature this build does not know
  internal,             // a broken invariant of ours
};

enum class Category : std::uint8_t {
  none,             // ok
  caller,           // the caller's mistake: repeating it cannot help
  transient,        // certainly not applied: repeating it may help
  permanent,        // certainly not applied, and repeating it cannot help
  unknown_outcome,  // it may have happened: repeat only what is idempotent
};

// Stable snake_case name, as logs and histories print it.
std::string_view name_of(Code code);
std::string_view name_of(Category category);
Category category_of(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::ok; }
  explicit operator bool() const { return ok(); }
  Code code() const { return code_; }
  Category category() const { return category_of(code_); }
  const std::string& message() const { return message_; }

  // The code of Milvus's merr table that a Milvus client expects (0 = success). Set where a handler
  // knows better than the general mapping, e.g. 100 for a missing collection.
  std::int32_t milvus_code() const;
  Status with_milvus_code(std::int32_t code) &&;

  // Says where it was met: "flush segment 7: <message>".
  Status annotate(std::string_view context) &&;

  // "fenced: term 3 is lower than 4"; "ok".
  std::string to_string() const;

  friend bool operator==(const Status& a, const Status& b) {
    return a.code_ == b.code_ && a.message_ == b.message_;
  }

 private:
  Code code_ = Code::ok;
  std::int32_t milvus_code_ = 0;  // 0: derived from code_
  std::string message_;
};

std::ostream& operator<<(std::ostream& out, const Status& status);

template <class T>
using Result = std::expected<T, Status>;

// An error as a Result's other half: `return fail(Code::not_found, "collection 'words'")`.
[[nodiscard]] inline std::unexpected<Status> fail(Code code, std::string message) {
  return std::unexpected<Status>(Status(code, std::move(message)));
}
[[nodiscard]] inline std::unexpected<Status> fail(Status status) {
  return std::unexpected<Status>(std::move(status));
}

// The Status of either shape, so that the macros below take both.
inline Status status_of(Status status) {
  return status;
}
template <class T>
Status status_of(Result<T> result) {
  return result ? Status() : std::move(result).error();
}

// What EYRIE_TRY returns from the enclosing function; converts to Status or to any Result.
class [[nodiscard]] Failure {
 public:
  explicit Failure(Status status) : status_(std::move(status)) {}
  operator Status() && { return std::move(status_); }  // NOLINT(google-explicit-constructor)
  template <class T>
  operator Result<T>() && {  // NOLINT(google-explicit-constructor)
    return std::unexpected<Status>(std::move(status_));
  }

 private:
  Status status_;
};

}  // namespace eyrie

#define EYRIE_CONCAT_INNER(a, b) a##b
#define EYRIE_CONCAT(a, b) EYRIE_CONCAT_INNER(a, b)

// EYRIE_RETURN_IF_ERROR(status or result): leaves the function with the error.
// EYRIE_TRY(auto x, result): declares x from the result's value, or leaves with its error.
// The EYRIE_CO_ forms are the same inside a coroutine: EYRIE_CO_TRY(auto x, co_await read()).
#define EYRIE_RETURN_IF_ERROR(expression)                                         \
  do {                                                                            \
    if (auto eyrie_status = ::eyrie::status_of(expression); !eyrie_status.ok()) { \
      return ::eyrie::Failure(std::move(eyrie_status));                           \
    }                                                                             \
  } while (false)
#define EYRIE_CO_RETURN_IF_ERROR(expression)                                      \
  do {                                                                            \
    if (auto eyrie_status = ::eyrie::status_of(expression); !eyrie_status.ok()) { \
      co_return ::eyrie::Failure(std::move(eyrie_status));                        \
    }                                                                             \
  } while (false)
#define EYRIE_TRY_INNER(declaration, expression, result, leave)   \
  auto result = (expression);                                     \
  if (!result) leave ::eyrie::Failure(std::move(result).error()); \
  declaration = std::move(*result)
#define EYRIE_TRY(declaration, expression) \
  EYRIE_TRY_INNER(declaration, expression, EYRIE_CONCAT(eyrie_result_, __COUNTER__), return)
#define EYRIE_CO_TRY(declaration, expression) \
  EYRIE_TRY_INNER(declaration, expression, EYRIE_CONCAT(eyrie_result_, __COUNTER__), co_return)
