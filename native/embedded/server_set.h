// The server's side of a set: IServerVirtualDeviceSet2, with the first version's interface beside it.
#pragma once

#include <memory>
#include <mutex>

#include "census.h"
#include "com_object.h"
#include "server_session.h"
#include "server_set_v1.h"

namespace sqlvdi::embedded {

class ServerSet final : public ComObject<ServerSet, IServerVirtualDeviceSet2> {
 public:
  ServerSet() = default;
  ~ServerSet() { Close(); }

  static bool implements(const Guid& iid) { return iid == kIidServerVirtualDeviceSet2; }

  HResult VDI_CALL QueryInterface(const Guid& iid, void** out) override;

  HResult VDI_CALL Open(const VdiChar* instance, const VdiChar* name) override;
  HResult VDI_CALL GetConfiguration(VDConfig* config) override;
  HResult VDI_CALL BeginConfiguration(std::uint32_t features, std::uint32_t blockSize, std::uint32_t alignment,
                                      std::uint32_t maxTransferSize, std::uint32_t timeoutMs) override;
  HResult VDI_CALL EndConfiguration() override;
  HResult VDI_CALL RequestBuffers(std::uint32_t size, std::uint32_t alignment, std::uint32_t count) override;
  HResult VDI_CALL QueryAvailableBuffers(std::uint32_t size, std::uint32_t alignment, std::uint32_t* count) override;
  HResult VDI_CALL ExecuteCompletionAgent() override;
  HResult VDI_CALL OpenDevice(const VdiChar* name, IServerVirtualDevice** device) override;
  HResult VDI_CALL AllocateBuffer(std::uint8_t** buffer, std::uint32_t size, std::uint32_t alignment) override;
  HResult VDI_CALL FreeBuffer(std::uint8_t* buffer, std::uint32_t size) override;
  HResult VDI_CALL IsSharedBuffer(std::uint8_t* buffer) override;
  HResult VDI_CALL SignalAbort() override;
  HResult VDI_CALL Close() override;

 private:
  std::shared_ptr<ServerSession> current();
  void become(std::shared_ptr<ServerSession> session);
  // Runs `step` under the lock where the state table allows the call, else gives the table's answer.
  template <typename Step>
  HResult guarded(ServerCall call, Step step);

  const Tally tally_{census().serverSets};
  ServerSetV1 v1_{*this};
  std::mutex lifecycle_;  // one Open or Close at a time
  std::mutex guard_;      // of session_ alone
  std::shared_ptr<ServerSession> session_;
};

}  // namespace sqlvdi::embedded
