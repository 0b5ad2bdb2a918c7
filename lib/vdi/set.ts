// The virtual device set: the interface's own methods, as promises.
import { setMaxListeners } from 'node:events';
import { fromNativeConfig, toNativeConfig, type VdConfig, type VdConfigInput } from './config.ts';
import { vdiErrorNamed } from './create-error.ts';
import { VirtualDevice, type WaitOptions } from './device.ts';
import { VdiOpenError, VdiProtocolError } from './errors.ts';
import { loadBinding } from './load.ts';
import type { NativeClientSet, ProviderName } from './native.ts';
import { resolveProvider } from './provider.ts';
import { validateConfig, validateName } from './validate.ts';
import { cancellableWait, nativeTimeout } from './wait.ts';

/** How long `close` waits by default for holders of commands to let go of their buffers, in milliseconds. */
const defaultGraceMs = 5000;

/** What a set is made with. */
export interface VirtualDeviceSetOptions {
  /** Who supplies the interface. Default 'auto': com on Windows, libsqlvdi on Linux, never the embedded stand-in. */
  readonly provider?: ProviderName | 'auto' | undefined;
}

/**
 * A virtual device set (the specification's IClientVirtualDeviceSet2): createEx, then send the statement, getConfiguration,
 * openDevice for each device, serve their commands, close.
 */
export class VirtualDeviceSet implements AsyncDisposable {
  /** Who supplies the interface. */
  readonly provider: ProviderName;
  readonly #native: NativeClientSet;
  #name = '';
  #devices: VirtualDevice[] = [];
  #deviceCount = 0;
  /** Of this life of the set: aborted when it is aborted or closed. */
  #ending = newEnding();

  /**
   * Throws a ProviderError where the provider cannot be used here, a TypeError where there is none of that name, and an AddonLoadError
   * where the native addon is missing.
   */
  constructor(options: VirtualDeviceSetOptions = {}) {
    this.provider = resolveProvider(options.provider ?? 'auto');
    this.#native = new (loadBinding().ClientSet)(this.provider);
  }

  /** The set's name once it is created, else an empty string. */
  get name(): string {
    return this.#name;
  }

  /**
   * Creates the set (IClientVirtualDeviceSet2::CreateEx). `instance` is the SQL Server instance's name without the machine's, or
   * null for the default instance. `name`: 1 to 259 characters without backslash; a GUID is recommended.
   *
   * Rejects with VdiInvalidError (the name), VdiNotSupportedError (the configuration), VdiInstanceNameError, VdiAccessDeniedError,
   * VdiProtocolError (created already) or another {@link VdiError}; with a TypeError or RangeError where a value cannot even be
   * handed to the interface.
   */
  async createEx(instance: string | null, name: string, config: VdConfigInput = {}): Promise<void> {
    validateName(name, 'CreateEx');
    if (instance !== null && typeof instance !== 'string') {
      throw new TypeError(`CreateEx: the instance must be a string or null, not ${typeof instance}`);
    }
    const native = toNativeConfig(config);
    validateConfig(native, 'CreateEx', name);
    await this.#native.createEx(instance, name, native);
    this.#begin(name, native.deviceCount);
  }

  /**
   * Waits until the server has attached to the set and configured it (IClientVirtualDeviceSet2::GetConfiguration). Watch the
   * statement meanwhile: where it fails, nothing will come. Rejects with VdiTimeoutError, VdiAbortError, VdiProtocolError (no set is
   * open), the signal's reason, or a RangeError (`timeoutMs`).
   */
  async getConfiguration(options: WaitOptions = {}): Promise<VdConfig> {
    const timeout = nativeTimeout(options.timeoutMs ?? Number.POSITIVE_INFINITY);
    const native = this.#native;
    const config = await cancellableWait(
      options.signal,
      () => native.cancelWait(),
      () => native.getConfiguration(timeout),
    );
    return fromNativeConfig(config);
  }

