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
Result<internal::SearchParameters> read(const pb::SearchRequest& request,
                                        const ProxyOptions& options = {}) {
  EYRIE_TRY(const SearchNumbers numbers, check_search(request, options));
  return read_search(request, numbers, make_collection(), options);
}

Status refusal(const pb::SearchRequest& request, const ProxyOptions& options = {}) {
  return status_of(read(request, options));
}

TEST(SearchRequest, WhatFitsIsAskedOfTheShards) {
  const auto asked = read(request_of({{1, 2}, {3, 4}}, 10, {"weight"}));
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ(asked->queries(), 2);
  EXPECT_EQ(asked->dim(), 2);
  EXPECT_EQ(asked->limit(), 10);
  EXPECT_EQ(asked->metric_type(), "L2");
  EXPECT_EQ(asked->output_field_ids_size(), 1);
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
  const auto asked = read(request_with(pairs));
  EXPECT_TRUE(asked.has_value()) << asked.error();
  return asked ? LimitAndEf{asked->limit(), asked->ef()} : LimitAndEf();
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

TEST(SearchRequest, AWholeNumberInsideParamsMayBeAText) {
  EXPECT_EQ(numbers_of({{"topk", "5"}, {"params", R"({"ef": "64"})"}}), (LimitAndEf{5, 64}));
  EXPECT_EQ(numbers_of({{"params", R"({"limit": "5", "ef": "064"})"}}), (LimitAndEf{5, 64}));
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
      {{{"params", R"({"ef": "12abc"})"}}, "ef [12abc]"},
      {{{"params", R"({"ef": ""})"}}, "ef []"},
      {{{"params", R"({"ef": "1.5"})"}}, "ef [1.5]"},
      {{{"params", R"({"ef": " 64"})"}}, "ef [ 64]"},
      {{{"params", R"({"ef": "-5"})"}}, "ef [-5]"},
      {{{"params", R"({"ef": "99999999999999999999"})"}}, "ef [99999999999999999999]"},
      {{{"params", R"({"ef": ["64"]})"}}, "ef [[\"64\"]]"},
      {{{"params", R"({"ef": 6.5})"}}, "ef ["},
      {{{"params", R"({"ef": 64)"}}, R"(params [{"ef": 64])"},
      {{{"params", R"({"ef": 64} {})"}}, R"(params [{"ef": 64} {}])"},
      {{{"params", "{'ef': 64}"}}, "params [{'ef': 64}]"},
      {{{"params", "[64]"}}, "params [[64]]"},
      {{{"params", ""}}, "params []"}};
  for (const auto& [pairs, named] : refused) {
    const Status status = status_of(check_search(request_with(pairs), {}));
    EXPECT_EQ(status.code(), Code::invalid_argument) << named;
    EXPECT_NE(status.message().find(named), std::string::npos) << status;
  }
}

TEST(SearchRequest, APairThatIsTooLongIsRefusedAndNotRepeated) {
  const std::string params = R"({"ef": 64})";
  const std::string longest = params + std::string(kParameterBytesMax - params.size(), ' ');
  EXPECT_EQ(numbers_of({{"params", longest}}), (LimitAndEf{10, 64}));
  const std::string digits(kParameterBytesMax, '1');
  for (const Pairs& pairs : std::vector<Pairs>{{{"params", longest + " "}},
                                               {{"params", R"({"ef": ")" + digits + R"("})"}},
                                               {{"topk", digits + "1"}},
                                               {{"ef", digits + "1"}}}) {
    const Status status = status_of(check_search(request_with(pairs), {}));
    EXPECT_EQ(status.code(), Code::invalid_argument) << status;
    EXPECT_EQ(status.message().find(pairs[0].first + " has "), 0U) << status;
    EXPECT_LT(status.message().size(), 100U);
  }
  // What is for other indexes is not looked at.
  EXPECT_EQ(numbers_of({{"nprobe", digits + "1"}}), (LimitAndEf{10, 10}));
}

TEST(SearchRequest, OfALongMistakeARefusalRepeatsTheBeginning) {
  const std::string text(60u << 10, 'x');
  pb::SearchRequest filtered = request_of({{1, 2}}, 1);
  filtered.set_dsl(text);
  const std::vector<std::pair<pb::SearchRequest, std::string>> refused = {
      {filtered, "filters are not supported: xx"},
      {request_of({{1, 2}}, 1, {text}), "field xx"},
      {request_with({{"topk", text}}), "topk [xx"},
      {request_with({{"params", text}}), "params [xx"},
      {request_with({{"params", "[\"" + text + "\"]"}}), "params [[\"xx"},
      {request_with({{"params", R"({"ef": ")" + text + R"("})"}}), "ef [xx"},
      {request_with({{"params", R"({"ef": [")" + text + R"("]})"}}), "ef [[\"xx"}};
  for (const auto& [request, named] : refused) {
    const Status status = refusal(request);
    EXPECT_EQ(status.code(), Code::invalid_argument) << named;
    EXPECT_EQ(status.message().find(named), 0U) << status;
    EXPECT_LT(status.message().size(), 400U) << named;
  }
}

TEST(SearchRequest, WhatIsWrongForEveryCollectionIsFoundWithoutOne) {
  pb::SearchRequest filtered = request_of({{1, 2}}, 1);
  filtered.set_dsl("weight > 3");
  for (const pb::SearchRequest& wrong :
       {filtered, request_of({{1, 2}}, 0), request_of({{1, 2}}, 16'385)}) {
    EXPECT_EQ(status_of(check_search(wrong, {})).code(), Code::invalid_argument)
        << wrong.ShortDebugString();
  }
  EXPECT_EQ(status_of(check_search(request_of({{1, 2}}, 0), {})).milvus_code(), 65535);
  EXPECT_TRUE(check_search(request_of({{1, 2}}, 1), {}).has_value());
  EXPECT_TRUE(check_search(request_of({{1, 2}}, 16'384), {}).has_value());
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
