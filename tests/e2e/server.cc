#include "tests/e2e/server.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"

namespace eyrie::test {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

constexpr Duration kCallTimeout = 30s;
constexpr Duration kUpsertTimeout = 4s;
constexpr std::size_t kNamesAtOnce = 2'000;

std::string quoted(const std::string& name) {
  std::string text = "'";
  for (const char c : name) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

pb::QueryRequest query_request() {
  pb::QueryRequest request;
  request.set_collection_name(kCollection);
  request.set_consistency_level(common::Strong);
  return request;
}

Task<void> count_rows(Environment& environment, client::Client& client, std::int64_t& count) {
  pb::QueryRequest request = query_request();
  request.add_output_fields("count(*)");
  EYRIE_CO_ASSERT_TRY(
      const pb::QueryResults answer,
      co_await client.call<pb::QueryResults>("Query", std::move(request),
                                             environment.clock.monotonic() + kCallTimeout));
  EYRIE_CO_ASSERT_OK(client::from_milvus(answer.status()));
  EYRIE_CO_ASSERT(answer.fields_data_size() == 1);
  count = answer.fields_data(0).scalars().long_data().data(0);
}

template <class Request>
Task<void> call_once(Environment& environment, client::Client& client, std::string method) {
  Request request;
  request.set_collection_name(kCollection);
  EYRIE_CO_ASSERT_TRY(
      const common::Status answer,
      co_await client.call<common::Status>(std::move(method), std::move(request),
                                           environment.clock.monotonic() + kCallTimeout));
  EYRIE_CO_ASSERT_OK(client::from_milvus(answer));
}

Task<void> upsert_once(Environment& environment, client::Client& client, std::string name,
                       std::string vector, Status& status) {
  pb::UpsertRequest request;
  request.set_collection_name(kCollection);
  request.set_num_rows(1);
  auto* key = request.add_fields_data();
  key->set_field_name("word");
  key->set_type(schema::VarChar);
  key->mutable_scalars()->mutable_string_data()->add_data(std::move(name));
  auto* column = request.add_fields_data();
  column->set_field_name("vector");
  column->set_type(schema::FloatVector);
  auto& values = *column->mutable_vectors()->mutable_float_vector()->mutable_data();
  values.Resize(static_cast<int>(vector.size() / sizeof(float)), 0);
  std::memcpy(values.mutable_data(), vector.data(), vector.size());
  column->mutable_vectors()->set_dim(values.size());
  const Result<pb::MutationResult> answer = co_await client.call<pb::MutationResult>(
      "Upsert", std::move(request), environment.clock.monotonic() + kUpsertTimeout);
  status = answer ? client::from_milvus(answer->status()) : answer.error();
}

const schema::FieldData* find_field(const pb::QueryResults& answer, const std::string& name) {
  for (const schema::FieldData& field : answer.fields_data()) {
    if (field.field_name() == name) return &field;
  }
  return nullptr;
}

}  // namespace

Server::Server()
    : data_(folder_.path() + "/data"), address_("127.0.0.1:" + std::to_string(free_port())) {}

std::vector<std::string> Server::standalone_arguments() const {
  return {"standalone", "--data", data(), "--listen", address_, "--log-level", "debug"};
}

bool Server::start() {
  program_ = std::make_unique<Program>(folder(), standalone_arguments());
  const bool ready = program_->wait_for_out("ready");
  EXPECT_TRUE(ready) << program_->errors();
  return ready;
}

void Server::kill() {
  program_->signal(SIGKILL);
  EXPECT_EQ(program_->wait(), 128 + SIGKILL) << program_->errors();
}

int Server::stop() {
  program_->signal(SIGTERM);
  return program_->wait();
}

std::vector<std::string> Server::command(const std::string& name,
                                         const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {name, "--collection", kCollection, "--address", address_};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Finished Server::run(const std::string& name, const std::vector<std::string>& arguments) const {
  return run_program(folder(), command(name, arguments));
}

Task<void> Server::run_with_client(const Body& body, Address address, Environment& environment) {
  client::Client client(environment, std::move(address), "eyrie");
  co_await body(environment, client);
  co_await client.stop();
}

void Server::with_client(const Body& body) {
  const Result<Address> address = parse_address(address_);
  ASSERT_TRUE(address.has_value());
  world_.run("client", [&](Environment& environment) {
    return run_with_client(body, *address, environment);
  });
}

std::int64_t Server::count() {
  std::int64_t count = -1;
  with_client([&](Environment& environment, client::Client& client) {
    return count_rows(environment, client, count);
  });
  return count;
}

Task<void> Server::read_some(Environment& environment, client::Client& client,
                             std::vector<std::string> names, Rows& rows) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quoted(name);
  pb::QueryRequest request = query_request();
  request.set_expr("word in [" + list + "]");
  request.add_output_fields("vector");
  EYRIE_CO_ASSERT_TRY(
      const pb::QueryResults answer,
      co_await client.call<pb::QueryResults>("Query", std::move(request),
                                             environment.clock.monotonic() + kCallTimeout));
  EYRIE_CO_ASSERT_OK(client::from_milvus(answer.status()));
  const schema::FieldData* keys = find_field(answer, "word");
  const schema::FieldData* vectors = find_field(answer, "vector");
  EYRIE_CO_ASSERT(keys != nullptr && vectors != nullptr);
  const auto& found = keys->scalars().string_data().data();
  const auto& values = vectors->vectors().float_vector().data();
  const auto width = static_cast<std::size_t>(vectors->vectors().dim());
  EYRIE_CO_ASSERT(static_cast<std::size_t>(values.size()) ==
                  static_cast<std::size_t>(found.size()) * width);
  for (int row = 0; row < found.size(); ++row) {
    std::string bytes(width * sizeof(float), '\0');
    std::memcpy(bytes.data(), values.data() + static_cast<std::size_t>(row) * width, bytes.size());
    EXPECT_TRUE(rows.emplace(found.Get(row), std::move(bytes)).second)
        << found.Get(row) << " was returned twice";
  }
}

Rows Server::read(const std::vector<std::string>& names) {
  Rows rows;
  for (std::size_t begin = 0; begin < names.size(); begin += kNamesAtOnce) {
    const std::size_t end = std::min(begin + kNamesAtOnce, names.size());
    const std::vector<std::string> some(names.begin() + static_cast<std::ptrdiff_t>(begin),
                                        names.begin() + static_cast<std::ptrdiff_t>(end));
    with_client([&](Environment& environment, client::Client& client) {
      return read_some(environment, client, some, rows);
    });
  }
  return rows;
}

Status Server::upsert(const std::string& name, const std::string& vector) {
  Status status;
  with_client([&](Environment& environment, client::Client& client) {
    return upsert_once(environment, client, name, vector, status);
  });
  return status;
}

template <class Request>
void Server::call(const std::string& method) {
  with_client([&](Environment& environment, client::Client& client) {
    return call_once<Request>(environment, client, method);
  });
}
template void Server::call<pb::ReleaseCollectionRequest>(const std::string& method);

std::string fvecs_row(const std::vector<float>& values) {
  const auto dimension = static_cast<std::int32_t>(values.size());
  std::string row(sizeof dimension + values.size() * sizeof(float), '\0');
  std::memcpy(row.data(), &dimension, sizeof dimension);
  std::memcpy(row.data() + sizeof dimension, values.data(), values.size() * sizeof(float));
  return row;
}

}  // namespace eyrie::test