  /**
   * Opens a device by the name the statement gives it (IClientVirtualDeviceSet2::OpenDevice); the first has the set's name.
   * Rejects with VdiInvalidError (unknown name), VdiProtocolError (opened already, not configured), VdiOpenError (all are open) or
   * VdiAbortError.
   */
  async openDevice(name: string): Promise<VirtualDevice> {
    validateName(name, 'OpenDevice', this.#name);
    const native = await this.#native.openDevice(name);
    const device = new VirtualDevice(name, native, () => this.signalAbort(), this.#ending);
    this.#devices.push(device);
    return device;
  }

  /**
   * Closes the set and releases everything (IClientVirtualDeviceSet2::Close); every command's buffer has length 0 afterwards and
   * createEx may be called again. With commands still held it aborts the set, tells their holders by the commands' `signal`, and
   * waits up to `graceMs` milliseconds (default 5,000) for them to be completed before their buffers are detached.
   *
   * Rejects with VdiProtocolError where nothing was open, with a RangeError for `graceMs` (0 or more, or Infinity), and with
   * VdiOpenError where the server had not closed every device yet: the transfer was then aborted, and everything is released all the
   * same.
   */
  async close(options: { readonly graceMs?: number | undefined } = {}): Promise<void> {
    const graceMs = nativeTimeout(options.graceMs ?? defaultGraceMs, 'graceMs');
    this.#end('Close');
    try {
      await this.#native.close(graceMs);
    } finally {
      this.#devices = [];
      this.#name = '';
    }
  }

  /**
   * Ends the transfer at once on both sides (IClientVirtualDeviceSet2::SignalAbort). `close` is still needed. Rejects with
   * VdiProtocolError where no set is open.
   */
  async signalAbort(): Promise<void> {
    await this.#native.signalAbort();
    this.#end('SignalAbort');
  }

  /**
   * Joins a set that another process has created and whose configuration it has got (IClientVirtualDeviceSet2::OpenInSecondaryEx).
   * `instance` and `name` as with `createEx`: those of that set.
   *
   * Rejects with VdiSetNotFoundError, VdiInvalidError (the name), VdiInstanceNameError, VdiProtocolError (a set is open here already, or
   * that one is not configured), VdiAbortError, or a TypeError where a value is no string.
   */
  async openInSecondaryEx(instance: string | null, name: string): Promise<void> {
    validateName(name, 'OpenInSecondaryEx');
    await this.#native.openInSecondaryEx(instance, name);
    this.#begin(name, 0);
  }

  /**
   * Turns the buffer of a held command into an unsigned 32-bit number that another process of the set can map
   * (IClientVirtualDeviceSet2::GetBufferHandle). It must be `command.buffer` itself, or begin where that does.
   *
   * Rejects with a TypeError where it is no Uint8Array, and with VdiInvalidError where it is not the buffer of a command of this set that
   * is held.
   */
  async getBufferHandle(buffer: Uint8Array): Promise<number> {
    return await this.#native.getBufferHandle(buffer);
  }

  /**
   * The buffer behind a number from another process of the set (IClientVirtualDeviceSet2::MapBufferHandle). `size` is that of the
   * command whose buffer it is, in bytes: 1 to the configuration's maxTransferSize. Valid until that command is completed; `close`
   * detaches it.
   *
   * Rejects with a TypeError or RangeError where a number is no unsigned 32-bit one or `size` is 0, and with VdiInvalidError where the set
   * has no such buffer or `size` is too large.
   */
  async mapBufferHandle(handle: number, size: number): Promise<Buffer> {
    return await this.#native.mapBufferHandle(handle, size);
  }

  /** Aborts where the transfer has not ended, then closes. Never rejects with VdiOpenError or VdiProtocolError. Does nothing where no set is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#name === '') return;
    // An abort that is refused does not matter: close ends the set either way.
    if (!this.#finished()) await this.signalAbort().catch(() => undefined);
    try {
      await this.close();
    } catch (error) {
      if (!(error instanceof VdiOpenError || error instanceof VdiProtocolError)) throw error;
    }
  }

  #begin(name: string, deviceCount: number): void {
    this.#name = name;
    this.#devices = [];
    this.#deviceCount = deviceCount;
    this.#ending = newEnding();
  }

  #end(operation: string): void {
    this.#ending.abort(vdiErrorNamed('VD_E_ABORT', { operation, setName: this.#name }));
  }

  #finished(): boolean {
    return this.#devices.length >= this.#deviceCount && this.#devices.every((device) => device.closed);
  }
}

function newEnding(): AbortController {
  const ending = new AbortController();
  // Each of 64 devices listens, and whoever uses a command's buffer.
  setMaxListeners(0, ending.signal);
  return ending;
}
