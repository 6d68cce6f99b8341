// What clients send to a proxy and read out of its answers.
//
// A row is (word, vector, version); its vector is that of payload_row(word, version). Errors of an
// answer are in its status; what else it may hold wrongly is left to the checkers.
#pragma once

#include <string>
#include <vector>

#include "nodes/client/client.h"
#include "scenarios/history/history.h"

namespace eyrie::scenarios {

inline constexpr char kCollection[] = "words";
// As plans number them: 0 is the words.
std::string collection_name(std::uint32_t collection);
// The number at the end of a virtual channel's name (D3); -1 if there is none.
std::int32_t shard_number(const std::string& virtual_channel);
// As an expression has it: 'queen'.
std::string quoted(const std::string& word);

client::pb::CreateCollectionRequest create_request(const std::string& called, const Words& words,
                                                   std::int32_t shards, IndexType index);
// Of the words that are asked for; none: count(*).
client::pb::QueryRequest query_request(const std::string& collection, const Words& words,
                                       const std::vector<std::uint32_t>& asked, Level level,
                                       std::uint64_t timestamp);

template <class Request>
Request named(const std::string& collection) {
  Request request;
  request.set_collection_name(collection);
  return request;
}

// An answer's status and the call's own, as one.
inline const milvus::proto::common::Status& status_part(
    const milvus::proto::common::Status& status) {
  return status;
}
template <class Response>
const milvus::proto::common::Status& status_part(const Response& response) {
  return response.status();
}
template <class Response>
Status status_of_call(const Result<Response>& answer) {
  return answer ? client::from_milvus(status_part(*answer)) : answer.error();
}

// What an answer says of when each shard was read.
template <class Answer>
void read_header(const Answer& answer, Operation& record) {
  record.guarantee_timestamp = answer.guarantee_timestamp();
  for (const auto& read : answer.shard_reads()) {
    record.read_timestamps.push_back(read.read_timestamp());
    record.read_shards.push_back(shard_number(read.virtual_channel()));
  }
}
// What a query's answer says of each row.
void read_rows(const google::protobuf::RepeatedPtrField<milvus::proto::schema::FieldData>& fields,
               const google::protobuf::RepeatedField<std::uint64_t>& timestamps, const Words& words,
               std::vector<SeenRow>& seen);

}  // namespace eyrie::scenarios
