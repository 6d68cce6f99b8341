// LifeGuard: whether the incarnation that a seam belongs to still lives.
//
// After its end only destructors of its component run, and one that uses a seam is a mistake of the
// component: the run fails with it, and the seam does nothing. It is asked when the seam is called:
// a task that is made after the end never begins. Some calls are no use, for the unwinding of a
// component that did nothing wrong makes them, and they reach nobody: closing a connection or a
// listener, disarming a timer, waking who waits. Nor is looking at a clock or a size.
#pragma once

#include <string>

namespace eyrie::sim {

class LifeGuard {
 public:
  virtual bool alive() const = 0;
  // Records the mistake; the run fails with it.
  virtual void used_after_death(const std::string& seam) = 0;

  // The same as alive(), for who is about to use `seam`.
  bool expect_alive(const char* seam) {
    if (alive()) return true;
    used_after_death(seam);
    return false;
  }

 protected:
  ~LifeGuard() = default;
};

}  // namespace eyrie::sim
