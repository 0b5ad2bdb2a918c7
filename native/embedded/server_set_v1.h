// IServerVirtualDeviceSet, the interface's first version, in terms of the second: another face of the same object.
#pragma once

#include "../abi/interfaces.h"

namespace sqlvdi::embedded {

class ServerSetV1 final : public IServerVirtualDeviceSet {
 public:
  // The face lives and dies with the set, whose reference count it shares.
  explicit ServerSetV1(IServerVirtualDeviceSet2& set) : set_(set) {}
  ServerSetV1(const ServerSetV1&) = delete;
  ServerSetV1& operator=(const ServerSetV1&) = delete;

  HResult VDI_CALL QueryInterface(const Guid& iid, void** out) override { return set_.QueryInterface(iid, out); }
  std::uint32_t VDI_CALL AddRef() override { return set_.AddRef(); }
  std::uint32_t VDI_CALL Release() override { return set_.Release(); }

  HResult VDI_CALL Open(const VdiChar* name) override { return set_.Open(nullptr, name); }
  HResult VDI_CALL GetConfiguration(VDConfig* config) override { return set_.GetConfiguration(config); }
  // The second version's three steps in one: the buffer area has room for what the configuration says, and for four
  // transfers on each device where it says less.
  HResult VDI_CALL SetConfiguration(VDConfig* config) override;
  HResult VDI_CALL ExecuteCompletionAgent() override { return set_.ExecuteCompletionAgent(); }
  HResult VDI_CALL OpenDevice(const VdiChar* name, IServerVirtualDevice** device) override {
    return set_.OpenDevice(name, device);
  }
  HResult VDI_CALL AllocateBuffer(std::uint8_t** buffer, std::uint32_t size, std::uint32_t alignment) override {
    return set_.AllocateBuffer(buffer, size, alignment);
  }
  HResult VDI_CALL FreeBuffer(std::uint8_t* buffer, std::uint32_t size) override {
    return set_.FreeBuffer(buffer, size);
  }
  HResult VDI_CALL IsSharedBuffer(std::uint8_t* buffer) override { return set_.IsSharedBuffer(buffer); }
  HResult VDI_CALL SignalAbort() override { return set_.SignalAbort(); }
  HResult VDI_CALL Close() override { return set_.Close(); }

 private:
  IServerVirtualDeviceSet2& set_;
};

}  // namespace sqlvdi::embedded
