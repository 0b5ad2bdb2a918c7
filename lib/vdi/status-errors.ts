// An error class for each status. Generated from native/abi/status.h by scripts/generate-status.mjs: change it there.
import { VdiError } from './vdi-error.ts';

/** VD_E_NOTOPEN 0x80770002: the virtual device set is not open. Advice: create the set first, and do not use it after close(). */
export class VdiNotOpenError extends VdiError {}

/** VD_E_TIMEOUT 0x80770003: the wait ended before anything happened. Advice: check that the BACKUP or RESTORE statement was sent and names this set; raise the time-out if the server is only slow. */
export class VdiTimeoutError extends VdiError {}

/** VD_E_ABORT 0x80770004: the operation was aborted. Advice: look at the SQL Server error that came with it; the other side aborted, or its process died. */
export class VdiAbortError extends VdiError {}

/** VD_E_SECURITY 0x80770005: the security environment could not be created. Advice: run as an administrator or as a service account that has SeCreateGlobalPrivilege. */
export class VdiSecurityError extends VdiError {}

/** VD_E_INVALID 0x80770006: a parameter was invalid. Advice: check the name: 1 to 259 characters, no backslash. */
export class VdiInvalidError extends VdiError {}

/** VD_E_INSTANCE_NAME 0x80770007: the SQL Server instance was not found on this machine. Advice: give the instance's name alone, without the machine's name, or none for the default instance. */
export class VdiInstanceNameError extends VdiError {}

/** VD_E_NOTSUPPORTED 0x80770009: the configuration is not supported. Advice: use 1 to 64 devices, an alignment that is a power of two up to 65536, and a legal combination of features: pipe, tape or disk, plus Discard, SnapshotPrepare, RequestComplete. */
export class VdiNotSupportedError extends VdiError {}

/** VD_E_MEMORY 0x8077000A: not enough memory for the transfer buffers. Advice: lower MAXTRANSFERSIZE or BUFFERCOUNT. */
export class VdiMemoryError extends VdiError {}

/** VD_E_UNEXPECTED 0x8077000B: an unexpected internal error. Advice: look into the SQL Server error log. */
export class VdiUnexpectedError extends VdiError {}

/** VD_E_PROTOCOL 0x8077000C: the call is not legal in this state. Advice: call createEx, getConfiguration, openDevice and close in that order. */
export class VdiProtocolError extends VdiError {}

/** VD_E_OPEN 0x8077000D: devices are open. Advice: from close(): everything was released, but the transfer had not ended; from openDevice(): every device is open already. */
export class VdiOpenError extends VdiError {}

/** VD_E_CLOSE 0x8077000E: the server has closed the device. Advice: nothing: no more commands will come; ask the statement whether it succeeded. */
export class VdiCloseError extends VdiError {}

/** VD_E_BUSY 0x8077000F: the resource is busy. Advice: from createEx(): a set of that name exists already, so choose another name, a GUID say; else complete the outstanding commands first. */
export class VdiBusyError extends VdiError {}

/** REGDB_E_CLASSNOTREG 0x80040154: the VDI class is not registered. Advice: install SQL Server, or register its sqlvdi.dll of this process's bitness with regsvr32; 'sqlvdi doctor' tells what is registered. */
export class VdiClassNotRegisteredError extends VdiError {}

/** CLASS_E_CLASSNOTAVAILABLE 0x80040111: sqlvdi.dll does not offer the VDI class. Advice: repair the SQL Server installation: the registered sqlvdi.dll is not the right one. */
export class VdiClassNotAvailableError extends VdiError {}

/** ERROR_BAD_EXE_FORMAT 0x800700C1: the registered sqlvdi.dll is of another bitness than this process, or damaged. Advice: run a Node of the same bitness as SQL Server's sqlvdi.dll, or register the DLL of this bitness with its own regsvr32; 'sqlvdi doctor' tells which file is registered. */
export class VdiWrongBitnessError extends VdiError {}

/** ERROR_MOD_NOT_FOUND 0x8007007E: the registered sqlvdi.dll, or a DLL it needs, is missing. Advice: repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered. */
export class VdiDllNotFoundError extends VdiError {}

/** ERROR_PROC_NOT_FOUND 0x8007007F: the registered file is no COM server. Advice: repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered. */
export class VdiDllEntryError extends VdiError {}

/** CO_E_DLLNOTFOUND 0x800401F8: COM could not load the registered sqlvdi.dll. Advice: repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered, and of which bitness. */
export class VdiComDllNotFoundError extends VdiError {}

/** CO_E_ERRORINDLL 0x800401F9: the registered sqlvdi.dll is damaged. Advice: repair the SQL Server installation; 'sqlvdi doctor' tells which file is registered. */
export class VdiComDllError extends VdiError {}

/** CO_E_NOTINITIALIZED 0x800401F0: COM could not be initialised on the calling thread. Advice: free memory and try again; this should not happen otherwise. */
export class VdiComNotInitializedError extends VdiError {}

/** RPC_E_CHANGED_MODE 0x80010106: the thread is in another COM apartment. Advice: this is a defect: VDI calls belong on threads of the multithreaded apartment. */
export class VdiChangedModeError extends VdiError {}

/** E_NOINTERFACE 0x80004002: the interface is not supported. Advice: the registered sqlvdi.dll is older than SQL Server 2000. */
export class VdiNoInterfaceError extends VdiError {}

/** E_POINTER 0x80004003: a null pointer was passed. Advice: this is a defect of the caller. */
export class VdiPointerError extends VdiError {}

/** E_ACCESSDENIED 0x80070005: access denied. Advice: run elevated: global shared objects need SeCreateGlobalPrivilege, which administrators and service accounts have. */
export class VdiAccessDeniedError extends VdiError {}

/** E_FILE_NOT_FOUND 0x80070002: no virtual device set of that name. Advice: create the set before the statement names it, on the same instance and under the same user. */
export class VdiSetNotFoundError extends VdiError {}

/** E_OUTOFMEMORY 0x8007000E: out of memory. Advice: free memory and try again. */
export class VdiOutOfMemoryError extends VdiError {}

/** E_INVALIDARG 0x80070057: an argument was invalid. Advice: check the name and the configuration. */
export class VdiInvalidArgumentError extends VdiError {}
