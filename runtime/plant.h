// EYRIE_PLANT(name, right, wrong): a mistake that may be made on purpose, to measure whether the
// simulator finds it. In every build but one it is `right` and nothing else: no branch, no symbol.
//
// With EYRIE_PLANTS, which eyrie-sim-planted alone sets for the files that hold plants, it is
// `wrong` in a process that chose this mistake. Both are expressions of one type; only the one that
// is meant is evaluated. Plants stand in .cc files that their target lists as PLANTED
// (cmake/EyrieTargets.cmake), never in headers: every other object is eyrie-sim's own.
#pragma once

#ifdef EYRIE_PLANTS

#include <string_view>

namespace eyrie::plant {

// State of the process, set once before it makes a world. Nothing else of ours has any; this is
// allowed for it exists only in the planted build. The name outlives the process's last world.
inline std::string_view chosen_name;

inline bool chosen(std::string_view name) {
  return name == chosen_name;
}

}  // namespace eyrie::plant

#define EYRIE_PLANT(name, right, wrong) (::eyrie::plant::chosen(#name) ? (wrong) : (right))

#else

#define EYRIE_PLANT(name, right, wrong) (right)

#endif
