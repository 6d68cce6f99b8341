#include "runtime/asio/log_tracer.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "runtime/check.h"
#include "runtime/json.h"

namespace eyrie {

namespace {

constexpr const char* kPattern = "%Y-%m-%dT%H:%M:%S.%fZ level=%l %v";
// What follows is the rest of the object.
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ",%v})";

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-_./:,+@%").find(c) != std::string_view::npos;
}

// What a reader or a tool could take for something else is escaped, so that one event stays one
// line whatever a peer sent.
void append_text(fmt::memory_buffer& line, std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) {
    line.append(text);
    return;
  }
  line.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line.push_back('\\');
      line.push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte);
    } else {
      line.push_back(c);
    }
  }
  line.push_back('"');
}

void append_field(fmt::memory_buffer& line, std::string_view name, const Field& value) {
  if (line.size() > 0) line.push_back(' ');
  line.append(name);
  line.push_back('=');
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(line), "{}", *number);
  } else {
    append_text(line, std::get<std::string_view>(value));
  }
}

void append_event(fmt::memory_buffer& line, std::string_view node, const EventHeader& event,
                  std::span<const Field> values) {
  if (!node.empty()) append_field(line, "node", node);
  append_field(line, "event", event.name);
  for (std::size_t i = 0; i < values.size(); ++i) append_field(line, event.fields[i], values[i]);
}

boost::json::value json_of(const Field& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return boost::json::string(valid_utf8(std::get<std::string_view>(value)));
}

// Without the brace before it and the one behind it. Readers of logs refuse what is no UTF-8, and a
// peer may have sent anything.
void append_json(fmt::memory_buffer& line, std::string_view node, const EventHeader& event,
                 std::span<const Field> values) {
  boost::json::object object;
  object["level"] =
      boost::json::string_view(name_of(event.level).data(), name_of(event.level).size());
  if (!node.empty()) object["node"] = valid_utf8(node);
  object["event"] = valid_utf8(event.name);
  boost::json::object fields;
  for (std::size_t i = 0; i < values.size(); ++i) {
    fields[boost::json::string_view(event.fields[i].data(), event.fields[i].size())] =
        json_of(values[i]);
  }
  object["fields"] = std::move(fields);
  const std::string text = boost::json::serialize(object);
  line.append(std::string_view(text).substr(1, text.size() - 2));
}

}  // namespace

LogTracer::LogTracer(std::shared_ptr<spdlog::logger> logger, std::string node, bool json)
    : logger_(std::move(logger)), node_(std::move(node)), json_(json) {}

LogTracer::~LogTracer() = default;

Result<std::unique_ptr<LogTracer>> LogTracer::open(const LogOptions& options) {
  spdlog::sink_ptr sink;
  try {
    if (options.path.empty()) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.path);
    }
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Code::failed_precondition,
                "cannot write the log " + options.path + ": " + error.what());
  }
  auto logger = std::make_shared<spdlog::logger>("eyrie", std::move(sink));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      options.json ? kJsonPattern : kPattern, spdlog::pattern_time_type::utc));
  logger->set_level(to_spdlog(options.level));
  logger->flush_on(spdlog::level::trace);  // what a killed process knew last matters most
  return std::unique_ptr<LogTracer>(new LogTracer(std::move(logger), options.node, options.json));
}

void LogTracer::record(const EventHeader& event, std::span<const Field> values) {
  EYRIE_CHECK(values.size() == event.fields.size(), "one value a field");
  const spdlog::level::level_enum level = to_spdlog(event.level);
  if (!logger_->should_log(level)) return;
  fmt::memory_buffer line;
  if (json_) {
    append_json(line, node_, event, values);
  } else {
    append_event(line, node_, event, values);
  }
  logger_->log(level, std::string_view(line.data(), line.size()));
}

}  // namespace eyrie
