#include "scenarios/live/recovery.h"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/combine.h"
#include "runtime/sync.h"
#include "scenarios/clients/steps.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kCallTimeout = 1500ms;
constexpr Duration kPause = 50ms;
constexpr Duration kAnsweredPause = 250ms;  // each answer is one more write of the same words
constexpr std::size_t kStepsWords = 16;     // the first ones are for what is asked in the end

ClientContext impatient(ClientContext context) {
  context.call_timeout = kCallTimeout;
  return context;
}

}  // namespace

std::vector<std::uint32_t> words_of_probe(const Plan& plan, const Words& words, std::size_t number,
                                          std::size_t probes) {
  const std::vector<std::uint32_t> spare = spare_words(plan, words);
  std::vector<std::uint32_t> own;
  std::map<std::int32_t, std::size_t> counts;
  for (std::size_t i = kStepsWords + number; i < spare.size(); i += probes) {
    const std::int32_t shard = shard_of_word(words.words[spare[i]], plan.shards);
    if (counts[shard] == kProbeWordsAShard) continue;
    ++counts[shard];
    own.push_back(spare[i]);
  }
  return own;
}

struct Recovery::Probe {
  Probe(Environment& environment, ClientContext context, const Address& proxy, std::size_t number,
        std::vector<std::uint32_t> own)
      : words(std::move(own)),
        calls(environment, impatient(context), context.plan.clients.size() + number,
              machine_name("probe", number), {proxy}) {}

  std::vector<PlannedRow> rows(std::int64_t of_version) const {
    std::vector<PlannedRow> planned;
    for (const std::uint32_t word : words) planned.push_back({word, of_version});
    return planned;
  }

  std::vector<std::uint32_t> words;
  std::int64_t version = 0;
  ClientCalls calls;
  Semaphore turn{1};  // one call after another, whoever measures
};

Recovery::Recovery(Environment& environment, ClientContext context,
                   const std::vector<Address>& proxies, std::size_t first_probe)
    : environment_(environment), context_(context) {
  for (std::size_t i = 0; i < proxies.size(); ++i) {
    probes_.push_back(
        std::make_unique<Probe>(environment_, context_, proxies[i], first_probe + i,
                                words_of_probe(context.plan, context.words, i, proxies.size())));
  }
}

Recovery::~Recovery() = default;

Task<bool> Recovery::ask(Probe& probe) {
  if (!(co_await probe.turn.acquire()).ok()) co_return false;
  const Permit permit(probe.turn);
  ClientOp op;
  op.kind = OpKind::upsert;
  op.rows = probe.rows(++probe.version);
  const std::size_t wrote = co_await probe.calls.do_operation(op);
  if (context_.history.operations[wrote].outcome != Outcome::ok) co_return false;
  op.kind = OpKind::query;
  op.level = Level::strong;
  op.rows = probe.rows(0);
  const std::size_t read = co_await probe.calls.do_operation(op);
  const Operation& answer = context_.history.operations[read];
  // What it answered is for the checkers to judge.
  co_return answer.outcome == Outcome::ok;
}

Task<std::optional<Duration>> Recovery::answer_of(Probe& probe, MonotonicTime since,
                                                  const std::optional<MonotonicTime>& undone) {
  Clock& clock = environment_.clock;
  std::optional<Duration> answers_since;
  while (!undone || clock.monotonic() < *undone + kPatience) {
    const MonotonicTime asked = clock.monotonic();
    if (!co_await ask(probe)) {
      answers_since.reset();
    } else {
      if (!answers_since) answers_since = clock.monotonic() - since;
      if (undone && asked >= *undone + kSettled) co_return answers_since;
    }
    const Duration pause = answers_since ? kAnsweredPause : kPause;
    if (!(co_await clock.sleep_for(pause)).ok()) break;
  }
  co_return std::nullopt;
}

Task<Recovery::Times> Recovery::measure(MonotonicTime since,
                                        const std::optional<MonotonicTime>& undone) {
  std::vector<Task<std::optional<Duration>>> each;
  for (const std::unique_ptr<Probe>& probe : probes_) {
    each.push_back(answer_of(*probe, since, undone));
  }
  const std::vector<std::optional<Duration>> times = co_await all(std::move(each));
  Times result;
  for (const std::optional<Duration>& time : times) {
    if (time) result.some = std::min(result.some.value_or(*time), *time);
  }
  if (std::ranges::all_of(times, [](const auto& time) { return time.has_value(); })) {
    for (const auto& time : times) result.each = std::max(result.each.value_or(*time), *time);
  }
  co_return result;
}

Task<void> Recovery::stop() {
  for (const std::unique_ptr<Probe>& probe : probes_) co_await probe->calls.stop();
}

}  // namespace eyrie::scenarios::live
