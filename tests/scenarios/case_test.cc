// A case comes back as it was written, and no bytes whatever make its reader do more than refuse.
#include "scenarios/plan/case.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nodes/settings/all.h"
#include "scenarios/plan/cut.h"

namespace eyrie::scenarios {
namespace {

constexpr std::size_t kRows = 50;
constexpr std::uint64_t kSeed = 2;  // one with faults

constexpr char kSmall[] = R"(name: small
words: [20, 30]
clients: 3
calls_per_client: 20
faults: [5, 9]
fault_kinds: [pause, process_kill]
)";

Words words_of(std::size_t n) {
  Words words;
  words.dimension = 1;
  for (std::size_t i = 0; i < n; ++i) {
    words.words.push_back("w" + std::to_string(i));
    words.values.push_back(static_cast<float>(i));
    words.rows.emplace(words.words.back(), i);
  }
  return words;
}

Case some_case(std::uint64_t seed) {
  Case saved;
  saved.source = "v1-2-gabc";
  saved.verdict = "violated";
  saved.property = "P4";
  saved.trace_hash = 0xfedcba9876543210;
  saved.plan = make_plan(parse_scenario(kSmall, "small.yaml").value(), words_of(kRows), seed);
  return saved;
}

// The sentence that refuses the case after its text was changed in one place.
std::string refusal(const std::string& from, const std::string& to) {
  std::string text = to_json(some_case(kSeed));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const Result<Case> read = read_case(text, "small.json", kRows);
  return read ? "accepted" : read.error().message();
}

RC_GTEST_PROP(Case, ComesBackAsItWasWritten, (std::uint64_t seed, std::uint64_t hash)) {
  Case saved = some_case(seed);
  saved.trace_hash = hash;
  saved.plan.executor.shuffle_ready = hash % 2 == 0;
  const std::string text = to_json(saved);
  const Result<Case> read = read_case(text, "small.json", kRows);
  RC_ASSERT(read.has_value());
  RC_ASSERT(to_json(*read) == text);
  RC_ASSERT(read->trace_hash == hash);
  RC_ASSERT(read->plan.seed == seed);
}

TEST(Case, KeepsItsLatency) {
  Case saved = some_case(kSeed);
  saved.plan.latency = {7, 8, 9, 10, 11};
  const sim::LatencyOptions read =
      read_case(to_json(saved), "small.json", kRows).value().plan.latency;
  EXPECT_EQ(read.base_min, 7);
  EXPECT_EQ(read.base_max, 8);
  EXPECT_EQ(read.tail_max, 9);
  EXPECT_EQ(read.tail_one_in, 10u);
  EXPECT_EQ(read.nanoseconds_per_byte, 11);
  saved.plan.latency = {9, 8, 9, 10, 1};
  EXPECT_EQ(read_case(to_json(saved), "small.json", kRows).error().message(),
            "small.json: latency: base_min is greater than base_max");
}

TEST(Case, KeepsItsPlantedBugAndSaysNothingOfNone) {
  Case saved = some_case(kSeed);
  EXPECT_EQ(to_json(saved).find("bug"), std::string::npos);
  EXPECT_EQ(read_case(to_json(saved), "small.json", kRows).value().bug, "");
  saved.bug = "some_bug";
  EXPECT_EQ(read_case(to_json(saved), "small.json", kRows).value().bug, "some_bug");
}

TEST(Case, KeepsWhichMachinesAreLostInTheEnd) {
  Case saved = some_case(kSeed);
  saved.plan.lost.clear();
  EXPECT_EQ(to_json(saved).find("lost"), std::string::npos);
  EXPECT_TRUE(read_case(to_json(saved), "small.json", kRows).value().plan.lost.empty());
  saved.plan.lost = {"proxy-2", "query-1"};
  EXPECT_EQ(read_case(to_json(saved), "small.json", kRows).value().plan.lost, saved.plan.lost);
  const auto refusal_of = [&saved](std::vector<std::string> lost) {
    saved.plan.lost = std::move(lost);
    return read_case(to_json(saved), "small.json", kRows).error().message();
  };
  EXPECT_EQ(refusal_of({"proxy-2", "proxy-1"}),
            "small.json: lost: nobody is left of proxy-1 and its peers");
  EXPECT_EQ(refusal_of({"proxy-3"}),
            "small.json: lost: there is no machine 'proxy-3' of the database");
  EXPECT_EQ(refusal_of({"s3"}), "small.json: lost: there is no machine 's3' of the database");
}

// Cases that are older than the field are of HNSW.
TEST(Case, KeepsItsIndexAndSaysNothingOfTheUsualOne) {
  Case saved = some_case(kSeed);
  saved.plan.index = IndexType::hnsw;
  EXPECT_EQ(to_json(saved).find("index"), std::string::npos);
  EXPECT_EQ(read_case(to_json(saved), "small.json", kRows).value().plan.index, IndexType::hnsw);
  saved.plan.index = IndexType::flat;
  EXPECT_EQ(read_case(to_json(saved), "small.json", kRows).value().plan.index, IndexType::flat);
}

TEST(Case, KeepsTheCandidatesOfASearchAndSaysNothingOfTheUsualOnes) {
  Case saved = some_case(kSeed);
  ASSERT_FALSE(saved.plan.clients.empty());
  ClientOp search;
  search.kind = OpKind::search;
  saved.plan.clients.assign(1, {search, search});
  EXPECT_EQ(to_json(saved).find("\"ef\""), std::string::npos);
  saved.plan.clients[0][1].ef = 4;
  const std::vector<ClientOp> read =
      read_case(to_json(saved), "small.json", kRows).value().plan.clients.at(0);
  EXPECT_EQ(read.at(0).ef, 64);
  EXPECT_EQ(read.at(1).ef, 4);
}

// So that it stays what it was when a default changes.
TEST(Case, NamesEverySettingWithItsValue) {
  const Case saved = some_case(kSeed);
  for (const SettingDeclaration* each : settings::all().all()) {
    EXPECT_TRUE(saved.plan.settings.contains(std::string(each->name))) << each->name;
  }
}

TEST(Case, KeepsEveryFieldOfItsPlan) {
  const Case saved = some_case(kSeed);
  const Case read = read_case(to_json(saved), "small.json", kRows).value();
  EXPECT_EQ(read.source, saved.source);
  EXPECT_EQ(read.verdict, saved.verdict);
  EXPECT_EQ(read.property, saved.property);
  const Plan& plan = read.plan;
  EXPECT_EQ(plan.scenario, "small");
  EXPECT_EQ(plan.shards, saved.plan.shards);
  EXPECT_EQ(plan.words, saved.plan.words);
  EXPECT_EQ(plan.settings, saved.plan.settings);
  EXPECT_TRUE(plan.settings.contains("membership.lease"));
  EXPECT_EQ(plan.topology.wall_skew_max, saved.plan.topology.wall_skew_max);
  EXPECT_EQ(plan.executor.shuffle_ready, saved.plan.executor.shuffle_ready);
  EXPECT_EQ(plan.executor.offload_reads_at_end, saved.plan.executor.offload_reads_at_end);
  ASSERT_EQ(plan.clients.size(), saved.plan.clients.size());
  for (std::size_t client = 0; client < plan.clients.size(); ++client) {
    ASSERT_EQ(plan.clients[client].size(), saved.plan.clients[client].size());
    for (std::size_t i = 0; i < plan.clients[client].size(); ++i) {
      const ClientOp& op = plan.clients[client][i];
      const ClientOp& before = saved.plan.clients[client][i];
      EXPECT_EQ(op.kind, before.kind);
      EXPECT_EQ(op.level, before.level);
      EXPECT_EQ(op.gap, before.gap);
      EXPECT_EQ(op.query_row, before.query_row);
      EXPECT_EQ(op.limit, before.limit);
      ASSERT_EQ(op.rows.size(), before.rows.size());
      for (std::size_t row = 0; row < op.rows.size(); ++row) {
        EXPECT_EQ(op.rows[row].word, before.rows[row].word);
        EXPECT_EQ(op.rows[row].version, before.rows[row].version);
      }
    }
  }
  ASSERT_EQ(plan.faults.size(), saved.plan.faults.size());
  ASSERT_FALSE(plan.faults.empty());
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    EXPECT_EQ(plan.faults[i].kind, saved.plan.faults[i].kind);
    EXPECT_EQ(plan.faults[i].target, saved.plan.faults[i].target);
    EXPECT_EQ(plan.faults[i].peer, saved.plan.faults[i].peer);
    EXPECT_EQ(plan.faults[i].at, saved.plan.faults[i].at);
    EXPECT_EQ(plan.faults[i].duration, saved.plan.faults[i].duration);
  }
}

