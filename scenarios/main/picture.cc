#include "scenarios/main/picture.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "reports/html/text.h"
#include "reports/html/timeline_drawing.h"
#include "scenarios/main/timeline.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

class KeptLog : public sim::EventLog::Sink {
 public:
  void write(BytesView bytes) override { bytes_.append(bytes); }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

json::object object_of(const std::string& title, const std::string& caption,
                       const std::string& svg) {
  return {{"title", title}, {"caption", caption}, {"svg", svg}};
}

// Beyond the clients of the scenario, a plan has one for what none of them does.
std::string callers(const Scenario& scenario, const Plan& plan) {
  const auto clients = static_cast<std::uint64_t>(scenario.clients);
  return reports::counted(clients, "client") +
         (plan.clients.size() > clients
              ? fmt::format(" and of client {}, which makes collections", clients + 1)
              : "");
}

std::string caption_of(const Scenario& scenario, const Plan& plan, const RunOutcome& outcome,
                       const reports::Timeline& timeline) {
  const auto calls = static_cast<std::uint64_t>(std::ranges::count_if(
      timeline.calls,
      [&](const reports::Timeline::Call& call) { return call.row < timeline.clients; }));
  return fmt::format(
      "{} of simulated time on {}: {} of {}, {} events. Point at a fault, a crash or a segment's "
      "way to see what it is.",
      reports::seconds_us(timeline.end), reports::counted(timeline.lanes.size(), "machine"),
      reports::counted(calls, "call"), callers(scenario, plan), reports::grouped(outcome.events));
}

}  // namespace

std::string draw_seed(const Inputs& inputs, std::uint64_t seed) {
  const Plan plan = make_plan(inputs.scenario, inputs.words, seed);
  KeptLog log;
  const RunOutcome outcome = run(plan, inputs.words, *index::best_kernels(), &log);
  const Result<reports::Timeline> timeline = timeline_of(plan, outcome, log.bytes());
  json::array pictures;
  if (timeline) {
    const reports::Window window = reports::window_of_named(*timeline);
    if (window.end > 0) {
      pictures.push_back(object_of("Around the contradiction",
                                   "The calls that the sentence names are boxed in red; the dashed "
                                   "lines are where they began "
                                   "and ended.",
                                   reports::draw_timeline(*timeline, window)));
    }
    pictures.push_back(object_of(fmt::format("Seed {}, whole", seed),
                                 caption_of(inputs.scenario, plan, outcome, *timeline),
                                 reports::draw_timeline(*timeline)));
  }
  return json::serialize(pictures);
}

Result<std::vector<reports::Picture>> pictures_from_json(const std::string& text) {
  try {
    std::vector<reports::Picture> pictures;
    for (const json::value& each : json::parse(text).as_array()) {
      const auto part = [&](const char* name) { return std::string(each.at(name).as_string()); };
      pictures.push_back({part("title"), part("caption"), part("svg")});
    }
    return pictures;
  } catch (const std::exception& error) {
    return fail(Code::data_loss, std::string("pictures do not parse: ") + error.what());
  }
}

}  // namespace eyrie::scenarios
