#include "nodes/proxy/search_request.h"

#include <limits>

#include <gtest/gtest.h>

#include "nodes/proto/milvus/common.pb.h"
#include "tests/nodes/proxy/collection.h"

namespace eyrie::proxy {
namespace {

namespace pb = milvus::proto::milvus;
namespace common = milvus::proto::common;

pb::SearchRequest request_of(const std::vector<std::vector<float>>& queries, int limit,
                             const std::vector<std::string>& fields = {}) {
  common::PlaceholderGroup group;
  auto* placeholder = group.add_placeholders();
  for (const std::vector<float>& query : queries) {
    placeholder->add_values(
        std::string(reinterpret_cast<const char*>(query.data()), query.size() * sizeof(float)));
  }
  pb::SearchRequest request;
  request.set_placeholder_group(group.SerializeAsString());
  auto* pair = request.add_search_params();
  pair->set_key("topk");
  pair->set_value(std::to_string(limit));
  for (const std::string& field : fields) request.add_output_fields(field);
  return request;
}

// As the proxy has it: first what needs no collection.
Status refusal(const pb::SearchRequest& request, const ProxyOptions& options = {}) {
  EYRIE_RETURN_IF_ERROR(check_search(request, options));
  return status_of(read_search(request, make_collection(), options));
}

TEST(SearchRequest, WhatFitsIsAskedOfTheShards) {
  const auto read =
      read_search(request_of({{1, 2}, {3, 4}}, 10, {"weight"}), make_collection(), {});
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->queries(), 2);
  EXPECT_EQ(read->dim(), 2);
  EXPECT_EQ(read->limit(), 10);
  EXPECT_EQ(read->metric_type(), "L2");
  EXPECT_EQ(read->output_field_ids_size(), 1);
}

TEST(SearchRequest, WhatCannotBeServedIsTheCallersMistake) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  pb::SearchRequest filtered = request_of({{1, 2}}, 1);
  filtered.set_dsl("weight > 3");
  int number = 0;
  for (const pb::SearchRequest& wrong :
       {request_of({{1, nan}}, 1), request_of({{1, 2}, {-infinity, 1}}, 1), request_of({}, 1),
        request_of({{1, 2, 3}}, 1), request_of({{1, 2}}, 0), request_of({{1, 2}}, 16'385),
        request_of({{1, 2}}, 1, {"colour"}), filtered}) {
    EXPECT_EQ(refusal(wrong).code(), Code::invalid_argument) << number++;
  }
  EXPECT_EQ(refusal(request_of({{1, nan}}, 1)).milvus_code(), 1100);
}

TEST(SearchRequest, WhatIsWrongForEveryCollectionIsFoundWithoutOne) {
  pb::SearchRequest filtered = request_of({{1, 2}}, 1);
  filtered.set_dsl("weight > 3");
  for (const pb::SearchRequest& wrong :
       {filtered, request_of({{1, 2}}, 0), request_of({{1, 2}}, 16'385)}) {
    EXPECT_EQ(check_search(wrong, {}).code(), Code::invalid_argument) << wrong.ShortDebugString();
  }
  EXPECT_EQ(check_search(request_of({{1, 2}}, 0), {}).milvus_code(), 65535);
  EXPECT_TRUE(check_search(request_of({{1, 2}}, 1), {}).ok());
  EXPECT_TRUE(check_search(request_of({{1, 2}}, 16'384), {}).ok());
}

TEST(SearchRequest, AnAnswerThatNoMessageHoldsIsRefusedBeforeItIsMade) {
  const std::vector<std::vector<float>> many(16'384, {1, 2});
  const Status refused = refusal(request_of(many, 16'384));
  EXPECT_EQ(refused.code(), Code::invalid_argument);
  EXPECT_EQ(refused.milvus_code(), 1100);
  EXPECT_NE(refused.message().find("result_bytes_max"), std::string::npos);
  EXPECT_TRUE(refusal(request_of(many, 10)).ok());
}

TEST(SearchRequest, TheFieldsAskedForCount) {
  ProxyOptions options;
  options.result_bytes_max = 10 * 26;  // ten rows of hit and key, not of a vector too
  EXPECT_TRUE(refusal(request_of({{1, 2}}, 10), options).ok());
  EXPECT_FALSE(refusal(request_of({{1, 2}}, 11), options).ok());
  EXPECT_FALSE(refusal(request_of({{1, 2}}, 10, {"vector"}), options).ok());
}

}  // namespace
}  // namespace eyrie::proxy
