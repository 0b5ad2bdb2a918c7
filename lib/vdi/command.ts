// One command of the server: what it asks for, and how it is answered.
import { type CommandName, commandName } from './command-codes.ts';
import { type CompletionCodeName, completionCodeValue } from './hresult.ts';
import type { NativeCommand, NativeDevice } from './native.ts';

/** How a command is answered. */
export interface Completion {
  /** A Win32 code by name, or as a number from 0 to 2^32-1. Default ERROR_SUCCESS. */
  readonly code?: CompletionCodeName | number | undefined;
  /** Bytes moved, 0 to 2^32-1; of a Read or Write at most the command's size. Default: its size for one that succeeded, else 0. */
  readonly bytes?: number | undefined;
  /** The resulting position, for GetPosition and SetPosition: 0 to 2^64-1. Default 0. */
  readonly position?: number | bigint | undefined;
}

/** A command the server waits for an answer to (the specification's VDC_Command). */
export class VirtualDeviceCommand {
  /** The code as the server sent it, 1 to 19 in the specification. */
  readonly code: number;
  /** The command's name; 'Unknown' commands are to be answered with ERROR_NOT_SUPPORTED. */
  readonly name: CommandName | 'Unknown';
  /** Bytes to move; for tape commands a count, for SetPosition the origin (0 begin, 1 current, 2 end), for Load 1 to unload first. */
  readonly size: number;
  /** Byte offset on a disk-like device, block address on a tape. */
  readonly position: bigint;
  /**
   * Aborted when the set is aborted or closed: whoever still uses the buffer, in a write that runs say, then lets go and
   * completes the command, for which `close` waits.
   */
  readonly signal: AbortSignal;
  readonly #native: NativeCommand;
  readonly #device: NativeDevice;

  /** Made by {@link VirtualDevice}. */
  constructor(native: NativeCommand, device: NativeDevice, signal: AbortSignal) {
    this.signal = signal;
    this.code = native.code;
    this.name = commandName(native.code);
    this.size = native.size;
    this.position = native.position;
    this.#native = native;
    this.#device = device;
  }

  /**
   * The transfer buffer itself, not a copy: it is the caller's until `complete` is called, which detaches it (its length
   * becomes 0). Closing the set detaches it too. null where the command carries none.
   */
  get buffer(): Buffer | null {
    return this.#native.buffer;
  }

  /**
   * Answers the command (IClientVirtualDevice::CompleteCommand). Commands may be completed in any order. For a Read at the end
   * of the data answer ERROR_HANDLE_EOF with the partial count: some servers take the rest of a short success as data.
   *
   * Rejects with VdiAbortError where the set was aborted meanwhile; VdiInvalidError where the command is not held any more, and
   * VdiProtocolError where the device has been closed besides; a TypeError where the buffer was transferred away (the command was then
   * answered with an error) or there is no such code; a RangeError for `bytes` or `position`, the command being held as before.
   */
  async complete(completion: Completion = {}): Promise<void> {
    const code = completionCodeValue(completion.code ?? 0);
    const moves = this.name === 'Read' || this.name === 'Write';
    const bytes = completion.bytes ?? (moves && code === 0 ? this.size : 0);
    if (!Number.isInteger(bytes) || bytes < 0 || (moves && bytes > this.size)) {
      throw new RangeError(`a ${this.name} of ${this.size} bytes cannot be completed with ${bytes} bytes`);
    }
    await this.#device.completeCommand(this.#native.id, code, bytes, BigInt(completion.position ?? 0));
  }
}
