// The client's side of a set: IClientVirtualDeviceSet2, as primary or as secondary.
#pragma once

#include <memory>
#include <mutex>

#include "census.h"
#include "client_session.h"
#include "com_object.h"

namespace sqlvdi::embedded {

class ClientSet final : public ComObject<ClientSet, IClientVirtualDeviceSet2> {
 public:
  ClientSet() = default;
  ~ClientSet() { Close(); }

  static bool implements(const Guid& iid) {
    return iid == kIidClientVirtualDeviceSet || iid == kIidClientVirtualDeviceSet2;
  }

  HResult VDI_CALL Create(const VdiChar* name, VDConfig* config) override;
  HResult VDI_CALL GetConfiguration(std::uint32_t timeoutMs, VDConfig* config) override;
  HResult VDI_CALL OpenDevice(const VdiChar* name, IClientVirtualDevice** device) override;
  HResult VDI_CALL Close() override;
  HResult VDI_CALL SignalAbort() override;
  HResult VDI_CALL OpenInSecondary(const VdiChar* name) override;
  HResult VDI_CALL GetBufferHandle(std::uint8_t* buffer, std::uint32_t* handle) override;
  HResult VDI_CALL MapBufferHandle(std::uint32_t handle, std::uint8_t** buffer) override;
  HResult VDI_CALL CreateEx(const VdiChar* instance, const VdiChar* name, VDConfig* config) override;
  HResult VDI_CALL OpenInSecondaryEx(const VdiChar* instance, const VdiChar* name) override;

 private:
  std::shared_ptr<ClientSession> current();
  void become(std::shared_ptr<ClientSession> session);
  // Runs `step` under the lock where the state table allows the call, else gives the table's answer.
  template <typename Step>
  HResult guarded(ClientCall call, Step step);
  // What a call that opens a set answers in the present state.
  HResult answerNow(ClientCall call);

  const Tally tally_{census().clientSets};
  std::mutex lifecycle_;  // one Create, OpenInSecondary or Close at a time
  std::mutex guard_;      // of session_ alone
  std::shared_ptr<ClientSession> session_;
};

}  // namespace sqlvdi::embedded
