// `eyrie search`: the words nearest to a word.
#include <algorithm>
#include <cstdio>

#include <boost/json.hpp>

#include "nodes/main/commands.h"
#include "nodes/main/exit_code.h"
#include "runtime/task_group.h"

namespace eyrie::main {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

constexpr Duration kAnswerTimeout = 30s;
constexpr std::int32_t kInvalidParameter = 1100;  // of Milvus's table
constexpr int kEfMin = 128;                       // candidates that a graph is walked with

struct Neighbour {
  std::string word;
  float score = 0;
};

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

// Empty if there is no such row.
Task<Result<std::vector<float>>> find_vector(const SearchCommand& command, Environment& environment,
                                             client::Client& server) {
  pb::QueryRequest request;
  request.set_collection_name(command.server.collection);
  request.set_consistency_level(common::Strong);
  request.set_expr(std::string(kKeyField) + " == " + quoted(command.like));
  request.add_output_fields(kVectorField);
  EYRIE_CO_TRY(const pb::QueryResults found,
               co_await ask_patiently<pb::QueryResults>(environment, server, "Query",
                                                        std::move(request), kStartPatience));
  for (const schema::FieldData& field : found.fields_data()) {
    if (field.field_name() != kVectorField) continue;
    const auto& values = field.vectors().float_vector().data();
    if (!values.empty()) co_return std::vector<float>(values.begin(), values.end());
  }
  co_return std::vector<float>();
}

void add_parameter(pb::SearchRequest& request, const std::string& key, std::int64_t value) {
  auto* pair = request.add_search_params();
  pair->set_key(key);
  pair->set_value(std::to_string(value));
}

Task<Result<std::vector<Neighbour>>> find_nearest(const SearchCommand& command,
                                                  Environment& environment, client::Client& server,
                                                  std::vector<float> vector) {
  pb::SearchRequest request;
  request.set_collection_name(command.server.collection);
  request.set_consistency_level(common::Strong);
  request.set_placeholder_group(client::placeholder_group(vector.data(), vector.size()));
  add_parameter(request, "topk", command.limit + 1);  // one will be the word itself
  add_parameter(request, "ef", std::max<std::int64_t>(2 * (command.limit + 1), kEfMin));
  EYRIE_CO_TRY(const pb::SearchResults found,
               co_await ask<pb::SearchResults>(environment, server, "Search", std::move(request),
                                               kAnswerTimeout));
  std::vector<Neighbour> nearest;
  const auto& words = found.results().ids().str_id().data();
  const int rows = std::min(words.size(), found.results().scores_size());
  for (int row = 0; row < rows && std::ssize(nearest) < command.limit; ++row) {
    if (words.Get(row) == command.like) continue;
    nearest.push_back({words.Get(row), found.results().scores(row)});
  }
  co_return nearest;
}

void print_lines(const std::vector<Neighbour>& nearest) {
  for (const Neighbour& neighbour : nearest) {
    std::printf("%.4f  %s\n", static_cast<double>(neighbour.score), neighbour.word.c_str());
  }
}

void print_json(const SearchCommand& command, const std::vector<Neighbour>& nearest) {
  boost::json::array list;
  for (const Neighbour& neighbour : nearest) {
    list.push_back(boost::json::object{{"word", neighbour.word},
                                       {"score", static_cast<double>(neighbour.score)}});
  }
  const boost::json::object page{{"collection", command.server.collection},
                                 {"like", command.like},
                                 {"nearest", std::move(list)}};
  std::printf("%s\n", boost::json::serialize(page).c_str());
}

int give_up_interrupted(const SearchCommand& command) {
  return give_up(command.server, kExitInterrupted, Status(Code::cancelled, "interrupted"));
}

Task<int> search(const SearchCommand& command, Environment& environment, client::Client& server,
                 Gate& stop) {
  Result<std::vector<float>> vector = co_await find_vector(command, environment, server);
  if (stop.is_open()) co_return give_up_interrupted(command);
  if (!vector) co_return complain_about(vector.error(), command.server);
  if (vector->empty()) {
    // 100, Milvus's code of what is not found, is that of collections.
    co_return give_up(
        command.server, kExitWrongUse,
        Status(Code::not_found, "collection '" + command.server.collection +
                                    "' has no row named '" + command.like + "' (--like)")
            .with_milvus_code(kInvalidParameter));
  }
  const Result<std::vector<Neighbour>> nearest =
      co_await find_nearest(command, environment, server, std::move(*vector));
  if (stop.is_open()) co_return give_up_interrupted(command);
  if (!nearest) co_return complain_about(nearest.error(), command.server);
  if (command.server.json) {
    print_json(command, *nearest);
  } else {
    print_lines(*nearest);
  }
  co_return kExitOk;
}

Task<void> cancel_when_asked(Gate& stop, Scope& scope) {
  if ((co_await stop.wait()).ok()) scope.cancel();
}

// The first signal ends it.
Task<int> search_until_stopped(const SearchCommand& command, Environment& environment,
                               client::Client& server, Gate& stop) {
  Scope searching(co_await this_scope());
  TaskGroup watching(co_await this_scope());
  watching.spawn(cancel_when_asked(stop, searching));
  const int exit_code = co_await search(command, environment, server, stop).in(searching);
  watching.cancel();
  co_await watching.join();
  co_return exit_code;
}

}  // namespace

int run_search(const SearchCommand& command) {
  return run_client(command.server,
                    [&](Environment& environment, client::Client& server, Gate& stop) {
                      return search_until_stopped(command, environment, server, stop);
                    });
}

}  // namespace eyrie::main
