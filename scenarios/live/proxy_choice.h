// ProxyChoice: through which proxy a client goes on, where one has just failed it.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/time.h"

namespace eyrie::scenarios::live {

class ProxyChoice {
 public:
  // For so long after it failed, a proxy is left alone if there is another.
  static constexpr Duration kAvoided = 2s;

  explicit ProxyChoice(std::size_t proxies) : avoided_until_(proxies, MonotonicTime::min()) {}

  // The one that was planned, or the next that has not just failed; the one that was planned if all
  // have.
  std::size_t choose(std::size_t planned, MonotonicTime now) const {
    for (std::size_t i = 0; i < avoided_until_.size(); ++i) {
      const std::size_t proxy = (planned + i) % avoided_until_.size();
      if (now >= avoided_until_[proxy]) return proxy;
    }
    return planned % avoided_until_.size();
  }
  void failed(std::size_t proxy, MonotonicTime now) { avoided_until_[proxy] = now + kAvoided; }

 private:
  std::vector<MonotonicTime> avoided_until_;
};

}  // namespace eyrie::scenarios::live
