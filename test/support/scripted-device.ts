// A device whose server is a script in memory: for testing what serves commands without shared memory.

import { commandCodes } from '../../lib/vdi/command-codes.ts';
import { createVdiError } from '../../lib/vdi/create-error.ts';
import { VirtualDevice } from '../../lib/vdi/device.ts';
import type { NativeCommand, NativeDevice, NativeTransferOptions, NativeTransferResult } from '../../lib/vdi/native.ts';
import { statuses } from '../../lib/vdi/status.ts';

export interface Step {
  readonly code: number;
  readonly size?: number;
  readonly data?: Uint8Array;
}

export interface Answer {
  readonly code: number;
  readonly completion: number;
  readonly bytes: number;
  readonly data: Buffer;
}

export const write = (data: Uint8Array): Step => ({ code: commandCodes.Write, size: data.length, data });
export const read = (size: number): Step => ({ code: commandCodes.Read, size });
export const flush: Step = { code: commandCodes.Flush };
export const complete: Step = { code: commandCodes.Complete };

/** Delivers the steps in order, at most `window` outstanding, and closes the device when all are answered. */
export class ScriptedDevice implements NativeDevice {
  readonly answers: Answer[] = [];
  readonly #steps: Step[];
  readonly #window: number;
  readonly #held = new Map<number, { step: Step; buffer: Buffer | null }>();
  #next = 0;
  #wake: (() => void) | undefined;
  #cancelled = false;
  #aborted = false;
  #bytes = 0;

  /** Resolves when every command was answered, or the device aborted. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;
  #staysOpen: boolean;

  /** `staysOpen`: the server does not close the device by itself. */
  constructor(steps: readonly Step[], window = 4, staysOpen = false) {
    this.#steps = [...steps];
    this.#window = window;
    this.#staysOpen = staysOpen;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get device(): VirtualDevice {
    return new VirtualDevice('device', this, async () => this.abort(), new AbortController());
  }

  close(): void {
    this.#staysOpen = false;
    this.#wake?.();
  }

  abort(): void {
    this.#aborted = true;
    this.#end();
    this.#wake?.();
  }

  async getCommands(_timeoutMs: number, max: number): Promise<NativeCommand[] | null> {
    this.#cancelled = false;
    for (;;) {
      if (this.#aborted) throw failure('VD_E_ABORT');
      if (this.#cancelled) throw failure('VD_E_TIMEOUT');
      const commands = this.#deliver(max);
      if (commands.length > 0) return commands;
      if (this.#next === this.#steps.length && this.#held.size === 0) {
        this.#end();
        if (!this.#staysOpen) return null;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async completeCommand(id: number, code: number, bytes: number): Promise<void> {
    const command = this.#held.get(id);
    if (command === undefined) throw failure('VD_E_INVALID');
    this.#held.delete(id);
    this.#bytes += bytes;
    this.answers.push({ code: command.step.code, completion: code, bytes, data: Buffer.from(command.buffer ?? '') });
    command.buffer?.fill(0xdd); // the server owns it again
    this.#wake?.();
    if (this.#aborted) throw failure('VD_E_ABORT');
  }

  transferTo(_options: NativeTransferOptions): Promise<NativeTransferResult> {
    throw new Error('this device has no native side');
  }

  transferFrom(_options: NativeTransferOptions): Promise<NativeTransferResult> {
    throw new Error('this device has no native side');
  }

  cancelWait(): void {
    this.#cancelled = true;
    this.#wake?.();
  }

  counters() {
    const completes = this.answers.filter(({ code, completion }) => code === complete.code && completion === 0).length;
    return { bytes: this.#bytes, commands: this.answers.length, flushes: 0, completes };
  }

  held(): number {
    return this.#held.size;
  }

  #deliver(max: number): NativeCommand[] {
    const commands: NativeCommand[] = [];
    while (commands.length < max && this.#held.size < this.#window && this.#next < this.#steps.length) {
      const step = this.#steps[this.#next];
      if (step === undefined) break;
      const id = this.#next++;
      const buffer = step.size === undefined ? null : Buffer.alloc(step.size, step.data ?? 0xee);
      this.#held.set(id, { step, buffer });
      commands.push({ id, code: step.code, size: step.size ?? 0, position: 0n, buffer });
    }
    return commands;
  }
}

function failure(name: string): Error {
  const status = statuses.find((row) => row.name === name);
  return createVdiError(status?.value ?? 0, { operation: 'GetCommand', setName: 'set', device: 'device' });
}
