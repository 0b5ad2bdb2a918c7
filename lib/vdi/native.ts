// What the compiled addon offers, exactly: the one place where TypeScript states native/binding's shape.
// Everything that can wait returns a promise. HRESULTs are unsigned 32-bit numbers. Rejections are made by the injected factories.

/** Who supplies the interface: COM (the registered sqlvdi.dll), SQL Server's libsqlvdi.so, or the stand-in. */
export type ProviderName = 'com' | 'libsqlvdi' | 'embedded';

/** The eleven members of VDConfig. Client inputs are the first seven. */
export interface NativeConfig {
  deviceCount: number;
  features: number;
  prefixZoneSize: number;
  alignment: number;
  softFileMarkBlockSize: number;
  eomWarningSize: number;
  serverTimeOut: number;
  blockSize: number;
  maxIoDepth: number;
  maxTransferSize: number;
  bufferAreaSize: number;
}

/** One VDC_Command. `buffer` is null where the command carries none; it is detached once the command is completed. */
export interface NativeCommand {
  readonly id: number;
  readonly code: number;
  readonly size: number;
  readonly position: bigint;
  readonly buffer: Buffer | null;
}

/** Sampled by JavaScript while a native transfer runs; also right when JavaScript serves the commands. */
export interface NativeCounters {
  /** Bytes read or written. */
  readonly bytes: number;
  /** Commands answered, of whatever kind. */
  readonly commands: number;
  /** Flush commands answered with success. */
  readonly flushes: number;
  /** How many Complete commands were answered with success: from the first on the server may call the backup done. */
  readonly completes: number;
}

/** What a native transfer ended with. It ends when GetCommand reports CLOSE. */
export interface NativeTransferResult {
  /** Bytes moved. */
  readonly bytes: number;
  /** Lower-case hexadecimal, or null where it was not asked for. */
  readonly sha256: string | null;
  /** True once Flush or Complete has been acknowledged after the last Write, i.e. all that was written is durable. */
  readonly durable: boolean;
}

export interface NativeTransferOptions {
  /** 'file': path is created (transferTo: exclusively) or opened (transferFrom). 'null' (transferTo only): count and forget. */
  readonly kind: 'file' | 'null';
  readonly path: string;
  readonly sha256: boolean;
}

export interface NativeDevice {
  /**
   * The commands the server has queued, at least one and at most `max`, waiting up to timeoutMs for the first.
   * null: the server closed the device (VD_E_CLOSE). Rejects with VD_E_TIMEOUT, VD_E_ABORT, VD_E_PROTOCOL. cancelWait() ends it with VD_E_TIMEOUT.
   */
  getCommands(timeoutMs: number, max: number): Promise<NativeCommand[] | null>;
  /** Detaches the command's buffer at once, then answers the server from the device's own thread. */
  completeCommand(id: number, code: number, bytes: number, position: bigint): Promise<void>;
  /** The whole command loop in C++. Rejects with the operating system's error first in time, after the device was answered and drained; or with VD_E_ABORT. */
  transferTo(options: NativeTransferOptions): Promise<NativeTransferResult>;
  transferFrom(options: NativeTransferOptions): Promise<NativeTransferResult>;
  cancelWait(): void;
  counters(): NativeCounters;
  /** How many commands are delivered and not yet completed. */
  held(): number;
}

export interface NativeClientSet {
  createEx(instance: string | null, name: string, config: NativeConfig): Promise<void>;
  /** timeoutMs 0xFFFFFFFF waits for ever. cancelWait() ends it with VD_E_TIMEOUT; close() with VD_E_ABORT. */
  getConfiguration(timeoutMs: number): Promise<NativeConfig>;
  cancelWait(): void;
  openDevice(name: string): Promise<NativeDevice>;
  /**
   * Ends every wait of this set and its devices, waits up to graceMs for held commands to be completed (aborting the set first if there are any),
   * detaches every buffer, joins the device threads, calls Close. Rejects with VD_E_OPEN or VD_E_PROTOCOL as Close answered; all is released either way.
   */
  close(graceMs: number): Promise<void>;
  signalAbort(): Promise<void>;
  openInSecondaryEx(instance: string | null, name: string): Promise<void>;
  /** The buffer must be that of a command that is held (in this process). */
  getBufferHandle(buffer: Uint8Array): Promise<number>;
  /** size: that of the command whose buffer it is, at most the configured maxTransferSize. Detached by close(). */
  mapBufferHandle(handle: number, size: number): Promise<Buffer>;
}