TEST(Case, IsRefusedInASentenceThatNamesTheFileAndThePlace) {
  EXPECT_EQ(refusal("\"format\": 3", "\"format\": 9"),
            "small.json: case format 9; this program reads format 3");
  EXPECT_EQ(refusal("\"shards\": ", "\"shard\": "), "small.json: field 'shards' is missing");
  EXPECT_EQ(refusal("\"shards\": ", "\"shards\": -"),
            "small.json: 'shards' must be a whole number from 1 to 64");
  EXPECT_EQ(refusal("\"source\": ", "\"planet\": 3,\n\"source\": "),
            "small.json: unknown field 'planet'");
  EXPECT_EQ(refusal("\"words\": [", "\"words\": [50, "),
            "small.json: word 50 is none of the 50 words of the data");
  EXPECT_EQ(refusal("\"seed\": \"", "\"seed\": \"-"),
            "small.json: 'seed' must be a text of decimal digits below 2^64");
  EXPECT_EQ(refusal("\"trace_hash\": \"f", "\"trace_hash\": \"g"),
            "small.json: 'trace_hash' must be a text of 16 hexadecimal digits below 2^64");
  EXPECT_EQ(refusal("\"faults\": [", "\"faults\": [7,"),
            "small.json: fault 0: must be a JSON object");
  EXPECT_EQ(refusal("\"faults\": [",
                    R"("faults": [{"kind":"meteor","target":"0","peer":"0","at":0,"duration":0},)"),
            "small.json: fault 0: unknown fault kind 'meteor'");
  EXPECT_EQ(refusal("\"clients\": [", R"("clients": [[{"do":"insert","gap":0}],)"),
            "small.json: client 0: operation 0: insert must name a word in 'rows'");
  EXPECT_EQ(refusal("\"clients\": [", R"("clients": [[{"do":"sing","gap":0}],)"),
            "small.json: client 0: operation 0: unknown do 'sing'");
  EXPECT_EQ(refusal("\"clients\": [", R"("clients": [[{"do":"count","gap":1.5}],)"),
            "small.json: client 0: operation 0: 'gap' must be a whole number from 0 to "
            "86400000000000");
  EXPECT_EQ(refusal("\"clients\": [", R"("clients": [[{"do":"query","gap":0,"rows":[[1,2,3]]}],)"),
            "small.json: client 0: operation 0: a row must be a word or [word, version]");
  EXPECT_EQ(refusal("\"words\": [", "\"lost\": [7],\n\"words\": ["),
            "small.json: lost 0: must be a name");
  EXPECT_EQ(refusal("{", "(").substr(0, 32), "small.json: this is not JSON (sy");
}

