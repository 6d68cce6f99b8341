// Settings in a YAML file: sections are maps, so these two say the same:
//
//   streaming:
//     flush_interval: 10s
//   streaming.flush_interval: 10s
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/settings_load.h"

namespace eyrie {

inline constexpr std::size_t kSettingsFileBytesMax = 1u << 20;

// `file` is its name for messages, `text` its content. invalid_argument, with the line, for what is
// not YAML, has a list or no value where a value belongs, or sets a name twice. Names are not
// judged here.
Result<std::vector<SettingAssignment>> read_settings_yaml(const std::string& file,
                                                          const std::string& text);

}  // namespace eyrie
