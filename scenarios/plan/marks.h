// Marks: what a run can live through that is worth counting. Their names are fixed.
#pragma once

#include <span>
#include <string_view>

namespace eyrie::scenarios {

struct Mark {
  std::string_view name;
  std::string_view meaning;  // in one sentence, of the moment that is counted
};

// All of them, in the order in which a report shows them.
std::span<const Mark> all_marks();
// Null if there is none of that name.
const Mark* find_mark(std::string_view name);

}  // namespace eyrie::scenarios