TEST(Case, AWordHasOneWriter) {
  Case saved = some_case(kSeed);
  ClientOp op;
  op.kind = OpKind::upsert;
  op.rows = {{7, 1}};
  saved.plan.clients = {{op}, {op}};
  const Result<Case> read = read_case(to_json(saved), "small.json", kRows);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message(),
            "small.json: word 7 is written by the clients 0 and 1; a word has one writer");
}

// Bytes exchanged, dropped, doubled or put in somewhere.
void damage(std::string& text) {
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const auto length = std::min(*rc::gen::inRange<std::size_t>(1, 40), text.size() - at);
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      text[at] = *rc::gen::arbitrary<char>();
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(at, text.substr(at, length));
      break;
    default:
      text.insert(at, *rc::gen::element<std::string>("-", "9", "[", "{}", "\"", "null", "1e99",
                                                     "18446744073709551616", "\\u0000"));
  }
}

RC_GTEST_PROP(Case, NoBytesCrashItsReader, ()) {
  for (int i = 0; i < 20; ++i) {
    std::string text = to_json(some_case(*rc::gen::inRange<std::uint64_t>(1, 4)));
    const int times = *rc::gen::inRange(1, 6);
    for (int each = 0; each < times; ++each) damage(text);
    const Result<Case> read = read_case(text, "small.json", kRows);
    if (read) {
      RC_ASSERT(check_plan(read->plan, "", kRows).ok());
    } else {
      RC_ASSERT(read.error().code() == Code::invalid_argument);
      RC_ASSERT(read.error().message().starts_with("small.json: "));
    }
  }
}

TEST(CutPlan, KeepsTheBeginningOfEachClientAndWhatItNames) {
  const Plan whole = some_case(kSeed).plan;
  const Plan cut = cut_plan(whole, 4);
  ASSERT_EQ(cut.clients.size(), whole.clients.size());
  for (const auto& ops : cut.clients) EXPECT_EQ(ops.size(), 4u);
  EXPECT_LT(cut.words.size(), whole.words.size());
  EXPECT_LT(cut.faults.size(), whole.faults.size());
  EXPECT_TRUE(check_plan(cut, "cut", kRows).ok());
}

}  // namespace
}  // namespace eyrie::scenarios
