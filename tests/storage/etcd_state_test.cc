// Golden scripts of the simulated etcd's state: tests/storage/etcd_state/*.txt. A script is blocks
// of commands, a line "----", and what they answer, each block ended by an empty line. To write
// what the code answers into the scripts, and read it in review:
//   EYRIE_REWRITE_GOLDEN=1 build/release/tests/storage_etcd_state_test
#include "storage/fakes/etcd_state.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "storage/fakes/etcd_watch.h"

namespace eyrie::storage::fakes {
namespace {

using Words = std::vector<std::string>;

Words split(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// "-" is the empty value, "*" the end of the key space.
std::string bytes_of(const std::string& word) {
  if (word == "-") return "";
  if (word == "*") return std::string(1, '\0');
  return word;
}

std::string text_of(const mvccpb::KeyValue& item) {
  std::string text = item.key() + "=" + item.value() + "@" +
                     std::to_string(item.create_revision()) + "/" +
                     std::to_string(item.mod_revision()) + "v" + std::to_string(item.version());
  if (item.lease() != 0) text += "L" + std::to_string(item.lease());
  return text;
}

class Script {
 public:
  std::string run(const std::string& line) {
    const Words words = split(line);
    const Words rest(words.begin() + 1, words.end());
    if (words[0] == "put") return put(rest);
    if (words[0] == "del") return remove(rest);
    if (words[0] == "range") return range(rest);
    if (words[0] == "txn") return txn(rest);
    if (words[0] == "compact") return compact(std::stoll(rest.at(0)));
    if (words[0] == "watch") return watch(rest);
    if (words[0] == "poll") return poll(rest);
    if (words[0] == "cancel") return cancel(std::stoll(rest.at(0)));
    if (words[0] == "progress") return progress();
    return lease(words[0], rest);
  }

 private:
  template <class T>
  static std::string refusal(const EtcdOutcome<T>& outcome) {
    return "! " + std::to_string(static_cast<int>(outcome.error().code)) + " " +
           std::string(outcome.error().message);
  }
  template <class T>
  static std::string revision_of(const EtcdOutcome<T>& outcome) {
    if (!outcome) return refusal(outcome);
    return "revision " + std::to_string(outcome->header().revision());
  }

  static etcdserverpb::PutRequest put_request(const Words& words) {
    etcdserverpb::PutRequest request;
    request.set_key(bytes_of(words.at(0)));
    request.set_value(bytes_of(words.at(1)));
    if (words.size() > 2) request.set_lease(std::stoll(words[2]));
    request.set_prev_kv(true);
    return request;
  }
  static etcdserverpb::DeleteRangeRequest remove_request(const Words& words) {
    etcdserverpb::DeleteRangeRequest request;
    request.set_key(bytes_of(words.at(0)));
    if (words.size() > 1) request.set_range_end(bytes_of(words[1]));
    request.set_prev_kv(true);
    return request;
  }
  // key [end] [rev=N] [limit=N] [count] [keys] [sorted]
  static etcdserverpb::RangeRequest range_request(const Words& words) {
    etcdserverpb::RangeRequest request;
    request.set_key(bytes_of(words.at(0)));
    for (const std::string& word : words) {
      if (&word == &words.front()) continue;
      if (word.starts_with("rev=")) {
        request.set_revision(std::stoll(word.substr(4)));
      } else if (word.starts_with("limit=")) {
        request.set_limit(std::stoll(word.substr(6)));
      } else if (word == "count") {
        request.set_count_only(true);
      } else if (word == "keys") {
        request.set_keys_only(true);
      } else if (word == "sorted") {
        request.set_sort_order(etcdserverpb::RangeRequest::DESCEND);
      } else {
        request.set_range_end(bytes_of(word));
      }
    }
    return request;
  }

  std::string put(const Words& words) {
    const auto outcome = state_.put(put_request(words));
    std::string text = revision_of(outcome);
    if (outcome && outcome->has_prev_kv()) text += " was " + text_of(outcome->prev_kv());
    return text;
  }
  std::string remove(const Words& words) {
    const auto outcome = state_.delete_range(remove_request(words));
    std::string text = revision_of(outcome);
    if (outcome) text += " deleted " + std::to_string(outcome->deleted());
    if (outcome) {
      for (const mvccpb::KeyValue& item : outcome->prev_kvs()) text += " " + text_of(item);
    }
    return text;
  }
  static std::string text_of_range(const etcdserverpb::RangeResponse& response) {
    std::string text = "count " + std::to_string(response.count());
    for (const mvccpb::KeyValue& item : response.kvs()) text += " " + text_of(item);
    return text + (response.more() ? " more" : "");
  }
  std::string range(const Words& words) {
    const auto outcome = state_.range(range_request(words), state_.revision());
    return outcome ? text_of_range(*outcome) : refusal(outcome);
  }
  std::string compact(std::int64_t revision) {
    etcdserverpb::CompactionRequest request;
    request.set_revision(revision);
    return revision_of(state_.compact(request));
  }

  // if <target> <relation> <key> <wanted> ; put k v ; del k [end] ; get k ; else ; ...
  std::string txn(const Words& words) {
    etcdserverpb::TxnRequest request;
    auto* branch = request.mutable_success();
    Words part;
    const auto finish = [&] {
      if (part.empty()) return;
      const Words rest(part.begin() + 1, part.end());
      if (part[0] == "if") add_compare(rest, *request.add_compare());
      if (part[0] == "put") *branch->Add()->mutable_request_put() = put_request(rest);
      if (part[0] == "del") *branch->Add()->mutable_request_delete_range() = remove_request(rest);
      if (part[0] == "get") *branch->Add()->mutable_request_range() = range_request(rest);
      if (part[0] == "else") branch = request.mutable_failure();
      part.clear();
    };
    for (const std::string& word : words) {
      if (word == ";") {
        finish();
      } else {
        part.push_back(word);
      }
    }
    finish();
    return text_of_txn(state_.txn(request));
  }
  static void add_compare(const Words& words, etcdserverpb::Compare& compare) {
    using etcdserverpb::Compare;
    const Words targets{"version", "create", "mod", "value", "lease"};
    const auto target = std::ranges::find(targets, words.at(0)) - targets.begin();
    compare.set_target(static_cast<Compare::CompareTarget>(target));
    const Words relations{"=", ">", "<", "!="};
    const auto relation = std::ranges::find(relations, words.at(1)) - relations.begin();
    compare.set_result(static_cast<Compare::CompareResult>(relation));
    compare.set_key(words.at(2));
    const std::string& wanted = words.at(3);
    if (target == Compare::VERSION) compare.set_version(std::stoll(wanted));
    if (target == Compare::CREATE) compare.set_create_revision(std::stoll(wanted));
    if (target == Compare::MOD) compare.set_mod_revision(std::stoll(wanted));
    if (target == Compare::VALUE) compare.set_value(bytes_of(wanted));
    if (target == Compare::LEASE) compare.set_lease(std::stoll(wanted));
  }
  static std::string text_of_txn(const EtcdOutcome<etcdserverpb::TxnResponse>& outcome) {
    std::string text = revision_of(outcome);
    if (!outcome) return text;
    text += outcome->succeeded() ? " then" : " else";
    for (const etcdserverpb::ResponseOp& op : outcome->responses()) {
      if (op.has_response_put()) text += " | put";
      if (op.has_response_delete_range()) {
        text += " | deleted " + std::to_string(op.response_delete_range().deleted());
      }
      if (op.has_response_range()) text += " | " + text_of_range(op.response_range());
    }
    return text;
  }

  std::string lease(const std::string& command, const Words& words) {
    if (command == "time") {
      now_ = MonotonicTime(std::chrono::milliseconds(std::stoll(words.at(0))));
      return "ok";
    }
    if (command == "extend") {
      state_.extend_leases(now_, std::chrono::milliseconds(std::stoll(words.at(0))));
      return "ok";
    }
    if (command == "expired") {
      std::string text = "expired";
      for (const std::int64_t id : state_.expired(now_)) text += " " + std::to_string(id);
      return text;
    }
    const std::int64_t id = std::stoll(words.at(0));
    if (command == "revoke") return revision_of(state_.revoke(id));
    if (command == "keep") return "ttl " + std::to_string(state_.keep_alive(id, now_).ttl());
    if (command == "grant") {
      etcdserverpb::LeaseGrantRequest request;
      request.set_id(id);
      request.set_ttl(std::stoll(words.at(1)));
      const auto outcome = state_.grant(request, now_);
      return outcome ? "granted " + std::to_string(outcome->ttl()) : refusal(outcome);
    }
    if (command == "ttl") {
      etcdserverpb::LeaseTimeToLiveRequest request;
      request.set_id(id);
      request.set_keys(true);
      const auto response = state_.time_to_live(request, now_);
      std::string text =
          "ttl " + std::to_string(response.ttl()) + " of " + std::to_string(response.grantedttl());
      for (const std::string& key : response.keys()) text += " " + key;
      return text;
    }
    return "unknown command " + command;
  }

  EtcdWatchSession::View view(EtcdState::Revision applied = 0) const {
    return {state_, applied > 0 ? applied : state_.revision(), {}};
  }
  static std::string text_of_responses(const EtcdWatchSession::Responses& responses) {
    std::string text;
    for (const etcdserverpb::WatchResponse& response : responses) {
      if (!text.empty()) text += "\n";
      text += "watch " + std::to_string(response.watch_id()) + " at " +
              std::to_string(response.header().revision());
      if (response.created()) text += " created";
      if (response.canceled()) text += " canceled " + response.cancel_reason();
      if (response.compact_revision() != 0) {
        text += "compacted " + std::to_string(response.compact_revision());
      }
      for (const mvccpb::Event& event : response.events()) {
        text += event.type() == mvccpb::Event::DELETE
                    ? " -" + event.kv().key() + "@" + std::to_string(event.kv().mod_revision())
                    : " +" + text_of(event.kv());
      }
      if (response.fragment()) text += " ...";
    }
    return text.empty() ? "nothing" : text;
  }
  // key [end] [from=N] [fragment] [progress]
  std::string watch(const Words& words) {
    etcdserverpb::WatchRequest request;
    etcdserverpb::WatchCreateRequest& create = *request.mutable_create_request();
    create.set_key(bytes_of(words.at(0)));
    for (const std::string& word : words) {
      if (&word == &words.front()) continue;
      if (word.starts_with("from=")) {
        create.set_start_revision(std::stoll(word.substr(5)));
      } else if (word == "fragment") {
        create.set_fragment(true);
      } else if (word == "progress") {
        create.set_progress_notify(true);
      } else {
        create.set_range_end(bytes_of(word));
      }
    }
    return ask(request);
  }
  std::string cancel(std::int64_t id) {
    etcdserverpb::WatchRequest request;
    request.mutable_cancel_request()->set_watch_id(id);
    return ask(request);
  }
  std::string progress() {
    etcdserverpb::WatchRequest request;
    request.mutable_progress_request();
    std::string text = ask(request);
    EtcdWatchSession::Responses responses;
    session_.report_progress(view(), responses);
    return text + "\n" + text_of_responses(responses);
  }
  std::string ask(const etcdserverpb::WatchRequest& request) {
    EtcdWatchSession::Responses responses;
    session_.on_request(request, view(), responses);
    return text_of_responses(responses);
  }
  // [applied=N] [revisions=N] [events=N]
  std::string poll(const Words& words) {
    EtcdWatchSession::Batching batching;
    EtcdState::Revision applied = 0;
    for (const std::string& word : words) {
      if (word.starts_with("applied=")) applied = std::stoll(word.substr(8));
      if (word.starts_with("revisions=")) batching.revisions_max = std::stoi(word.substr(10));
      if (word.starts_with("events=")) batching.fragment_events_max = std::stoi(word.substr(7));
    }
    EtcdWatchSession::Responses responses;
    session_.poll(view(applied), batching, responses);
    return text_of_responses(responses);
  }

  EtcdState state_;
  EtcdWatchSession session_;
  MonotonicTime now_;
};

// What the script would be if the code were right.
std::string rerun(const std::string& script) {
  Script state;
  std::istringstream in(script);
  std::string out;
  std::string answers;
  bool expecting = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      out += expecting ? answers + "\n" : "\n";
      answers.clear();
      expecting = false;
    } else if (line == "----") {
      out += "----\n";
      expecting = true;
    } else if (!expecting) {
      out += line + "\n";
      if (!line.starts_with("#")) answers += state.run(line) + "\n";
    }
  }
  return out + (expecting ? answers : "");
}

class EtcdStateScript : public testing::TestWithParam<std::string> {};

TEST_P(EtcdStateScript, AnswersAsWritten) {
  const std::string path = "tests/storage/etcd_state/" + GetParam() + ".txt";
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::stringstream script;
  script << in.rdbuf();
  const std::string answered = rerun(script.str());
  if (std::getenv("EYRIE_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << answered;
  } else {
    EXPECT_EQ(answered, script.str());
  }
}

INSTANTIATE_TEST_SUITE_P(Scripts, EtcdStateScript,
                         testing::Values("keys", "transactions", "leases", "compaction", "watch"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace eyrie::storage::fakes
