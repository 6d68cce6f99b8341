// What the comparison of the simulated S3 service with a real one is made of: operations that are
// drawn, and a model that knows which orders of them explain the real server's answers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/http.h"
#include "runtime/random.h"
#include "storage/fakes/s3_state.h"
#include "storage/s3/signature.h"
#include "storage/s3/target.h"

namespace eyrie::test {

inline constexpr const char* kCompareBucket = "compare";
inline constexpr std::size_t kPartBytesMin = 4'096;  // the real server is told the same
inline constexpr std::size_t kUploadSlots = 5;

// What the clients have been told so far; later requests are made of it.
struct Upload {
  std::string key;
  std::string id;  // the real server's
  std::map<std::uint32_t, std::string> etags;
  bool over = true;  // completed or aborted; its slot may be used again
};
struct Knowledge {
  std::array<Upload, kUploadSlots> uploads;
  std::vector<std::string> list_targets;  // of next pages
};

struct S3Operation {
  enum class Kind : std::uint8_t { other, list, create, part, complete, abort };

  HttpRequest request;  // signed, or wrongly so
  Kind kind = Kind::other;
  std::size_t slot = 0;    // of create, part, complete, abort
  std::uint32_t part = 0;  // of part
};
const std::vector<std::string>& compare_keys();
std::string describe(const S3Operation& operation);
std::string describe(const S3Operation& operation, const HttpResponse& answer);

// What a round's operations already touch. Two meetings are left out, since radosgw 16.2 answers
// them as no order explains:
// - while it completes an upload it locks it, and answers others of the upload with 500;
// - where a DELETE meets a write of the same key, the bucket's index may keep or lose the key
//   against the object, and lists are wrong from then on.
struct RoundSoFar {
  std::set<std::size_t> uploads;
  std::set<std::string> written;
  std::set<std::string> removed;
};

// Draws the operations of one client in one round: the same for the same seed, as far as the
// answers before were the same.
class OperationMaker {
 public:
  OperationMaker(Random random, const Knowledge& knowledge, std::string host, WallTime now)
      : random_(random), knowledge_(knowledge), host_(std::move(host)), now_(now) {}

  S3Operation make(RoundSoFar& round);

 private:
  HttpRequest object(std::string method, storage::s3::QueryParameters query = {}, Bytes body = {});
  S3Operation make_plain(std::uint64_t kind);
  S3Operation make_list();
  S3Operation make_upload(RoundSoFar& round);
  void avoid_what_radosgw_cannot(S3Operation& operation, RoundSoFar& round) const;
  S3Operation make_part(std::size_t slot);
  S3Operation make_complete(std::size_t slot);
  S3Operation make_wrong();
  std::string key();
  Bytes body();
  std::string range();
  HttpRequest sign(HttpRequest request) const;

  Random random_;
  const Knowledge& knowledge_;
  std::string host_;
  WallTime now_;
};

}  // namespace eyrie::test