/** One VDS_Command as the raw server side of the stand-in completes it. */
export interface NativeServerCompletion {
  readonly completionCode: number;
  readonly bytesTransferred: number;
  readonly outPosition: bigint;
}

export interface NativeServerDevice {
  /** Resolves when the completion agent calls the completion routine; rejects where SendCommand itself fails. data is copied into a shared buffer first (Write). */
  sendCommand(
    code: number,
    size: number,
    position: bigint,
    data: Uint8Array | null,
  ): Promise<NativeServerCompletion & { readonly data: Buffer | null }>;
  closeDevice(): Promise<void>;
}

/** The embedded IServerVirtualDeviceSet2, method for method: for tests and for people who study the protocol. */
export interface NativeServerSet {
  open(instance: string | null, name: string): Promise<void>;
  getConfiguration(): Promise<NativeConfig>;
  beginConfiguration(
    features: number,
    blockSize: number,
    alignment: number,
    maxTransferSize: number,
    timeoutMs: number,
  ): Promise<void>;
  endConfiguration(): Promise<void>;
  requestBuffers(size: number, alignment: number, count: number): Promise<void>;
  queryAvailableBuffers(size: number, alignment: number): Promise<number>;
  /** Runs on a thread of its own; resolves when the agent returns NOERROR. */
  executeCompletionAgent(): Promise<void>;
  openDevice(name: string): Promise<NativeServerDevice>;
  allocateBuffer(size: number, alignment: number): Promise<bigint>;
  freeBuffer(address: bigint, size: number): Promise<void>;
  isSharedBuffer(address: bigint): Promise<boolean>;
  signalAbort(): Promise<void>;
  close(): Promise<void>;
}

/** A run of changed pages of a generated database: pages [first, first+count) have the content of this epoch. Later entries win. */
export interface PageChange {
  readonly first: number;
  readonly count: number;
  readonly epoch: number;
}

/** Where the engine takes a backup's bytes from. */
export type BackupContent =
  /** Pages made on the fly. Page n's content is a function of (seed, n, epoch) alone. */
  | {
      readonly kind: 'generated';
      readonly seed: number;
      readonly compressible: boolean;
      readonly pageCount: number;
      readonly changes: readonly PageChange[];
    }
  /** 8 KiB pages of a data file. */
  | { readonly kind: 'pages'; readonly path: string; readonly pageCount: number }
  /** Kept streams of a real server, one per device, sent byte for byte. */
  | { readonly kind: 'raw'; readonly paths: readonly string[] };

export type FaultAction = 'abort' | 'error' | 'hang' | 'die' | 'slow';
/** Fires once, when its place is reached. `byte`: of the device's stream; `command`: the n-th command of the device (0-based); `state`: on reaching it. */
export interface EngineFault {
  readonly action: FaultAction;
  readonly device: number;
  readonly at:
    | { readonly byte: number }
    | { readonly command: number }
    | { readonly state: 'attached' | 'configured' | 'active' | 'flush' | 'complete' | 'close' };
  /** 'slow': delay per command in ms from then on. 'error': Win32 code (default 1117). */
  readonly value?: number;
}

export interface EngineSetOptions {
  readonly instance: string | null;
  readonly deviceNames: readonly string[];
  readonly blockSize: number;
  readonly maxTransferSize: number;
  readonly bufferCount: number;
  /** How long Open may look for the set before giving up with E_FILE_NOT_FOUND, ms. */
  readonly attachTimeoutMs: number;
  readonly faults: readonly EngineFault[];
}

export interface EngineBackupOptions extends EngineSetOptions {
  readonly content: BackupContent;
  /** Only these page ranges (differential, log); null: all pages. Ignored for raw. */
  readonly ranges: readonly { readonly first: number; readonly count: number }[] | null;
  /** JSON stored in every stripe's header; the engine adds media set id, stripe index and count itself. Ignored for raw. */
  readonly header: string;
  readonly compression: boolean;
}

/** What a stripe's first block says. `own`: our media format; its header JSON as given to the backup. */
export interface StripeHeader {
  readonly format: 'own' | 'tape' | 'compressed' | 'empty' | 'unknown';
  readonly header: string | null;
  readonly mediaSetId: string | null;
  readonly stripe: number;
  readonly stripeCount: number;
}

