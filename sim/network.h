// SimNetwork: one incarnation's view of the fabric.
#pragma once

#include <memory>

#include "runtime/network.h"
#include "sim/fabric.h"

namespace eyrie::sim {

inline constexpr std::size_t kMessageBytesMax = 64u << 20;
inline constexpr std::size_t kWindowBytes = 8u << 20;

// Tells a destroyed incarnation's calls apart: after its death only destructors run, and a
// destructor that uses a seam is a mistake of the component.
class LifeGuard {
 public:
  virtual bool alive() const = 0;
  // Records the mistake; the run fails with it.
  virtual void used_after_death(const char* seam) = 0;

 protected:
  ~LifeGuard() = default;
};

class SimNetwork : public Network {
 public:
  // Borrows both; they outlive every connection.
  SimNetwork(Fabric& fabric, LifeGuard& guard, MachineIndex machine)
      : fabric_(fabric), guard_(guard), machine_(machine) {}

  Task<Result<std::unique_ptr<Listener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<Connection>>> connect(Address address) override;

 private:
  Fabric& fabric_;
  LifeGuard& guard_;
  MachineIndex machine_;
};

}  // namespace eyrie::sim
