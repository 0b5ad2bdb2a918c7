// The errors of the interface: one class for each status of the table, each with what failed, on what, and what to do about it.
import { describeHresult, formatHresult } from './hresult.ts';

/** Where a call failed. */
export interface VdiErrorContext {
  /** The interface's method, for example 'CreateEx'. */
  readonly operation: string;
  /** The virtual device set's name; empty where there is none yet. */
  readonly setName: string;
  /** The device's name where the call was one of a device. */
  readonly device?: string | null | undefined;
  /** What exactly was wrong, where more is known than the status says. */
  readonly detail?: string | undefined;
}

/** A call of the Virtual Device Interface failed. There is a subclass for each status of the table. */
export class VdiError extends Error {
  /** The status's name, for example 'VD_E_OPEN', or 'HRESULT 0x…' where it has none. */
  readonly code: string;
  /** The status as an unsigned 32-bit number. */
  readonly hresult: number;
  /** The interface's method that failed. */
  readonly operation: string;
  /** The virtual device set's name; empty where there is none yet. */
  readonly setName: string;
  /** The device's name, where the call was one of a device. */
  readonly device: string | undefined;
  /** What to do about it. */
  readonly advice: string;

  constructor(hresult: number, context: VdiErrorContext, options?: ErrorOptions) {
    const status = describeHresult(hresult);
    const on = [context.setName && ` on set '${context.setName}'`, context.device && `, device '${context.device}'`];
    const what = context.detail ?? status.meaning;
    const code = status.name === '' ? '' : `${status.name}, `;
    super(
      `${context.operation} failed${on.filter(Boolean).join('')}: ${what} (${code}${formatHresult(hresult)}). Advice: ${status.advice}.`,
      options,
    );
    this.name = new.target.name;
    this.code = status.name || `HRESULT ${formatHresult(hresult)}`;
    this.hresult = hresult >>> 0;
    this.operation = context.operation;
    this.setName = context.setName;
    this.device = context.device ?? undefined;
    this.advice = status.advice;
  }
}

/** VD_E_NOTOPEN 0x80770002: the virtual device set is not open. */
export class VdiNotOpenError extends VdiError {}

/** VD_E_TIMEOUT 0x80770003: the wait ended before anything happened. */
export class VdiTimeoutError extends VdiError {}

/** VD_E_ABORT 0x80770004: the operation was aborted. */
export class VdiAbortError extends VdiError {}

/** VD_E_SECURITY 0x80770005: the security environment could not be created. */
export class VdiSecurityError extends VdiError {}

/** VD_E_INVALID 0x80770006: a parameter was invalid. */
export class VdiInvalidError extends VdiError {}

/** VD_E_INSTANCE_NAME 0x80770007: the SQL Server instance was not found on this machine. */
export class VdiInstanceNameError extends VdiError {}

/** VD_E_NOTSUPPORTED 0x80770009: the configuration is not supported. */
export class VdiNotSupportedError extends VdiError {}

/** VD_E_MEMORY 0x8077000a: not enough memory for the transfer buffers. */
export class VdiMemoryError extends VdiError {}

/** VD_E_UNEXPECTED 0x8077000b: an unexpected internal error. */
export class VdiUnexpectedError extends VdiError {}

/** VD_E_PROTOCOL 0x8077000c: the call is not legal in this state. */
export class VdiProtocolError extends VdiError {}

/** VD_E_OPEN 0x8077000d: devices are open. */
export class VdiOpenError extends VdiError {}

/** VD_E_CLOSE 0x8077000e: the server has closed the device. */
export class VdiCloseError extends VdiError {}

/** VD_E_BUSY 0x8077000f: the resource is busy. */
export class VdiBusyError extends VdiError {}

/** REGDB_E_CLASSNOTREG 0x80040154: the VDI class is not registered. */
export class VdiClassNotRegisteredError extends VdiError {}

/** CLASS_E_CLASSNOTAVAILABLE 0x80040111: sqlvdi.dll does not offer the VDI class. */
export class VdiClassNotAvailableError extends VdiError {}

/** HRESULT_FROM_WIN32(ERROR_BAD_EXE_FORMAT) 0x800700c1: the registered sqlvdi.dll is of another bitness than this process. */
export class VdiWrongBitnessError extends VdiError {}

/** HRESULT_FROM_WIN32(ERROR_MOD_NOT_FOUND) 0x8007007e: the registered sqlvdi.dll, or a DLL it needs, is missing. */
export class VdiDllNotFoundError extends VdiError {}

/** HRESULT_FROM_WIN32(ERROR_PROC_NOT_FOUND) 0x8007007f: the registered file is no COM server. */
export class VdiDllEntryError extends VdiError {}

/** CO_E_DLLNOTFOUND 0x800401f8: COM could not load the registered sqlvdi.dll. */
export class VdiComDllNotFoundError extends VdiError {}

/** CO_E_ERRORINDLL 0x800401f9: the registered sqlvdi.dll is damaged. */
export class VdiComDllError extends VdiError {}

/** CO_E_NOTINITIALIZED 0x800401f0: COM could not be initialised on the calling thread. */
export class VdiComNotInitializedError extends VdiError {}

/** RPC_E_CHANGED_MODE 0x80010106: the thread is in another COM apartment. */
export class VdiChangedModeError extends VdiError {}

/** E_NOINTERFACE 0x80004002: the interface is not supported. */
export class VdiNoInterfaceError extends VdiError {}

/** E_POINTER 0x80004003: a null pointer was passed. */
export class VdiPointerError extends VdiError {}

/** E_ACCESSDENIED 0x80070005: access denied. */
export class VdiAccessDeniedError extends VdiError {}

/** E_FILE_NOT_FOUND 0x80070002: no virtual device set of that name. */
export class VdiSetNotFoundError extends VdiError {}

/** E_OUTOFMEMORY 0x8007000e: out of memory. */
export class VdiOutOfMemoryError extends VdiError {}

/** E_INVALIDARG 0x80070057: an argument was invalid. */
export class VdiInvalidArgumentError extends VdiError {}
