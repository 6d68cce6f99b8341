#include "runtime/settings_yaml.h"

#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace eyrie {

namespace {

constexpr std::size_t kDepthMax = 8;  // sections in sections

// Reads events rather than a tree of nodes: nothing unfolds, so a file costs what its bytes do.
class Reader : public YAML::EventHandler {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Status take_status() { return std::move(status_); }
  std::vector<SettingAssignment> take_assignments() { return std::move(assignments_); }
  void mistake(const YAML::Mark& mark, const std::string& what) {
    if (status_.ok()) status_ = Status(Code::invalid_argument, place_of(mark) + ": " + what);
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    mistake(mark, "an alias, which settings do not have");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (sections_.empty()) return;  // an empty document
    if (in_value_) return mistake(name_mark_, name_ + " has no value");
    mistake(mark, "a name is missing");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& text) override {
    if (sections_.empty()) return mistake(mark, "settings are one map of names to values");
    if (in_value_) {
      assign(text);
    } else {
      name_mark_ = mark;
      name_ = sections_.back().empty() ? text : sections_.back() + "." + text;
    }
    in_value_ = !in_value_;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    if (sections_.empty()) return mistake(mark, "settings are one map of names to values");
    mistake(mark, in_value_ ? name_ + " is a list" : "a name is not a text");
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    if (!sections_.empty() && !in_value_) mistake(mark, "a name is not a text");
    if (sections_.size() >= kDepthMax) mistake(mark, "sections are nested too deeply");
    sections_.push_back(std::exchange(name_, {}));
    in_value_ = false;
  }
  void OnMapEnd() override {
    sections_.pop_back();
    in_value_ = false;
  }

 private:
  std::string place_of(const YAML::Mark& mark) const {
    return file_ + ":" + std::to_string(mark.line + 1);
  }
  void assign(const std::string& text) {
    const auto [first, added] = places_.emplace(name_, place_of(name_mark_));
    if (!added) return mistake(name_mark_, name_ + " is set again; first at " + first->second);
    assignments_.push_back({name_, text, first->second});
  }

  std::string file_;
  Status status_;
  std::vector<std::string> sections_;  // names of the maps we are in, the outermost empty
  std::string name_;                   // of the value that comes next
  YAML::Mark name_mark_;
  bool in_value_ = false;
  std::map<std::string, std::string> places_;
  std::vector<SettingAssignment> assignments_;
};

}  // namespace

Result<std::vector<SettingAssignment>> read_settings_yaml(const std::string& file,
                                                          const std::string& text) {
  if (text.size() > kSettingsFileBytesMax) {
    return fail(Code::invalid_argument,
                file + ": " + std::to_string(text.size()) + " bytes are too large for settings");
  }
  Reader reader(file);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(reader);
    // Anything left is another document, or what the parser makes no progress on.
    if (parser) reader.mistake(YAML::Mark(), "settings are one document");
  } catch (const YAML::Exception& error) {
    reader.mistake(error.mark, error.msg);
  }
  EYRIE_RETURN_IF_ERROR(reader.take_status());
  return reader.take_assignments();
}

}  // namespace eyrie
