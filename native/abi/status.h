// The one table of status codes: HRESULTs and Win32 completion codes, their meaning and what to do about them.
// C++ uses it as it stands; scripts/generate-status.mjs writes lib/vdi/status.ts and the README's error table from it.
#pragma once

#include "types.h"

// clang-format off
// SQLVDI_HRESULTS(X): X(name, value, class, meaning, advice)
#define SQLVDI_HRESULTS(X)                                                                                             \
  X(VD_E_NOTOPEN,        0x80770002, VdiNotOpenError,        "the virtual device set is not open",                      "create the set first, and do not use it after close()") \
  X(VD_E_TIMEOUT,        0x80770003, VdiTimeoutError,        "the wait ended before anything happened",                 "check that the BACKUP or RESTORE statement was sent and names this set; raise the time-out if the server is only slow") \
  X(VD_E_ABORT,          0x80770004, VdiAbortError,          "the operation was aborted",                               "look at the SQL Server error that came with it; the other side aborted, or its process died") \
  X(VD_E_SECURITY,       0x80770005, VdiSecurityError,       "the security environment could not be created",           "run as an administrator or as a service account that has SeCreateGlobalPrivilege") \
  X(VD_E_INVALID,        0x80770006, VdiInvalidError,        "a parameter was invalid",                                 "check the name: 1 to 259 characters, no backslash") \
  X(VD_E_INSTANCE_NAME,  0x80770007, VdiInstanceNameError,   "the SQL Server instance was not found on this machine",   "give the instance's name alone, without the machine's name, or none for the default instance") \
  X(VD_E_NOTSUPPORTED,   0x80770009, VdiNotSupportedError,   "the configuration is not supported",                      "use 1 to 64 devices, an alignment that is a power of two up to 65536, and a legal combination of features: pipe, tape or disk, plus Discard, SnapshotPrepare, RequestComplete") \
  X(VD_E_MEMORY,         0x8077000A, VdiMemoryError,         "not enough memory for the transfer buffers",              "lower MAXTRANSFERSIZE or BUFFERCOUNT") \
  X(VD_E_UNEXPECTED,     0x8077000B, VdiUnexpectedError,     "an unexpected internal error",                            "look into the SQL Server error log") \
  X(VD_E_PROTOCOL,       0x8077000C, VdiProtocolError,       "the call is not legal in this state",                     "call createEx, getConfiguration, openDevice and close in that order") \
  X(VD_E_OPEN,           0x8077000D, VdiOpenError,           "devices are open",                                        "from close(): everything was released, but the transfer had not ended; from openDevice(): every device is open already") \
  X(VD_E_CLOSE,          0x8077000E, VdiCloseError,          "the server has closed the device",                        "nothing: no more commands will come; ask the statement whether it succeeded") \
  X(VD_E_BUSY,           0x8077000F, VdiBusyError,           "the resource is busy",                                    "from createEx(): a set of that name exists already, so choose another name, a GUID say; else complete the outstanding commands first") \
  X(REGDB_E_CLASSNOTREG, 0x80040154, VdiClassNotRegisteredError, "the VDI class is not registered",                     "install SQL Server, or register its sqlvdi.dll of this process's bitness with regsvr32; 'sqlvdi doctor' tells what is registered") \
  X(CLASS_E_CLASSNOTAVAILABLE, 0x80040111, VdiClassNotAvailableError, "sqlvdi.dll does not offer the VDI class",        "repair the SQL Server installation: the registered sqlvdi.dll is not the right one") \
  X(ERROR_BAD_EXE_FORMAT, 0x800700C1, VdiWrongBitnessError, "the registered sqlvdi.dll is of another bitness than this process, or damaged", "run a Node of the same bitness as SQL Server's sqlvdi.dll, or register the DLL of this bitness with its own regsvr32; 'sqlvdi doctor' tells which file is registered") \
  X(ERROR_MOD_NOT_FOUND, 0x8007007E, VdiDllNotFoundError,  "the registered sqlvdi.dll, or a DLL it needs, is missing", "repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered") \
  X(ERROR_PROC_NOT_FOUND, 0x8007007F, VdiDllEntryError,    "the registered file is no COM server",                    "repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered") \
  X(CO_E_DLLNOTFOUND,    0x800401F8, VdiComDllNotFoundError, "COM could not load the registered sqlvdi.dll",            "repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered, and of which bitness") \
  X(CO_E_ERRORINDLL,     0x800401F9, VdiComDllError,         "the registered sqlvdi.dll is damaged",                    "repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered") \
  X(CO_E_NOTINITIALIZED, 0x800401F0, VdiComNotInitializedError, "COM could not be initialised on the calling thread",   "free memory and try again; this should not happen otherwise") \
  X(RPC_E_CHANGED_MODE,  0x80010106, VdiChangedModeError,    "the thread is in another COM apartment",                  "this is a defect: VDI calls belong on threads of the multithreaded apartment") \
  X(E_NOINTERFACE,       0x80004002, VdiNoInterfaceError,    "the interface is not supported",                          "the registered sqlvdi.dll is older than SQL Server 2000") \
  X(E_POINTER,           0x80004003, VdiPointerError,        "a null pointer was passed",                               "this is a defect of the caller") \
  X(E_ACCESSDENIED,      0x80070005, VdiAccessDeniedError,   "access denied",                                           "run elevated: global shared objects need SeCreateGlobalPrivilege, which administrators and service accounts have") \
  X(E_FILE_NOT_FOUND,    0x80070002, VdiSetNotFoundError,    "no virtual device set of that name",                      "create the set before the statement names it, on the same instance and under the same user") \
  X(E_OUTOFMEMORY,       0x8007000E, VdiOutOfMemoryError,    "out of memory",                                           "free memory and try again") \
  X(E_INVALIDARG,        0x80070057, VdiInvalidArgumentError, "an argument was invalid",                                "check the name and the configuration")

