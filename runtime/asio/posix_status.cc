#include "runtime/asio/posix_status.h"

#include <cerrno>
#include <system_error>

namespace eyrie {

namespace {

Code code_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Code::not_found;
    case EEXIST:
      return Code::already_exists;
    case ENOSPC:
    case EDQUOT:
      return Code::disk_full;
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
      return Code::invalid_argument;
    case ENOTEMPTY:
    case EBUSY:
      return Code::failed_precondition;
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Code::resource_exhausted;
    default:
      return Code::io_error;
  }
}

}  // namespace

std::string posix_message(int error) {
  return std::generic_category().message(error);
}

Status posix_status(int error, std::string_view what) {
  return {code_of(error), std::string(what) + ": " + posix_message(error)};
}

}  // namespace eyrie