/** What to do with the rest of the streams once the headers were seen. */
export type RestoreTarget =
  /** Check everything, keep nothing. */
  | { readonly kind: 'verify' }
  /** Write the pages at their places into this existing or new file, fsynced at the end. */
  | { readonly kind: 'pages'; readonly path: string }
  /** Keep each stream as it is (new files, fsynced at the end). */
  | { readonly kind: 'raw'; readonly paths: readonly string[] }
  /** Stop reading here: HEADERONLY, FILELISTONLY, or a statement that failed. */
  | { readonly kind: 'stop' };

/** Why a job failed; lib/embedded turns it into SQL Server's messages. */
export interface EngineFailure {
  readonly stage:
    | 'open'
    | 'configure'
    | 'openDevice'
    | 'write'
    | 'read'
    | 'flush'
    | 'complete'
    | 'media'
    | 'local'
    | 'cancelled';
  /** Device index, or -1. */
  readonly device: number;
  /** HRESULT of the interface call that failed, or 0. */
  readonly hresult: number;
  /** Win32 completion code the client answered with, or 0. */
  readonly osError: number;
  /** stage 'media': what is wrong with it. */
  readonly media: 'none' | 'truncated' | 'damaged' | 'swapped' | 'foreign' | 'missing' | 'empty' | 'unrecognized';
  readonly detail: string;
}

export interface EngineResult {
  readonly failure: EngineFailure | null;
  readonly bytesPerDevice: readonly number[];
  readonly pages: number;
  readonly config: NativeConfig | null;
  readonly completeEnabled: boolean;
}

export interface NativeJob {
  /** Restore only: resolves once every stripe's first block has been read; null when the job failed before that. */
  headers(): Promise<readonly StripeHeader[] | null>;
  /** Restore only: goes on after headers(). */
  proceed(target: RestoreTarget): void;
  /** Never rejects for a failed job: failures are data. Resolves when everything of the job is released. */
  done(): Promise<EngineResult>;
  /** Ends the job: signals abort, ends hangs and attach waits. */
  cancel(): void;
  progress(): { readonly pages: number; readonly totalPages: number; readonly bytes: number };
}

export interface NativeEngine {
  startBackup(options: EngineBackupOptions): NativeJob;
  startRestore(options: EngineSetOptions): NativeJob;
  /** The content of one 8 KiB page of a generated database, for comparing. */
  generatePage(seed: number, compressible: boolean, page: number, epoch: number): Buffer;
}

/** What every thread, mapping and handle counts to: for leak tests and doctor. */
export interface NativeCensus {
  readonly clientSets: number;
  readonly serverSets: number;
  readonly devices: number;
  readonly threads: number;
  readonly mappings: number;
  readonly views: number;
}

/** A version resource of a Windows file. `company` is empty where the file does not say. */
export interface NativeFileVersion {
  readonly version: string;
  readonly company: string;
}

/** What Windows knows about this machine and Node does not tell. Elsewhere every answer is null or empty. */
export interface NativeMachine {
  /** A key's text value ('' names the default one), its environment variables expanded; null where there is none. `bits`: whose part of the registry. */
  registryText(hive: 'HKCR' | 'HKLM', bits: 64 | 32, key: string, name: string): string | null;
  /** The names of a key's values. */
  registryNames(hive: 'HKCR' | 'HKLM', bits: 64 | 32, key: string): string[];
  /** This process's access token. createGlobal: SeCreateGlobalPrivilege is held and switched on. */
  processToken(): { readonly elevated: boolean; readonly createGlobal: boolean } | null;
  fileVersion(path: string): NativeFileVersion | null;
}

export interface NativeBinding {
  readonly ClientSet: new (provider: ProviderName) => NativeClientSet;
  readonly ServerSet: new () => NativeServerSet;
  readonly engine: NativeEngine;
  readonly machine: NativeMachine;
  /** Each provider of this build: null where it can be used here, else why not. */
  providers(): Readonly<Record<ProviderName, string | null>>;
  census(): NativeCensus;
  /** Of the whole process: open handles, on Linux file descriptors; 0 where the system does not say. */
  openHandles(): number;
  /** Once per environment, before anything else: how failures become errors. */
  setErrorFactories(factories: {
    vdi(hresult: number, operation: string, setName: string, device: string | null): Error;
    /** code: the POSIX name ('ENOSPC'), on every platform; number: errno or Win32 code. */
    system(code: string, number: number, syscall: string, path: string): Error;
  }): void;
}
