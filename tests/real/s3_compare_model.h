// CompareModel: what the real store may hold by now, as states of the simulated one.
//
// Requests of one round were under way together, so some order of them must explain their answers.
// Where several do, and leave different states, all of these are kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/real/s3_compare.h"

namespace eyrie::test {

class CompareModel {
 public:
  CompareModel();

  // Empty if an order explains the answers; else what no order explains. `now`: when they were
  // signed.
  std::string explain(const std::vector<S3Operation>& operations,
                      const std::vector<HttpResponse>& answers, WallTime now);
  std::size_t candidates() const { return candidates_.size(); }
  // Reads that were answered with an error of the server's own, and so not compared.
  std::size_t unanswered() const { return unanswered_; }

 private:
  struct Candidate {
    storage::fakes::S3DurableState state;
    std::map<std::string, std::string> uploads;  // the real server's ids, and this one's
  };

  static std::string digest(const Candidate& candidate);
  // Empty if this is how that state answers; the state is then as after it.
  static std::string apply(Candidate& candidate, const S3Operation& operation,
                           const HttpResponse& real);

  std::vector<Candidate> candidates_;
  std::size_t unanswered_ = 0;
};

// Empty if they are the same to a client.
std::string difference(const S3Operation& operation, const HttpResponse& real,
                       const HttpResponse& fake);

}  // namespace eyrie::test
