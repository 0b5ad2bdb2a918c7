// The Virtual Device Interface itself: structures, interface identifiers and vtables, in the published order.
// The static_asserts fix sizes and offsets; the order of the virtual functions is the ABI and must never change.
#pragma once

#include <cstddef>

#include "constants.h"
#include "status.h"
#include "types.h"

namespace sqlvdi {

#pragma pack(push, 8)

struct VDConfig {
  std::uint32_t deviceCount;
  std::uint32_t features;
  std::uint32_t prefixZoneSize;
  std::uint32_t alignment;
  std::uint32_t softFileMarkBlockSize;
  std::uint32_t EOMWarningSize;
  std::uint32_t serverTimeOut;
  std::uint32_t blockSize;
  std::uint32_t maxIODepth;
  std::uint32_t maxTransferSize;
  std::uint32_t bufferAreaSize;
};
static_assert(sizeof(VDConfig) == 44);
static_assert(offsetof(VDConfig, serverTimeOut) == 24);

struct VDC_Command {
  std::uint32_t commandCode;
  std::uint32_t size;
  std::uint64_t position;
  std::uint8_t* buffer;
};
static_assert(offsetof(VDC_Command, size) == 4);
static_assert(offsetof(VDC_Command, position) == 8);
static_assert(offsetof(VDC_Command, buffer) == 16);
static_assert(sizeof(void*) != 8 || sizeof(VDC_Command) == 24);

struct VDS_Command;
using CompletionRoutine = void(VDI_CALL*)(VDS_Command*);

struct VDS_Command {
  std::uint32_t commandCode;
  std::uint32_t size;
  std::uint64_t inPosition;
  std::uint64_t outPosition;
  std::uint8_t* buffer;
  CompletionRoutine completionRoutine;
  void* completionContext;
  std::uint32_t completionCode;
  std::uint32_t bytesTransferred;
};
static_assert(offsetof(VDS_Command, inPosition) == 8);
static_assert(offsetof(VDS_Command, buffer) == 24);
static_assert(sizeof(void*) != 8 || offsetof(VDS_Command, completionRoutine) == 32);
static_assert(sizeof(void*) != 8 || offsetof(VDS_Command, completionCode) == 48);
static_assert(sizeof(void*) != 8 || sizeof(VDS_Command) == 56);

#pragma pack(pop)

constexpr Guid kIidUnknown = {0x00000000, 0x0000, 0x0000, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr Guid kIidClientVirtualDevice = {0x40700424, 0x0080, 0x11d2, {0x85, 0x1f, 0x00, 0xc0, 0x4f, 0xc2, 0x17, 0x59}};
constexpr Guid kIidClientVirtualDeviceSet = {
    0x40700425, 0x0080, 0x11d2, {0x85, 0x1f, 0x00, 0xc0, 0x4f, 0xc2, 0x17, 0x59}};
constexpr Guid kIidClientVirtualDeviceSet2 = {
    0xd0e6eb07, 0x7a62, 0x11d2, {0x85, 0x73, 0x00, 0xc0, 0x4f, 0xc2, 0x17, 0x59}};
constexpr Guid kIidServerVirtualDevice = {0xb5e7a131, 0xa7bd, 0x11d1, {0x84, 0xc2, 0x00, 0xc0, 0x4f, 0xc2, 0x17, 0x59}};
constexpr Guid kIidServerVirtualDeviceSet = {
    0xb5e7a132, 0xa7bd, 0x11d1, {0x84, 0xc2, 0x00, 0xc0, 0x4f, 0xc2, 0x17, 0x59}};
constexpr Guid kIidServerVirtualDeviceSet2 = {
    0xaecbd0d6, 0x24c6, 0x11d3, {0x85, 0xb7, 0x00, 0xc0, 0x4f, 0xc2, 0x17, 0x59}};
constexpr Guid kClsidClientVirtualDeviceSet = kIidClientVirtualDeviceSet;
constexpr Guid kClsidServerVirtualDeviceSet = kIidServerVirtualDeviceSet;

// COM counts references and never deletes through an interface: a virtual destructor would shift the vtable.
struct IUnknown {
  virtual HResult VDI_CALL QueryInterface(const Guid& iid, void** out) = 0;
  virtual std::uint32_t VDI_CALL AddRef() = 0;
  virtual std::uint32_t VDI_CALL Release() = 0;

 protected:
  ~IUnknown() = default;
};

struct IClientVirtualDevice : IUnknown {
  virtual HResult VDI_CALL GetCommand(std::uint32_t timeoutMs, VDC_Command** command) = 0;
  virtual HResult VDI_CALL CompleteCommand(VDC_Command* command, std::uint32_t completionCode,
                                           std::uint32_t bytesTransferred, std::uint64_t position) = 0;

 protected:
  ~IClientVirtualDevice() = default;
};

struct IClientVirtualDeviceSet : IUnknown {
  virtual HResult VDI_CALL Create(const VdiChar* name, VDConfig* config) = 0;
  virtual HResult VDI_CALL GetConfiguration(std::uint32_t timeoutMs, VDConfig* config) = 0;
  virtual HResult VDI_CALL OpenDevice(const VdiChar* name, IClientVirtualDevice** device) = 0;
  virtual HResult VDI_CALL Close() = 0;
  virtual HResult VDI_CALL SignalAbort() = 0;
  virtual HResult VDI_CALL OpenInSecondary(const VdiChar* name) = 0;
  virtual HResult VDI_CALL GetBufferHandle(std::uint8_t* buffer, std::uint32_t* handle) = 0;
  virtual HResult VDI_CALL MapBufferHandle(std::uint32_t handle, std::uint8_t** buffer) = 0;

 protected:
  ~IClientVirtualDeviceSet() = default;
};

struct IClientVirtualDeviceSet2 : IClientVirtualDeviceSet {
  virtual HResult VDI_CALL CreateEx(const VdiChar* instance, const VdiChar* name, VDConfig* config) = 0;
  virtual HResult VDI_CALL OpenInSecondaryEx(const VdiChar* instance, const VdiChar* name) = 0;

 protected:
  ~IClientVirtualDeviceSet2() = default;
};

struct IServerVirtualDevice : IUnknown {
  virtual HResult VDI_CALL SendCommand(VDS_Command* command) = 0;
  virtual HResult VDI_CALL CloseDevice() = 0;

 protected:
  ~IServerVirtualDevice() = default;
};

// The first version of the server's interface. The second does not extend it.
struct IServerVirtualDeviceSet : IUnknown {
  virtual HResult VDI_CALL Open(const VdiChar* name) = 0;
  virtual HResult VDI_CALL GetConfiguration(VDConfig* config) = 0;
  virtual HResult VDI_CALL SetConfiguration(VDConfig* config) = 0;
  virtual HResult VDI_CALL ExecuteCompletionAgent() = 0;
  virtual HResult VDI_CALL OpenDevice(const VdiChar* name, IServerVirtualDevice** device) = 0;
  virtual HResult VDI_CALL AllocateBuffer(std::uint8_t** buffer, std::uint32_t size, std::uint32_t alignment) = 0;
  virtual HResult VDI_CALL FreeBuffer(std::uint8_t* buffer, std::uint32_t size) = 0;
  virtual HResult VDI_CALL IsSharedBuffer(std::uint8_t* buffer) = 0;
  virtual HResult VDI_CALL SignalAbort() = 0;
  virtual HResult VDI_CALL Close() = 0;

 protected:
  ~IServerVirtualDeviceSet() = default;
};

struct IServerVirtualDeviceSet2 : IUnknown {
  virtual HResult VDI_CALL Open(const VdiChar* instance, const VdiChar* name) = 0;
  virtual HResult VDI_CALL GetConfiguration(VDConfig* config) = 0;
  virtual HResult VDI_CALL BeginConfiguration(std::uint32_t features, std::uint32_t blockSize, std::uint32_t alignment,
                                              std::uint32_t maxTransferSize, std::uint32_t timeoutMs) = 0;
  virtual HResult VDI_CALL EndConfiguration() = 0;
  virtual HResult VDI_CALL RequestBuffers(std::uint32_t size, std::uint32_t alignment, std::uint32_t count) = 0;
  virtual HResult VDI_CALL QueryAvailableBuffers(std::uint32_t size, std::uint32_t alignment, std::uint32_t* count) = 0;
  virtual HResult VDI_CALL ExecuteCompletionAgent() = 0;
  virtual HResult VDI_CALL OpenDevice(const VdiChar* name, IServerVirtualDevice** device) = 0;
  virtual HResult VDI_CALL AllocateBuffer(std::uint8_t** buffer, std::uint32_t size, std::uint32_t alignment) = 0;
  virtual HResult VDI_CALL FreeBuffer(std::uint8_t* buffer, std::uint32_t size) = 0;
  virtual HResult VDI_CALL IsSharedBuffer(std::uint8_t* buffer) = 0;
  virtual HResult VDI_CALL SignalAbort() = 0;
  virtual HResult VDI_CALL Close() = 0;

 protected:
  ~IServerVirtualDeviceSet2() = default;
};

}  // namespace sqlvdi
