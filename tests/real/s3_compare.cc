#include "tests/real/s3_compare.h"

#include <algorithm>

#include "storage/s3/answers.h"
#include "storage/s3/xml.h"
#include "tests/real/radosgw_server.h"

namespace eyrie::test {

namespace s3 = storage::s3;
using Kind = S3Operation::Kind;

namespace {

// Few, so that different objects often have the same bytes.
Bytes bytes_of(std::uint64_t number, std::size_t size) {
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(mix64(number * 4'096 + i / 7));
  return bytes;
}

}  // namespace

const std::vector<std::string>& compare_keys() {
  static const std::vector<std::string> kKeys{"a", "a/", "a/b", "a-b", "k0", "k 1+2%/\xc3\xa9",
                                              "z"};
  return kKeys;
}

std::string describe(const S3Operation& operation) {
  const HttpRequest& request = operation.request;
  std::string text = request.method + " " + request.target;
  for (const char* const name : {"range", "if-none-match", "x-amz-date"}) {
    const auto found = request.headers.find(name);
    if (found != request.headers.end()) text += " " + found->first + ":" + found->second;
  }
  return text + " (" + std::to_string(request.body.size()) + " bytes)";
}

std::string describe(const S3Operation& operation, const HttpResponse& answer) {
  std::string text = std::to_string(answer.status) + " " +
                     std::string(s3::header_or_empty(answer.headers, "etag"));
  if (const auto error = s3::parse_error(answer.body)) text += " " + error->code;
  const auto list = s3::parse_list(answer.body);
  if (operation.kind != Kind::list || !list) return text;
  if (list->truncated) text += " token=" + list->continuation_token;
  for (const s3::ListEntry& entry : list->entries) {
    text += " " + entry.key + "=" + std::to_string(entry.size) + entry.etag;
  }
  return text;
}

std::string OperationMaker::key() {
  return random_.pick(compare_keys());
}

Bytes OperationMaker::body() {
  const std::uint64_t size = random_.below(8) == 0 ? random_.below(20'000) : random_.below(200);
  return bytes_of(random_.below(5), random_.below(6) == 0 ? 0 : size);
}

HttpRequest OperationMaker::object(std::string method, s3::QueryParameters query, Bytes body) {
  return {std::move(method),
          s3::make_target(std::string("/") + kCompareBucket + "/" + key(), std::move(query)),
          {},
          std::move(body)};
}

HttpRequest OperationMaker::sign(HttpRequest request) const {
  request.headers["host"] = host_;
  return s3::sign(std::move(request), kRadosgwCredentials, now_, kRadosgwRegion);
}

S3Operation OperationMaker::make(RoundSoFar& round) {
  const std::uint64_t kind = random_.below(100);
  S3Operation operation;
  if (kind < 54) {
    operation = make_plain(kind);
  } else if (kind < 66) {
    operation = make_list();
  } else if (kind < 90) {
    operation = make_upload(round);
  } else {
    return make_wrong();
  }
  avoid_what_radosgw_cannot(operation, round);
  operation.request = sign(std::move(operation.request));
  return operation;
}

void OperationMaker::avoid_what_radosgw_cannot(S3Operation& operation, RoundSoFar& round) const {
  HttpRequest& request = operation.request;
  const std::string path = request.target.substr(0, request.target.find('?'));
  const bool removes = request.method == "DELETE" && operation.kind == Kind::other;
  const bool writes = operation.kind == Kind::complete ||
                      (request.method == "PUT" && operation.kind == Kind::other);
  if ((removes && round.written.contains(path)) || (writes && round.removed.contains(path))) {
    operation = S3Operation();
    operation.request = {"GET", path, {}, {}};
  } else if (removes) {
    round.removed.insert(path);
  } else if (writes) {
    round.written.insert(path);
  }
}

S3Operation OperationMaker::make_plain(std::uint64_t kind) {
  S3Operation operation;
  if (kind < 14) {
    operation.request = object("PUT", {}, body());
  } else if (kind < 24) {
    operation.request = object("PUT", {}, body());
    operation.request.headers["if-none-match"] = "*";
  } else if (kind < 34) {
    operation.request = object("GET");
  } else if (kind < 42) {
    operation.request = object(random_.below(8) == 0 ? "HEAD" : "GET");
    operation.request.headers["range"] = range();
  } else if (kind < 47) {
    operation.request = object("HEAD");
  } else {
    operation.request = object("DELETE");
  }
  return operation;
}

std::string OperationMaker::range() {
  const auto number = [&] {
    return std::to_string(random_.below(random_.below(2) == 0 ? 20 : 300));
  };
  switch (random_.below(8)) {
    case 0:
      return "bytes=" + number() + "-";
    case 1:
      return "bytes=-" + std::to_string(1 + random_.below(300));
    case 2:
      return "bytes=0-" + number();
    case 3:
      return random_.pick<std::string>({"bytes=0-99999999999999999999",
                                        "bytes=99999999999999999999-", "bytes=5-2", "bytes=abc",
                                        "bytes="});
    default: {
      const std::uint64_t first = random_.below(150);
      return "bytes=" + std::to_string(first) + "-" + std::to_string(first + random_.below(200));
    }
  }
}

S3Operation OperationMaker::make_list() {
  S3Operation operation;
  operation.kind = Kind::list;
  operation.request.method = "GET";
  if (!knowledge_.list_targets.empty() && random_.below(3) == 0) {
    operation.request.target = random_.pick(knowledge_.list_targets);
    return operation;
  }
  s3::QueryParameters query{{"list-type", "2"}, {"encoding-type", "url"}};
  if (random_.below(2) == 0) {
    query.emplace_back("prefix", random_.pick<std::string>({"a", "a/", "k", "k 1+", "none"}));
  }
  if (random_.below(3) > 0) {
    query.emplace_back("max-keys",
                       std::to_string(random_.pick<int>({0, 1, 2, 3, 7, 1'000, 5'000})));
  }
  if (random_.below(3) == 0) {
    query.emplace_back("start-after",
                       random_.pick<std::string>({"a", "a0", "k 1+2%/\xc3\xa9", "~", "A"}));
  }
  operation.request.target = s3::make_target(std::string("/") + kCompareBucket, std::move(query));
  return operation;
}

S3Operation OperationMaker::make_upload(RoundSoFar& round) {
  const std::size_t slot = random_.below(kUploadSlots);
  const bool is_taken = !round.uploads.insert(slot).second;
  const Upload& upload = knowledge_.uploads[slot];
  const std::uint64_t kind = random_.below(24);
  S3Operation operation;
  operation.slot = slot;
  if (is_taken) {
    operation.request = object("GET");
  } else if (upload.id.empty() || (upload.over && random_.below(2) == 0)) {
    operation.kind = Kind::create;
    operation.request = object("POST", {{"uploads", ""}});
  } else if (kind < 14) {
    return make_part(slot);
  } else if (kind < 21) {
    return make_complete(slot);
  } else {
    operation.kind = Kind::abort;
    operation.request.method = "DELETE";
    const std::string wrong_key = random_.below(6) == 0 ? "x" : "";
    operation.request.target =
        s3::make_target(std::string("/") + kCompareBucket + "/" + upload.key + wrong_key,
                        {{"uploadId", upload.id}});
  }
  return operation;
}

S3Operation OperationMaker::make_part(std::size_t slot) {
  const Upload& upload = knowledge_.uploads[slot];
  S3Operation operation;
  operation.kind = Kind::part;
  operation.slot = slot;
  operation.part = static_cast<std::uint32_t>(1 + random_.below(4));
  std::string number = std::to_string(operation.part);
  if (random_.below(20) == 0) number = random_.pick<std::string>({"abc", "", "1x", "99999999999"});
  const std::size_t size =
      random_.below(4) == 0 ? random_.below(kPartBytesMin) : kPartBytesMin + random_.below(500);
  operation.request = {"PUT",
                       s3::make_target(std::string("/") + kCompareBucket + "/" + upload.key,
                                       {{"partNumber", number}, {"uploadId", upload.id}}),
                       {},
                       bytes_of(random_.below(5), size)};
  return operation;
}

S3Operation OperationMaker::make_complete(std::size_t slot) {
  const Upload& upload = knowledge_.uploads[slot];
  std::vector<s3::UploadedPart> parts;
  for (const auto& [number, etag] : upload.etags) parts.push_back({number, etag});
  S3Operation operation;
  operation.kind = Kind::complete;
  operation.slot = slot;
  std::string key = upload.key;
  switch (random_.below(12)) {
    case 0:
      parts.push_back({9, "\"00000000000000000000000000000000\""});
      break;
    case 1:
      if (!parts.empty()) parts.back().etag = "\"00000000000000000000000000000000\"";
      break;
    case 2:
      std::ranges::reverse(parts);
      break;
    case 3:
      if (!parts.empty()) parts.pop_back();
      break;
    case 4:
      if (!parts.empty()) parts.push_back(parts.front());
      break;
    case 5:
      key += "x";
      break;
    default:
      break;
  }
  operation.request = {
      "POST",
      s3::make_target(std::string("/") + kCompareBucket + "/" + key, {{"uploadId", upload.id}}),
      {},
      s3::to_xml(s3::CompleteUploadBody{parts})};
  if (random_.below(12) == 0) operation.request.body = "<Complete";
  return operation;
}

S3Operation OperationMaker::make_wrong() {
  S3Operation operation;
  HttpRequest& request = operation.request;
  const bool writes = random_.below(2) == 0;
  request = object(writes ? "PUT" : "GET", {}, writes ? body() : Bytes());
  const std::string bucket = std::string("/") + kCompareBucket;
  const WallTime now = now_;
  switch (random_.below(10)) {
    case 0: {  // a signature of another request
      request = sign(std::move(request));
      char& last = request.headers["authorization"].back();
      last = last == '0' ? '1' : '0';
      return operation;
    }
    case 1:  // nobody's key
      request.headers["host"] = host_;
      request = s3::sign(std::move(request), {"nobody", "secret"}, now, kRadosgwRegion);
      return operation;
    case 2:  // a clock that is off
      now_ = random_.below(2) == 0 ? now + 1h : now - 1h;
      request = sign(std::move(request));
      now_ = now;
      return operation;
    case 3:  // a body that was changed under way
      if (!writes) request = object("PUT", {}, body());
      request = sign(std::move(request));
      request.body += "!";
      return operation;
    case 4:  // nobody at all
      request.headers["host"] = host_;
      return operation;
    case 5:
      request.target = "/no-such-bucket/" + std::string(writes ? "a" : "");
      if (!writes) request.target = "/no-such-bucket?encoding-type=url&list-type=2";
      break;
    case 6:
      request.target = bucket + "/" + std::string(1'025, 'k');
      break;
    case 7:
      request.method = "GET";
      request.body.clear();
      request.target = bucket + "?encoding-type=url&list-type=2&max-keys=abc";
      break;
    case 8:
      request = {"PUT", bucket + "/a?partNumber=1&uploadId=nobody", {}, body()};
      break;
    default:
      request = {"DELETE", bucket + "/a?uploadId=nobody", {}, {}};
      break;
  }
  request = sign(std::move(request));
  return operation;
}

}  // namespace eyrie::test
