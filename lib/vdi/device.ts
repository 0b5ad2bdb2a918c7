// One virtual device: the server's commands one by one, or a whole transfer run natively.
import { fileURLToPath } from 'node:url';
import { VirtualDeviceCommand } from './command.ts';
import { VdiAbortError } from './errors.ts';
import type { NativeCommand, NativeCounters, NativeDevice, NativeTransferResult } from './native.ts';
import { completionCodes } from './status.ts';
import { cancellableWait, nativeTimeout } from './wait.ts';

/** How long a wait may take, and what ends it early. */
export interface WaitOptions {
  /** Milliseconds, 0 or more; default Infinity. Rejects with VdiTimeoutError when they have passed. */
  readonly timeoutMs?: number | undefined;
  /** Ends the wait: it rejects with the signal's reason and the object stays usable. */
  readonly signal?: AbortSignal | undefined;
}

/** What goes with a native transfer. */
export interface DeviceTransferOptions {
  /** Computes the SHA-256 of the stream while it is moved. Default false. */
  readonly sha256?: boolean | undefined;
  /** Aborts the whole set, since a server cannot be left half-way; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How many commands are taken from the interface in one call: a server has about four outstanding on a device. */
const batchSize = 64;

/** A device of a {@link VirtualDeviceSet} (the specification's IClientVirtualDevice). Made by `openDevice`, dead after the set's `close`. */
export class VirtualDevice {
  /** The device's name. */
  readonly name: string;
  readonly #native: NativeDevice;
  readonly #abortSet: () => Promise<void>;
  readonly #ending: AbortController;
  /** Taken from the interface, but given to nobody yet. */
  #queued: NativeCommand[] = [];
  #closed = false;

  /** Made by {@link VirtualDeviceSet}; `ending` is aborted when the set is aborted or closed. */
  constructor(name: string, native: NativeDevice, abortSet: () => Promise<void>, ending: AbortController) {
    this.name = name;
    this.#native = native;
    this.#abortSet = abortSet;
    this.#ending = ending;
    ending.signal.addEventListener('abort', () => this.#letGo(), { once: true });
  }

  /** True once the server has closed the device and `getCommand` or a transfer has said so. */
  get closed(): boolean {
    return this.#closed;
  }

  /** What has been moved so far; also while a native transfer runs. */
  get counters(): NativeCounters {
    return this.#native.counters();
  }

  /** How many commands are delivered and not yet completed. */
  get held(): number {
    return this.#native.held();
  }

  /**
   * The next command (IClientVirtualDevice::GetCommand), or null once the server has closed the device, which does not mean
   * success: ask the statement.
   *
   * Rejects with VdiTimeoutError, VdiAbortError, VdiProtocolError (not all devices are open, or the set is closed), VdiBusyError (a
   * native transfer runs on the device), the signal's reason, or a RangeError (`timeoutMs`).
   */
  async getCommand(options: WaitOptions = {}): Promise<VirtualDeviceCommand | null> {
    const queued = this.#queued.shift() ?? (await this.#take(options));
    return queued === undefined ? null : new VirtualDeviceCommand(queued, this.#native, this.#ending.signal);
  }

  /** The commands until the server closes the device. Waits without a limit; errors as with `getCommand`. */
  async *commands(
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<VirtualDeviceCommand, void> {
    for (let command = await this.getCommand(options); command !== null; command = await this.getCommand(options)) {
      yield command;
    }
  }

  /**
   * Writes the whole stream to a new file, natively: the loop, the I/O and the flushes run outside JavaScript. null counts
   * and forgets. Ends when the server closes the device.
   *
   * Rejects with a FileError for the file system's first error, after the server was told and the device was drained; the file must not
   * exist (EEXIST), and an unfinished one is left for the caller to remove. Also with VdiAbortError; the signal's reason; VdiBusyError
   * where the device waits for a command, holds one or runs a transfer; VdiNotSupportedError where it is tape- or disk-like;
   * VdiProtocolError where the set is closed; a TypeError for an empty path or one with NUL, or a URL that is not `file:`.
   */
  transferTo(target: string | URL | null, options: DeviceTransferOptions = {}): Promise<NativeTransferResult> {
    return this.#transfer(options, (sha256) =>
      this.#native.transferTo({ kind: target === null ? 'null' : 'file', path: filePath(target), sha256 }),
    );
  }

  /**
   * Answers the server's reads from a file, natively. Ends when the server closes the device, which may be before the file's end. Errors
   * as with `transferTo`; a file that is missing or cannot be read is a FileError too.
   */
  transferFrom(source: string | URL, options: DeviceTransferOptions = {}): Promise<NativeTransferResult> {
    return this.#transfer(options, (sha256) =>
      this.#native.transferFrom({ kind: 'file', path: filePath(source), sha256 }),
    );
  }

  /** The next command from the interface; those that came with it are queued. */
  async #take(options: WaitOptions): Promise<NativeCommand | undefined> {
    const timeout = nativeTimeout(options.timeoutMs ?? Number.POSITIVE_INFINITY);
    const native = this.#native;
    const commands = await cancellableWait(
      options.signal,
      () => native.cancelWait(),
      () => native.getCommands(timeout, batchSize),
    ).catch((error) => {
      if (error instanceof VdiAbortError) this.#ending.abort(error);
      throw error;
    });
    if (commands === null) this.#closed = true;
    const [first, ...rest] = commands ?? [];
    this.#queued.push(...rest);
    return first;
  }

  /** Whoever waits for held commands must not wait for those that nobody holds. */
  #letGo(): void {
    const code = completionCodes.ERROR_OPERATION_ABORTED.value;
    for (const { id } of this.#queued) this.#native.completeCommand(id, code, 0, 0n).catch(() => undefined);
    this.#queued = [];
  }

  async #transfer(
    options: DeviceTransferOptions,
    run: (sha256: boolean) => Promise<NativeTransferResult>,
  ): Promise<NativeTransferResult> {
    const { signal, sha256 = false } = options;
    signal?.throwIfAborted();
    // A set that cannot be aborted any more has ended already, and the transfer with it.
    const abort = () => void this.#abortSet().catch(() => undefined);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const result = await run(sha256);
      this.#closed = true;
      return result;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}

function filePath(target: string | URL | null): string {
  if (target === null) return '';
  return typeof target === 'string' ? target : fileURLToPath(target);
}
