// The client's side of one device: IClientVirtualDevice.
#pragma once

#include <memory>

#include "client_session.h"
#include "com_object.h"

namespace sqlvdi::embedded {

class ClientDevice final : public ComObject<ClientDevice, IClientVirtualDevice> {
 public:
  ClientDevice(std::shared_ptr<ClientSession> session, std::uint32_t index)
      : session_(std::move(session)), index_(index) {}
  ~ClientDevice() = default;

  static bool implements(const Guid& iid) { return iid == kIidClientVirtualDevice; }

  HResult VDI_CALL GetCommand(std::uint32_t timeoutMs, VDC_Command** command) override;
  HResult VDI_CALL CompleteCommand(VDC_Command* command, std::uint32_t completionCode, std::uint32_t bytesTransferred,
                                   std::uint64_t position) override;

 private:
  // The next command the client may have now, or null.
  VDC_Command* take(Locked& lock);

  // Outlives the set: after its Close the session refuses every call.
  const std::shared_ptr<ClientSession> session_;
  const std::uint32_t index_;
  VDC_Command commands_[kQueueDepth] = {};  // by slot: a command's address is good until it is completed
};

}  // namespace sqlvdi::embedded
