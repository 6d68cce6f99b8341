#include "runtime/status.h"

namespace eyrie {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::invalid_argument:
      return "invalid_argument";
    case Code::not_found:
      return "not_found";
    case Code::already_exists:
      return "already_exists";
    case Code::failed_precondition:
      return "failed_precondition";
    case Code::out_of_range:
      return "out_of_range";
    case Code::conflict:
      return "conflict";
    case Code::fenced:
      return "fenced";
    case Code::not_leader:
      return "not_leader";
    case Code::unavailable:
      return "unavailable";
    case Code::resource_exhausted:
      return "resource_exhausted";
    case Code::cancelled:
      return "cancelled";
    case Code::deadline_exceeded:
      return "deadline_exceeded";
    case Code::unknown:
      return "unknown";
    case Code::disk_full:
      return "disk_full";
    case Code::io_error:
      return "io_error";
    case Code::data_loss:
      return "data_loss";
    case Code::unsupported:
      return "unsupported";
    case Code::internal:
      return "internal";
  }
  return "internal";  // a byte from outside the enumeration
}

std::string_view name_of(Category category) {
  switch (category) {
    case Category::none:
      return "none";
    case Category::caller:
      return "caller";
    case Category::transient:
      return "transient";
    case Category::permanent:
      return "permanent";
    case Category::unknown_outcome:
      return "unknown_outcome";
  }
  return "permanent";
}

Category category_of(Code code) {
  switch (code) {
    case Code::ok:
      return Category::none;
    case Code::invalid_argument:
    case Code::not_found:
    case Code::already_exists:
    case Code::failed_precondition:
      return Category::caller;
    case Code::conflict:
    case Code::not_leader:
    case Code::unavailable:
    case Code::resource_exhausted:
      return Category::transient;
    case Code::out_of_range:
    case Code::fenced:
    case Code::disk_full:
    case Code::data_loss:
    case Code::unsupported:
    case Code::internal:
      return Category::permanent;
    case Code::cancelled:
    case Code::deadline_exceeded:
    case Code::unknown:
    case Code::io_error:
      return Category::unknown_outcome;
  }
  return Category::permanent;
}

namespace {

// Milvus's merr numbers (research: milvus.md section 5.3).
std::int32_t default_milvus_code(Code code) {
  switch (code) {
    case Code::ok:
      return 0;
    case Code::invalid_argument:
    case Code::already_exists:
      return 1100;
    case Code::not_found:
      return 100;
    case Code::out_of_range:
    case Code::conflict:
    case Code::internal:
      return 5;
    case Code::fenced:
    case Code::not_leader:
      return 503;
    case Code::unavailable:
      return 2;
    case Code::resource_exhausted:
      return 8;
    case Code::cancelled:
      return 10000;
    case Code::deadline_exceeded:
      return 10001;
    case Code::failed_precondition:  // whoever means "not loaded" says 101
    case Code::unknown:
      return 65535;
    case Code::disk_full:
      return 7;
    case Code::io_error:
    case Code::data_loss:
      return 1002;
    case Code::unsupported:
      return 3000;
  }
  return 65535;
}

}  // namespace

std::int32_t Status::milvus_code() const {
  return milvus_code_ != 0 ? milvus_code_ : default_milvus_code(code_);
}

Status Status::with_milvus_code(std::int32_t code) && {
  milvus_code_ = code;
  return std::move(*this);
}

Status Status::annotate(std::string_view context) && {
  if (!ok()) message_.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

std::string Status::to_string() const {
  if (ok()) return "ok";
  return std::string(name_of(code_)) + ": " + message_;
}

std::ostream& operator<<(std::ostream& out, const Status& status) {
  return out << status.to_string();
}

}  // namespace eyrie
