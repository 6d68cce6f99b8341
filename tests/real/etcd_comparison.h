// The simulated etcd beside a real one, and what both are found to say to the same requests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/fakes/etcd_requests.h"
#include "tests/real/etcd_operations.h"

namespace eyrie::test {

// Requests that were under way together, and the real one's answers.
struct EtcdRound {
  std::vector<EtcdOperation> operations;
  std::vector<storage::EtcdAnswer> answers;
};

// Whether the fake's answer is the real one's. What is left of a lease's time may have fallen by
// some minutes; the names of its keys are a set.
bool is_same_answer(storage::EtcdMethod method, const storage::EtcdAnswer& real,
                    const storage::EtcdAnswer& fake);

std::string text_of_request(storage::EtcdMethod method, const Bytes& request);
std::string text_of_answer(storage::EtcdMethod method, const storage::EtcdAnswer& answer);

class EtcdComparison {
 public:
  // Who answers, from then on: the fake is told, so that bodies can be compared whole.
  void know(const etcdserverpb::ResponseHeader& header);

  const storage::fakes::EtcdState& state() const { return state_; }
  // What has changed so far, in order.
  const std::vector<mvccpb::Event>& events() const { return events_; }
  // By kind and outcome.
  const std::map<std::string, std::size_t>& counts() const { return counts_; }
  // Errors and failed compares.
  std::size_t unusual() const { return unusual_; }

  // Finds an order of the round's requests that explains all its answers, and goes on from it; else
  // the test fails.
  bool explain(const EtcdRound& round);
  // What the fake says now to a request that changes nothing.
  storage::EtcdAnswer ask(storage::EtcdMethod method, const Bytes& request) {
    return ask(state_, method, request);
  }

 private:
  storage::EtcdAnswer ask(storage::fakes::EtcdState& state, storage::EtcdMethod method,
                          const Bytes& request);
  bool explains(const EtcdRound& round, const std::vector<std::size_t>& order);
  void follow(const EtcdRound& round, const std::vector<std::size_t>& order);
  void tell(const EtcdRound& round);

  storage::fakes::EtcdState state_;
  storage::fakes::EtcdMemberView view_;
  std::vector<mvccpb::Event> events_;
  std::map<std::string, std::size_t> counts_;
  std::size_t unusual_ = 0;
};

}  // namespace eyrie::test
