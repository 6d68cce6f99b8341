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

using Pairs = std::vector<std::pair<std::string, std::string>>;

pb::SearchRequest request_with(const Pairs& pairs) {
  pb::SearchRequest request = request_of({{1, 2}}, 1);
  request.clear_search_params();
  for (const auto& [key, value] : pairs) {
    auto* pair = request.add_search_params();
    pair->set_key(key);
    pair->set_value(value);
  }
  return request;
}

struct LimitAndEf {
  int limit = 0;
  int ef = 0;

  bool operator==(const LimitAndEf&) const = default;
};

LimitAndEf numbers_of(const Pairs& pairs) {
  const pb::SearchRequest request = request_with(pairs);
  EXPECT_TRUE(check_search(request, {}).ok()) << check_search(request, {});
  const auto read = read_search(request, make_collection(), {});
  EXPECT_TRUE(read.has_value());
  return read ? LimitAndEf{read->limit(), read->ef()} : LimitAndEf();
}

TEST(SearchRequest, LimitAndEfArePairsOrInsideParams) {
  EXPECT_EQ(numbers_of({}), (LimitAndEf{10, 10}));
  EXPECT_EQ(numbers_of({{"topk", "5"}}), (LimitAndEf{5, 5}));
  EXPECT_EQ(numbers_of({{"limit", "5"}, {"ef", "64"}}), (LimitAndEf{5, 64}));
  EXPECT_EQ(numbers_of({{"limit", "5"}, {"topk", "6"}}), (LimitAndEf{6, 6}));
  EXPECT_EQ(numbers_of({{"topk", "5"}, {"params", R"({"ef": 64})"}}), (LimitAndEf{5, 64}));
  EXPECT_EQ(numbers_of({{"params", R"({"ef": 64})"}, {"ef", "32"}}), (LimitAndEf{10, 64}));
  EXPECT_EQ(numbers_of({{"topk", "5"}, {"params", R"({"nprobe": 10, "ef_": -5})"}}),
            (LimitAndEf{5, 5}));
  EXPECT_EQ(numbers_of({{"topk", "5"}, {"params", "{}"}}), (LimitAndEf{5, 5}));
  EXPECT_EQ(numbers_of({{"topk", "50"}, {"ef", "1"}}), (LimitAndEf{50, 50}));
}

TEST(SearchRequest, ANumberThatIsNoneIsRefusedByItsName) {
  const std::vector<std::pair<Pairs, std::string>> refused = {
      {{{"topk", "abc"}}, "topk [abc]"},
      {{{"topk", "12abc"}}, "topk [12abc]"},
      {{{"topk", ""}}, "topk []"},
      {{{"limit", "1.5"}}, "limit [1.5]"},
      {{{"topk", "5"}, {"ef", "64 "}}, "ef [64 ]"},
      {{{"topk", "99999999999999999999"}}, "topk [99999999999999999999]"},
      {{{"topk", "4294967297"}}, "topk [4294967297]"},
      {{{"ef", "-5"}}, "ef [-5]"},
      {{{"ef", "4294967297"}}, "ef [4294967297]"},
      {{{"params", R"({"ef": -5})"}}, "ef [-5]"},
      {{{"params", R"({"ef": null, "nprobe": 10})"}}, "ef [null]"},
      {{{"params", R"({"ef": "64"})"}}, "ef [\"64\"]"},
      {{{"params", R"({"ef": 6.5})"}}, "ef ["},
      {{{"params", R"({"ef": 64)"}}, R"(params [{"ef": 64])"},
      {{{"params", R"({"ef": 64} {})"}}, R"(params [{"ef": 64} {}])"},
      {{{"params", "{'ef': 64}"}}, "params [{'ef': 64}]"},
      {{{"params", "[64]"}}, "params [[64]]"},
      {{{"params", ""}}, "params []"}};
  for (const auto& [pairs, named] : refused) {
    const Status status = check_search(request_with(pairs), {});
    EXPECT_EQ(status.code(), Code::invalid_argument) << named;
    EXPECT_NE(status.message().find(named), std::string::npos) << status;
    EXPECT_FALSE(read_search(request_with(pairs), make_collection(), {}).has_value()) << named;
  }
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
