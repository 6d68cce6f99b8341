// The parts of a request to the simulated S3 service, and how its answers are made. Internal to
// s3_state*.cc and s3_auth.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/http.h"
#include "storage/fakes/s3_state.h"

namespace eyrie::storage::fakes {

struct S3State::Call {
  const HttpRequest& request;
  std::string bucket_name;
  std::string key;                           // decoded; empty: the bucket itself
  std::map<std::string, std::string> query;  // decoded
  S3Bucket* bucket = nullptr;                // null while it does not exist

  bool has_query(const std::string& name) const { return query.contains(name); }
  std::string query_or_empty(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
  std::string header_or_empty(const std::string& name) const {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
  }
};

HttpResponse s3_error(int status, std::string_view code, std::string_view message,
                      std::string_view resource);
// With its content-length.
HttpResponse s3_answer(int status, HttpHeaders headers, Bytes body);

// The refusal by If-None-Match or If-Match of a write over `existing` (null: nothing is there).
std::optional<HttpResponse> s3_refuse_condition(const HttpRequest& request,
                                                const S3Object* existing);

}  // namespace eyrie::storage::fakes
