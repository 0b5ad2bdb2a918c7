// The addon imports Node's functions from "node.exe", but its host may be named otherwise, as Electron's programs are:
// the loader is told that whoever loads the addon is meant. MSVC's build gets such a hook from node-gyp.
#if defined(__MINGW32__)

#include "../abi/win32.h"
// After windows.h, whose types it uses.
#include <delayimp.h>

#include <cstring>

namespace {

FARPROC WINAPI findHost(unsigned notify, PDelayLoadInfo info) {
  if (notify != dliNotePreLoadLibrary || std::strcmp(info->szDll, "NODE.EXE") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

}  // namespace

// Declared by delayimp.h.
PfnDliHook __pfnDliNotifyHook2 = findHost;

#endif
