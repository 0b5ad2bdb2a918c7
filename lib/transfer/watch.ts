// One timer for a transfer: samples its progress and enforces its limits.
import type { SqlMessage } from '../sql/executor.ts';
import { messageKind } from '../sql/message-kinds.ts';
import type { VirtualDevice } from '../vdi/device.ts';
import { type CheckedLimits, LimitError } from './limits.ts';
import { notify } from './notify.ts';
import type { Limits, Progress } from './options.ts';

const tickMs = 200;
/** An estimated size is seldom exact, the server has processed all before it has closed, and done is done only at the end. */
const mostBefore = 99;

/** What a watch reports to. */
export interface WatchEvents {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** A limit has passed, or onProgress has thrown or rejected. */
  readonly onFailure: (error: unknown) => void;
}

/** Starts with the phase 'attaching'; `stop` must be called. */
export class Watch {
  readonly #limits: CheckedLimits;
  readonly #events: WatchEvents;
  readonly #totalBytes: number | null;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;
  #devices: readonly VirtualDevice[] = [];
  #phase: Progress['phase'] = 'attaching';
  #since = this.#started;
  #firstByteAt: number | undefined;
  #sampledAt = this.#started;
  #percent: { readonly value: number; readonly bytes: number } | null = null;
  #commands = 0;
  #held = false;
  #verdict = false;
  #bytes = 0;
  #expired = false;
  #succeeded = false;

  constructor(limits: CheckedLimits, totalBytes: number | null, events: WatchEvents) {
    this.#limits = limits;
    this.#totalBytes = totalBytes;
    this.#events = events;
    // It keeps the process alive: a statement or a sink that hangs may hold nothing else that does.
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  get elapsedMs(): number {
    return performance.now() - this.#started;
  }

  /** The devices are open. */
  transferring(devices: readonly VirtualDevice[]): void {
    this.#devices = devices;
    this.#enter('transferring');
  }

  /** Every device was closed. */
  finishing(): void {
    this.#sample();
    this.#enter('finishing');
  }

  /** The statement has succeeded: what is awaited now is on this side. */
  verdict(): void {
    this.#verdict = true;
    this.#enter('finishing');
  }

  message(message: SqlMessage): void {
    const meaning = messageKind(message);
    if (meaning.kind === 'progress') this.#percent = { value: meaning.percent, bytes: this.#sample() };
  }

  /** The last report of a transfer that succeeded. */
  succeeded(bytes: number): void {
    this.#bytes = bytes;
    this.#percent = { value: 100, bytes };
    this.#succeeded = true;
    this.#report();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#devices = [];
  }

  #enter(phase: Progress['phase']): void {
    this.#phase = phase;
    this.#since = performance.now();
    this.#report();
  }

  #tick(): void {
    this.#report();
    this.#enforce();
  }

  #sample(): number {
    // Without devices the last sample stands.
    if (this.#devices.length > 0) this.#bytes = this.#devices.reduce((sum, device) => sum + device.counters.bytes, 0);
    // The first byte came somewhere since the last sample without any.
    if (this.#bytes > 0) this.#firstByteAt ??= this.#sampledAt;
    this.#sampledAt = performance.now();
    return this.#bytes;
  }

  #report(): void {
    const { onProgress, onFailure } = this.#events;
    if (onProgress === undefined) return;
    const bytes = this.#sample();
    const movingMs = this.#firstByteAt === undefined ? 0 : performance.now() - this.#firstByteAt;
    const bytesPerSecond = movingMs > 0 ? (bytes / movingMs) * 1000 : 0;
    const progress = {
      bytes,
      totalBytes: this.#totalBytes,
      percent: this.#percentAt(bytes),
      elapsedMs: this.elapsedMs,
      bytesPerSecond,
      etaMs: this.#eta(bytes, bytesPerSecond),
      phase: this.#phase,
    };
    notify(onProgress, progress, onFailure);
  }

  #percentAt(bytes: number): number | null {
    if (this.#succeeded) return 100;
    const known: number[] = this.#percent === null ? [] : [this.#percent.value];
    if (this.#totalBytes) known.push(Math.floor((bytes * 100) / this.#totalBytes));
    return known.length === 0 ? null : Math.min(mostBefore, Math.max(...known));
  }

  /** From the size that the last percentage stands for, or the one that was estimated. */
  #eta(bytes: number, bytesPerSecond: number): number | null {
    if (bytesPerSecond === 0) return null;
    const { value = 0, bytes: at = 0 } = this.#percent ?? {};
    const total = value > 0 ? (at * 100) / value : this.#totalBytes;
    return total === null ? null : Math.max(0, ((total - bytes) / bytesPerSecond) * 1000);
  }

  #enforce(): void {
    const now = performance.now();
    if (this.#phase === 'transferring') {
      const commands = this.#devices.reduce((sum, device) => sum + device.counters.commands, 0);
      const held = this.#devices.some((device) => device.held > 0);
      if (commands !== this.#commands || held !== this.#held) this.#since = now;
      this.#commands = commands;
      this.#held = held;
    }
    const limit = this.#limit();
    const milliseconds = this.#limits[limit];
    if (milliseconds > 0 && now - this.#since > milliseconds && !this.#expired) {
      this.#expired = true;
      this.#events.onFailure(new LimitError(limit, milliseconds));
    }
  }

  #limit(): keyof Limits {
    if (this.#phase === 'attaching') return 'attachMs';
    if (this.#phase === 'finishing') return this.#verdict ? 'holdMs' : 'verdictMs';
    // While commands are held it is this side that is slow.
    if (this.#held) return 'holdMs';
    return this.#commands === 0 ? 'configureMs' : 'idleMs';
  }
}
