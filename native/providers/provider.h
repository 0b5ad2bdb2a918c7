// What supplies the interface: everything above holds IClientVirtualDeviceSet2 and does not know whose it is.
#pragma once

#include <memory>

#include "../abi/interfaces.h"

namespace sqlvdi {

// What a thread holds while it calls the interface.
class ThreadScope {
 public:
  virtual ~ThreadScope() = default;
};

class Provider {
 public:
  virtual ~Provider() = default;

  // Hands out one reference. Called on a thread that has entered.
  virtual HResult createSet(IClientVirtualDeviceSet2** set) = 0;

  // The set's CreateEx. COM: one call at a time in the whole process.
  virtual HResult createEx(IClientVirtualDeviceSet2& set, const VdiChar* instance, const VdiChar* name,
                           VDConfig& config) {
    return set.CreateEx(instance, name, &config);
  }

  // True where GetCommand waits alertably, so that a completion can be made by an APC in the midst of it.
  virtual bool wakesByApc() const = 0;

  // Each thread that calls the interface does this first and drops the scope last. COM: the multithreaded apartment.
  virtual std::unique_ptr<ThreadScope> enterThread() { return std::make_unique<ThreadScope>(); }
};

}  // namespace sqlvdi
