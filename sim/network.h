// SimNetwork: one incarnation's view of the fabric.
#pragma once

#include <memory>

#include "runtime/network.h"
#include "sim/fabric.h"
#include "sim/life_guard.h"

namespace eyrie::sim {

inline constexpr std::size_t kMessageBytesMax = 64u << 20;
inline constexpr std::size_t kWindowBytes = 8u << 20;

class SimNetwork : public Network {
 public:
  // Borrows both; they outlive every connection.
  SimNetwork(Fabric& fabric, LifeGuard& guard, MachineIndex machine)
      : fabric_(fabric), guard_(guard), machine_(machine) {}

  Task<Result<std::unique_ptr<Listener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<Connection>>> connect(Address address) override;

 private:
  Task<Result<std::unique_ptr<Listener>>> listen_now(Address address);
  Task<Result<std::unique_ptr<Connection>>> connect_now(Address address);

  Fabric& fabric_;
  LifeGuard& guard_;
  MachineIndex machine_;
};

}  // namespace eyrie::sim
