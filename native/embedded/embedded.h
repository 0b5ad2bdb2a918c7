// The stand-in's front door: makes the client's and the server's side of the interface over our own shared memory.
// Everything else in this folder is private to it.
//
// Where the published interface leaves a choice, the stand-in's is:
// - CreateEx of a name that exists on the same instance: VD_E_BUSY. Feature bits that only a server may set:
//   VD_E_NOTSUPPORTED. The instance MSSQLSERVER is the default one.
// - GetCommand before every device is open waits for that as it waits for a command, and answers VD_E_PROTOCOL if its
//   time is up first: a program that has a thread or a process for each device opens it there, and begins at once.
// - The server's BeginConfiguration may add WriteMedia, ReadMedia and (where RequestComplete was asked for)
//   CompleteEnabled to the client's features; anything else is VD_E_NOTSUPPORTED. Its time-out has no use here and is
//   ignored.
// - A device's name is known from when either side first opens it; the first device has the set's name from the start.
// - SendCommand calls the completion routine exactly once for every command it does not answer with VD_E_INVALID. Where
//   it refuses one it does so before it returns VD_E_PROTOCOL (not active), VD_E_ABORT, or VD_E_BUSY (queue full or
//   device in error: the completion code tells which). When every device is open and the completion agent is about to
//   start on another thread, it and CloseDevice give the agent five seconds to do so.
// - CloseDevice with commands outstanding: VD_E_BUSY. IsSharedBuffer answers 1 or 0, as published.
// - End of data (38, 1104), a file mark (1101) and the early warning (1100) are no device errors; every other code but
//   success is.
// - After EndConfiguration RequestBuffers only checks that so many buffers are free; the area does not grow.
// - The first version's SetConfiguration is the second's three steps in one.
#pragma once

#include "../abi/interfaces.h"

namespace sqlvdi::embedded {

// Each hands out one reference (AddRef'ed once). kE_OUTOFMEMORY where there is no memory for it.
HResult createClientSet(IClientVirtualDeviceSet2** set);
HResult createServerSet(IServerVirtualDeviceSet2** set);

// What exists in this process now: COM objects of every kind, sets among them, open shared mappings, watcher threads.
// All zero once everything is closed and released.
struct Counts {
  std::uint32_t objects;
  std::uint32_t clientSets;
  std::uint32_t serverSets;
  std::uint32_t mappings;
  std::uint32_t threads;
};
Counts counts();

}  // namespace sqlvdi::embedded
