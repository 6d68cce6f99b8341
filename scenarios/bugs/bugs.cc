#include "scenarios/bugs/bugs.h"

#include "runtime/plant.h"

namespace eyrie::scenarios {

const Bug* find_bug(const std::string& name) {
  for (const Bug& bug : bugs()) {
    if (bug.name == name) return &bug;
  }
  return nullptr;
}

#ifdef EYRIE_PLANTS

bool has_plants() {
  return true;
}

Status choose_bug(const std::string& name) {
  const Bug* bug = find_bug(name);
  if (bug == nullptr && !name.empty()) {
    return Status(Code::not_found, "there is no planted bug '" + name + "'");
  }
  plant::chosen_name = bug != nullptr ? std::string_view(bug->name) : std::string_view();
  return {};
}

#else

bool has_plants() {
  return false;
}

Status choose_bug(const std::string& name) {
  if (name.empty()) return {};
  return Status(Code::failed_precondition, "only eyrie-sim-planted has planted bugs");
}

#endif

}  // namespace eyrie::scenarios
