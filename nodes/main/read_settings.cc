#include "nodes/main/read_settings.h"

#include <fstream>
#include <iterator>
#include <map>
#include <unistd.h>

#include "nodes/settings/all.h"
#include "runtime/settings_yaml.h"

namespace eyrie::main {

namespace {

Result<std::string> content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Code::not_found, "settings file '" + file + "' (--config) cannot be opened");
  // One byte more than is allowed says that there is too much.
  std::string content(kSettingsFileBytesMax + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return fail(Code::io_error, "settings file '" + file + "' (--config) cannot be read");
  }
  return content;
}

std::map<std::string, std::string> environment_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

}  // namespace

Result<Settings> read_settings(const SettingsTable& table, const SettingSources& sources) {
  std::vector<SettingAssignment> all;
  const auto add = [&all](std::vector<SettingAssignment> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  if (!sources.file.empty()) {
    EYRIE_TRY(const std::string text, content_of(sources.file));
    EYRIE_TRY(std::vector<SettingAssignment> written, read_settings_yaml(sources.file, text));
    add(std::move(written));
  }
  add(read_environment(table, environment_variables()));
  EYRIE_TRY(std::vector<SettingAssignment> flags, read_flags(sources.flags));
  add(std::move(flags));
  return settings::load(table, all);
}

}  // namespace eyrie::main