// SQLVDI_COMPLETION_CODES(X): X(name, value, meaning): what a client answers a command with.
#define SQLVDI_COMPLETION_CODES(X)                                                                \
  X(ERROR_SUCCESS,             0,    "done")                                                      \
  X(ERROR_ACCESS_DENIED,       5,    "access denied")                                             \
  X(ERROR_INVALID_HANDLE,      6,    "the device is not active")                                  \
  X(ERROR_WRITE_FAULT,         29,   "write fault")                                               \
  X(ERROR_READ_FAULT,          30,   "read fault")                                                \
  X(ERROR_HANDLE_EOF,          38,   "end of the data, with the count of bytes that were left")   \
  X(ERROR_NOT_SUPPORTED,       50,   "the command is not supported")                              \
  X(ERROR_DISK_FULL,           112,  "the destination is full")                                   \
  X(ERROR_OPERATION_ABORTED,   995,  "the operation was aborted")                                 \
  X(ERROR_END_OF_MEDIA,        1100, "the removable medium is nearly full")                       \
  X(ERROR_FILEMARK_DETECTED,   1101, "a file mark was reached")                                   \
  X(ERROR_NO_DATA_DETECTED,    1104, "no more data on the tape")                                  \
  X(ERROR_IO_DEVICE,           1117, "the device is in its error state")                          \
  X(ERROR_EOM_OVERFLOW,        1129, "the end of the medium was passed")                          \
  X(ERROR_NO_SYSTEM_RESOURCES, 1450, "the device's command queue is full")
// clang-format on

namespace sqlvdi {

constexpr HResult kOk = 0;

// Named like the published constants so that a reader finds them; a namespace keeps them apart from Windows' macros.
namespace hr {
#define SQLVDI_DECLARE(name, value, cls, meaning, advice) constexpr HResult k##name = static_cast<HResult>(value);
SQLVDI_HRESULTS(SQLVDI_DECLARE)
#undef SQLVDI_DECLARE
}  // namespace hr

namespace completion {
#define SQLVDI_DECLARE(name, value, meaning) constexpr std::uint32_t k##name = value;
SQLVDI_COMPLETION_CODES(SQLVDI_DECLARE)
#undef SQLVDI_DECLARE
}  // namespace completion

static_assert(hr::kVD_E_CLOSE == static_cast<HResult>(0x8077000E));
static_assert(hr::kVD_E_ABORT == static_cast<HResult>(0x80770004));

}  // namespace sqlvdi
