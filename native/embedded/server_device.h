// The server's side of one device: IServerVirtualDevice.
#pragma once

#include <memory>

#include "com_object.h"
#include "server_session.h"

namespace sqlvdi::embedded {

// Where those bytes lie in the buffer area; kNoBuffer where they do not, or not whole.
std::uint64_t offsetInArea(const SharedSet& shared, const std::uint8_t* buffer, std::uint32_t size);

class ServerDevice final : public ComObject<ServerDevice, IServerVirtualDevice> {
 public:
  ServerDevice(std::shared_ptr<ServerSession> session, std::uint32_t index)
      : session_(std::move(session)), index_(index) {}
  ~ServerDevice() = default;

  static bool implements(const Guid& iid) { return iid == kIidServerVirtualDevice; }

  HResult VDI_CALL SendCommand(VDS_Command* command) override;
  HResult VDI_CALL CloseDevice() override;

 private:
  // Queues the command, or says why not: the answer, and the code for the command's completion routine (0: do not call
  // it).
  HResult send(VDS_Command& command, std::uint32_t& refusal);

  // Outlives the set: after its Close the session refuses every call.
  const std::shared_ptr<ServerSession> session_;
  const std::uint32_t index_;
};

}  // namespace sqlvdi::embedded
