// The published state tables of both sides: what each call answers in each state. The code asks these; nothing else
// decides.
#pragma once

#include <cstddef>

#include "../abi/status.h"

namespace sqlvdi::embedded {

enum class ClientState : std::uint32_t { None, Configurable, Initializing, Active, Terminated, Abort };

enum class ClientCall : std::size_t {
  Create,
  OpenInSecondary,
  GetConfiguration,
  OpenDevice,
  GetCommand,
  CompleteCommand,
  GetBufferHandle,
  MapBufferHandle,
  SignalAbort,
  Close,
};

enum class ServerState : std::uint32_t { None, Connected, Configurable, Initializing, Active, Terminated, Abort };

enum class ServerCall : std::size_t {
  Open,
  GetConfiguration,
  BeginConfiguration,
  EndConfiguration,
  RequestBuffers,
  QueryAvailableBuffers,
  ExecuteCompletionAgent,
  OpenDevice,
  AllocateBuffer,
  FreeBuffer,
  IsSharedBuffer,
  SendCommand,
  CloseDevice,
  SignalAbort,
  Close,
};

namespace table {
constexpr HResult ok = kOk;
constexpr HResult pr = hr::kVD_E_PROTOCOL;
constexpr HResult ab = hr::kVD_E_ABORT;
constexpr HResult op = hr::kVD_E_OPEN;

// GetCommand may also answer CLOSE in Active. Close in Active: a device has not yet reported CLOSE.
// clang-format off
constexpr HResult kClient[][6] = {
    // None Configurable Initializing Active Terminated Abort
    {ok, pr, pr, pr, pr, pr},  // Create
    {ok, pr, pr, pr, pr, pr},  // OpenInSecondary
    {pr, ok, ok, ok, ok, ab},  // GetConfiguration
    {pr, pr, ok, op, pr, ab},  // OpenDevice
    {pr, pr, pr, ok, pr, ab},  // GetCommand
    {pr, pr, pr, ok, pr, ab},  // CompleteCommand
    {pr, pr, ok, ok, pr, ab},  // GetBufferHandle
    {pr, pr, ok, ok, pr, ab},  // MapBufferHandle
    {pr, ok, ok, ok, ok, ok},  // SignalAbort
    {pr, ok, ok, op, ok, ok},  // Close
};

constexpr HResult kServer[][7] = {
    // None Connected Configurable Initializing Active Terminated Abort
    {ok, pr, pr, pr, pr, pr, pr},  // Open
    {pr, ok, ok, ok, ok, ok, ab},  // GetConfiguration
    {pr, ok, pr, pr, pr, pr, ab},  // BeginConfiguration
    {pr, pr, ok, pr, pr, pr, ab},  // EndConfiguration
    {pr, pr, ok, ok, ok, pr, ab},  // RequestBuffers
    {pr, pr, ok, ok, ok, pr, ab},  // QueryAvailableBuffers
    {pr, pr, pr, ok, pr, pr, ab},  // ExecuteCompletionAgent
    {pr, pr, pr, ok, op, pr, ab},  // OpenDevice
    {pr, pr, pr, ok, ok, ok, ab},  // AllocateBuffer
    {pr, pr, pr, ok, ok, ok, ab},  // FreeBuffer
    {pr, pr, pr, ok, ok, ok, ab},  // IsSharedBuffer
    {pr, pr, pr, pr, ok, pr, ab},  // SendCommand
    {pr, pr, pr, pr, ok, pr, ab},  // CloseDevice
    {pr, ok, ok, ok, ok, ok, ok},  // SignalAbort
    {pr, ok, ok, ok, pr, ok, ok},  // Close
};
// clang-format on
}  // namespace table

constexpr HResult answer(ClientCall call, ClientState state) {
  return table::kClient[static_cast<std::size_t>(call)][static_cast<std::size_t>(state)];
}

constexpr HResult answer(ServerCall call, ServerState state) {
  return table::kServer[static_cast<std::size_t>(call)][static_cast<std::size_t>(state)];
}

static_assert(answer(ClientCall::Close, ClientState::Abort) == kOk);
static_assert(answer(ServerCall::Close, ServerState::Abort) == kOk);

}  // namespace sqlvdi::embedded
