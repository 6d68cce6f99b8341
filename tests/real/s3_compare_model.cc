#include "tests/real/s3_compare_model.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>

#include "storage/fakes/s3_auth.h"
#include "storage/s3/answers.h"
#include "storage/s3/xml.h"
#include "tests/real/radosgw_server.h"

namespace eyrie::test {

namespace s3 = storage::s3;
namespace fakes = storage::fakes;
using Kind = S3Operation::Kind;

namespace {

// More than these would mean that the answers tell nothing.
constexpr std::size_t kCandidatesMax = 64;

std::string error_code(const HttpResponse& response) {
  const std::optional<s3::ErrorBody> error = s3::parse_error(response.body);
  return error ? error->code : "no error";
}

std::string unquoted(std::string etag) {
  std::erase(etag, '"');
  return etag;
}

// S3 may give fewer keys than asked for, and where to go on; radosgw does when it meets objects
// that come and go. (The fake does in its seeds, as a fault.)
bool is_short_page(const HttpResponse& real, const HttpResponse& fake) {
  const std::optional<s3::ListBody> page = s3::parse_list(real.body);
  const std::optional<s3::ListBody> whole = s3::parse_list(fake.body);
  return page && whole && page->truncated && !page->entries.empty() &&
         page->entries.size() < whole->entries.size() &&
         std::ranges::equal(page->entries, std::span(whole->entries).first(page->entries.size())) &&
         page->continuation_token == page->entries.back().key;
}

// What differs, by name.
class Differences {
 public:
  template <class T>
  void compare(const std::string& name, const T& real, const T& fake) {
    if (real == fake) return;
    text_ += name + " differs";
    if constexpr (std::is_convertible_v<T, std::string>) {
      text_ += ": '" + real.substr(0, 200) + "', the fake's '" + fake.substr(0, 200) + "'";
    }
    text_ += "; ";
  }
  void compare_header(const std::string& name, const HttpResponse& real, const HttpResponse& fake) {
    compare(name, std::string(s3::header_or_empty(real.headers, name)),
            std::string(s3::header_or_empty(fake.headers, name)));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void compare_bodies(const S3Operation& operation, const HttpResponse& real,
                    const HttpResponse& fake, Differences& found) {
  switch (operation.kind) {
    case Kind::list:
      if (!is_short_page(real, fake)) {
        // Without the prefix that a list repeats: radosgw does not encode it, and nobody reads it.
        found.compare("list", describe(operation, real), describe(operation, fake));
      }
      return;
    case Kind::create: {
      const auto theirs = s3::parse_upload_created(real.body).value_or(s3::UploadCreatedBody());
      const auto ours = s3::parse_upload_created(fake.body).value_or(s3::UploadCreatedBody());
      found.compare("upload", theirs.bucket + "/" + theirs.key, ours.bucket + "/" + ours.key);
      found.compare("upload id", theirs.upload_id.empty(), ours.upload_id.empty());
      return;
    }
    case Kind::complete: {
      const auto theirs = s3::parse_upload_completed(real.body).value_or(s3::UploadCompletedBody());
      const auto ours = s3::parse_upload_completed(fake.body).value_or(s3::UploadCompletedBody());
      found.compare("object", theirs.bucket + "/" + theirs.key, ours.bucket + "/" + ours.key);
      found.compare("etag of the whole", unquoted(theirs.etag), unquoted(ours.etag));
      return;
    }
    default:
      found.compare("body", real.body, fake.body);
  }
}

}  // namespace

std::string difference(const S3Operation& operation, const HttpResponse& real,
                       const HttpResponse& fake) {
  Differences found;
  found.compare("status", std::to_string(real.status), std::to_string(fake.status));
  const bool head = operation.request.method == "HEAD";
  if (real.status >= 300 || fake.status >= 300) {
    if (!head) found.compare("error", error_code(real), error_code(fake));
    return found.text();
  }
  found.compare_header("etag", real, fake);
  found.compare_header("content-range", real, fake);
  if (operation.request.method == "GET" || head) {
    if (operation.kind != Kind::list) {
      found.compare_header("accept-ranges", real, fake);
      found.compare_header("content-length", real, fake);
    }
  }
  compare_bodies(operation, real, fake, found);
  return found.text();
}

CompareModel::CompareModel() {
  candidates_.emplace_back().state.buckets.try_emplace(kCompareBucket);
}

std::string CompareModel::digest(const Candidate& candidate) {
  const fakes::S3Bucket& bucket = candidate.state.buckets.at(kCompareBucket);
  std::string text;
  for (const auto& [key, object] : bucket.objects) {
    text += key + "=" + object.etag + std::to_string(object.body.size()) + "\n";
  }
  for (const auto& [real, fake] : candidate.uploads) {
    const auto upload = bucket.uploads.find(fake);
    if (upload == bucket.uploads.end()) continue;
    text += real + ":" + upload->second.key;
    for (const auto& [number, part] : upload->second.parts) {
      text += " " + std::to_string(number) + "=" + part.etag;
    }
    text += "\n";
  }
  return text;
}

std::string CompareModel::apply(Candidate& candidate, const S3Operation& operation,
                                const HttpResponse& real) {
  HttpRequest request = operation.request;
  for (const auto& [theirs, ours] : candidate.uploads) {
    const std::string id = "uploadId=" + s3::encode_query_part(theirs);
    const std::size_t at = request.target.find(id);
    if (at != std::string::npos) request.target.replace(at, id.size(), "uploadId=" + ours);
  }
  fakes::S3State state(candidate.state, {.part_bytes_min = kPartBytesMin}, fakes::radosgw_habits());
  const HttpResponse fake = state.apply(request);
  if (operation.kind == Kind::create && real.status == 200 && fake.status == 200) {
    candidate.uploads[s3::parse_upload_created(real.body)->upload_id] =
        s3::parse_upload_created(fake.body)->upload_id;
  }
  return difference(operation, real, fake);
}

std::string CompareModel::explain(const std::vector<S3Operation>& operations,
                                  const std::vector<HttpResponse>& answers, WallTime now) {
  // Who may not ask changes nothing, in whatever order.
  std::vector<std::size_t> admitted;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    // Of an object that is removed and written at the same moment radosgw may answer UnknownError.
    // Such an answer to a read says nothing, and S3 may give it at any time.
    const std::string& method = operations[i].request.method;
    if (answers[i].status >= 500 && (method == "GET" || method == "HEAD")) {
      ++unanswered_;
      continue;
    }
    const std::optional<HttpResponse> refusal =
        fakes::s3_refuse_signature(operations[i].request, kRadosgwCredentials, kRadosgwRegion, now);
    if (!refusal) {
      admitted.push_back(i);
    } else if (std::string text = difference(operations[i], answers[i], *refusal); !text.empty()) {
      return describe(operations[i]) + ": " + text + "\n";
    }
  }
  // By the set of operations that were applied: the states that this may have led to.
  std::vector<std::map<std::string, Candidate>> reached(std::size_t{1} << admitted.size());
  for (Candidate& candidate : candidates_) {
    const std::string name = digest(candidate);
    reached[0].try_emplace(name, candidate);
  }
  std::map<std::size_t, std::set<std::string>> met;
  for (std::size_t applied = 0; applied + 1 < reached.size(); ++applied) {
    for (const auto& [name, candidate] : reached[applied]) {
      for (std::size_t i = 0; i < admitted.size(); ++i) {
        const std::size_t bit = std::size_t{1} << i;
        if ((applied & bit) != 0) continue;
        Candidate next = candidate;
        std::string text = apply(next, operations[admitted[i]], answers[admitted[i]]);
        if (text.empty()) {
          std::string next_name = digest(next);
          reached[applied | bit].try_emplace(std::move(next_name), std::move(next));
        } else {
          met[admitted[i]].insert(std::move(text));
        }
      }
    }
    reached[applied].clear();
  }
  if (reached.back().empty()) {
    std::string text;
    for (const auto& [i, texts] : met) {
      for (const std::string& each : texts) text += describe(operations[i]) + ": " + each + "\n";
    }
    return text;
  }
  candidates_.clear();
  for (auto& [name, candidate] : reached.back()) candidates_.push_back(std::move(candidate));
  if (candidates_.size() > kCandidatesMax) return "the answers leave too many states possible\n";
  return {};
}

}  // namespace eyrie::test
