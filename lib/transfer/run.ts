// The race between a statement and its devices: everything succeeds, or everything ends with the first cause.
import { toError } from '../common/thrown.ts';
import { settled, unlessAborted } from '../common/waits.ts';
import { ConnectionLostError, SqlServerError } from '../sql/error.ts';
import type { ExecuteResult, SqlMessage } from '../sql/executor.ts';
import { verdictOf } from '../sql/message-kinds.ts';
import type { ServeResult } from '../streams/serve.ts';
import type { VdConfig } from '../vdi/config.ts';
import { vdiErrorNamed } from '../vdi/create-error.ts';
import type { VirtualDevice } from '../vdi/device.ts';
import { VdiAbortError } from '../vdi/errors.ts';
import { VirtualDeviceSet } from '../vdi/set.ts';
import { Deadline } from './deadline.ts';
import { type FailureOrigin, Failures } from './failures.ts';
import { BackupKeptError, type KeptFile } from './kept.ts';
import type { CheckedLimits } from './limits.ts';
import type { DeviceNames } from './names.ts';
import { notify } from './notify.ts';
import type { RunResult, TransferOptions } from './options.ts';
import { publishAll } from './publish.ts';
import type { Server } from './server.ts';
import type { Stripe } from './stripes.ts';
import type { FileTarget } from './target.ts';
import { Watch } from './watch.ts';

/** What one transfer is made of. */
export interface Plan {
  readonly stripes: readonly Stripe[];
  /** The stripes' files that are published at the end. */
  readonly targets: readonly FileTarget[];
  readonly names: DeviceNames;
  readonly statement: string;
  readonly server: Server;
  readonly limits: CheckedLimits;
  /** About how many bytes will be moved, or null. */
  readonly totalBytes: number | null;
  readonly options: TransferOptions;
}

interface Moved {
  readonly config: VdConfig;
  readonly stripes: readonly ServeResult[];
}

/** How long others get to end by themselves, in milliseconds. A cancelled call rejects within two seconds. */
const grace = {
  /** The statement failed: its devices close at once. */
  statementFailed: 1000,
  /** The statement's connection was lost before the server attached: if it was just attaching, the interface will notice its death. */
  connectionLost: 250,
  /** The set was aborted from the other side, or that side died: the statement says why, if anything does. */
  aborted: 1000,
  /** A device failed and the server was told, or the statement succeeded: the server ends the rest by itself. */
  server: 30_000,
  /** Everything was stopped. */
  stopped: 400,
  /** The call was cancelled when the server may already have called it done: its verdict. */
  verdict: 900,
  /** Holders of transfer buffers, before these are taken away. */
  buffers: 500,
  /** The set's close: a thread may hang in a write to a dead disk. */
  close: 1000,
} as const;

/** Runs a plan once. */
export class Transfer {
  readonly #plan: Plan;
  readonly #set: VirtualDeviceSet;
  readonly #failures = new Failures();
  readonly #watch: Watch;
  /** Ends the waits for the interface, sinks and sources. Its reason is the primary failure. */
  readonly #stop = new AbortController();
  readonly #cancelStatement = new AbortController();
  readonly #messages: SqlMessage[] = [];
  #statement: Promise<ExecuteResult | undefined> = Promise.resolve(undefined);
  #moving: Promise<unknown> = Promise.resolve();
  #stripesAborted: Promise<unknown> = Promise.resolve();
  #attached = false;
  /** The statement succeeded, and every stripe is durable. */
  #finished = false;
  #committed = false;
  #devices: readonly VirtualDevice[] = [];
  /** Every device was closed, or the statement has succeeded. */
  #ending = false;
  /** The server said that it failed. */
  #refused = false;
  #lateCancel: { readonly reason: unknown } | null = null;
  /** Everything ends by then. */
  readonly #deadline = new Deadline(() => this.#tooLate());

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#set = new VirtualDeviceSet({ provider: plan.server.provider });
    this.#watch = new Watch(plan.limits, plan.totalBytes, {
      onProgress: plan.options.onProgress,
      onFailure: (error) => this.#fail(error, 'call'),
    });
  }

  /** Rejects with the primary cause after everything was ended and removed. */
  async run(): Promise<RunResult> {
    const { signal } = this.#plan.options;
    const onAbort = () => this.#cancel(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    try {
      return await this.#succeed();
    } catch (error) {
      this.#fail(error, 'local');
      await this.#cleanUp();
      throw this.#failures.primary();
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#deadline.clear();
      this.#watch.stop();
    }
  }

  async #succeed(): Promise<RunResult> {
    const { names, server, stripes, targets } = this.#plan;
    this.#check();
    const features = ['requestComplete'] as const;
    await this.#set.createEx(server.instance, names.set, { deviceCount: names.devices.length, features });
    this.#check();
    this.#statement = this.#execute();
    const moving = this.#move();
    this.#moving = moving;
    const moved = await this.#unlessStopped(moving);
    this.#ending = true;
    this.#watch.finishing();
    // A late cancel keeps its own.
    if (this.#lateCancel === null) this.#deadline.clear();
    const executed = await this.#unlessStopped(this.#statement);
    this.#check();
    this.#watch.verdict();
    await this.#set.close();
    await this.#unlessStopped(Promise.all(stripes.map((stripe) => stripe.finish?.())));
    this.#watch.stop();
    this.#check();
    this.#finished = true;
    await this.#commit(targets);
    return this.#result(moved, executed);
  }

  /** Never rejects: a failure is noted as it happens. */
  async #execute(): Promise<ExecuteResult | undefined> {
    const { server, statement } = this.#plan;
    try {
      const result = await server.execute(statement, {
        signal: this.#cancelStatement.signal,
        onMessage: (message) => this.#onMessage(message),
      });
      if (!this.#attached) throw new Error('the statement ended without using the virtual device set it names');
      this.#ending = true;
      this.#stopLater(this.#serverGrace);
      return result;
    } catch (error) {
      // What a statement says that was stopped from here is no verdict.
      this.#refused = error instanceof SqlServerError && !this.#stop.signal.aborted;
      if (this.#lateCancel !== null) this.#fail(this.#lateCancel.reason, 'cancelled');
      this.#fail(error instanceof ConnectionLostError ? this.#lost(error) : error, 'statement');
      return undefined;
    }
  }

  /** Whether the interface noticed the server's end too, or the server had not attached yet, the caller is told the same. */
  #lost(cause: ConnectionLostError): Error {
    const context = { operation: 'The statement', setName: this.#plan.names.set, detail: cause.message };
    return vdiErrorNamed('VD_E_ABORT', context, { cause });
  }

  #onMessage(message: SqlMessage): void {
    this.#messages.push(message);
    this.#watch.message(message);
    notify(this.#plan.options.onMessage, message, (error) => this.#fail(error, 'call'));
  }

  async #move(): Promise<Moved> {
    const { signal } = this.#stop;
    const config = await this.#set.getConfiguration({ signal });
    this.#attached = true;
    const devices: VirtualDevice[] = [];
    for (const name of this.#plan.names.devices) devices.push(await this.#set.openDevice(name));
    this.#devices = devices;
    this.#watch.transferring(devices);
    const onError = (error: Error) => this.#fail(error, 'local');
    const sha256 = this.#plan.options.sha256 ?? false;
    const moves = this.#plan.stripes.map((stripe, index) => {
      const device = devices[index];
      if (device === undefined) throw new RangeError('there is a device for each stripe');
      const move = stripe.move(device, { sha256, signal, onError });
      move.catch(onError);
      return move;
    });
    // All of them, so that nothing is still moving when the set is closed.
    await Promise.allSettled(moves);
    return { config, stripes: await Promise.all(moves) };
  }

  /** From here on cancelling changes nothing. */
  async #commit(targets: readonly FileTarget[]): Promise<void> {
    this.#committed = true;
    try {
      await publishAll(targets);
    } catch (error) {
      this.#committed = false;
      throw error;
    }
  }

  /** A caller's `execute` in JavaScript may give nothing, or its driver's own result: what it reported by onMessage stands. */
  #result(moved: Moved, executed: Partial<ExecuteResult> | undefined): RunResult {
    const { rows = [], messages = this.#messages } = executed ?? {};
    const stripes = moved.stripes.map(({ bytes, sha256 }, index) => ({
      bytes,
      sha256,
      path: this.#plan.stripes[index]?.path ?? null,
    }));
    const bytes = stripes.reduce((sum, stripe) => sum + stripe.bytes, 0);
    this.#watch.succeeded(bytes);
    const { elapsedMs } = this.#watch;
    return { bytes, stripes, elapsedMs, messages, verdict: verdictOf(messages), config: moved.config, rows };
  }

  /**
   * Once every device has acknowledged Complete the server may call a backup done and truncate the log: from then on only its
   * verdict tells whether there is still something to cancel. The statement is not cancelled meanwhile, since a client may say
   * so of one that was done already.
   */
  #cancel(reason: unknown): void {
    if (!this.#completed() && !this.#ending) {
      this.#fail(reason, 'cancelled');
      return;
    }
    this.#lateCancel = { reason };
    this.#stopLater(grace.verdict);
  }

  /** Every device has acknowledged Complete, so everything is durable. */
  #completed(): boolean {
    return this.#devices.length > 0 && this.#devices.every((device) => device.counters.completes > 0);
  }

  /** Notes a failure and decides how long the others get to end by themselves. */
  #fail(error: unknown, origin: FailureOrigin): void {
    if (this.#committed) return;
    this.#failures.add(error, origin);
    if (origin === 'cancelled' || origin === 'call') this.#stopNow();
    else if (!this.#attached && isConnectionLoss(error, origin)) this.#stopLater(grace.connectionLost);
    else if (error instanceof VdiAbortError) this.#stopLater(grace.aborted);
    else if (!this.#attached) this.#stopNow();
    else this.#stopLater(origin === 'statement' ? grace.statementFailed : this.#serverGrace);
  }

  get #serverGrace(): number {
    return Math.min(grace.server, this.#plan.limits.verdictMs || grace.server);
  }

  #check(): void {
    if (this.#failures.any) throw this.#failures.primary();
  }

  #unlessStopped<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(promise, this.#stop.signal);
  }

  #stopLater(milliseconds: number): void {
    if (!this.#stop.signal.aborted) this.#deadline.within(milliseconds);
  }

  #tooLate(): void {
    if (this.#committed) return;
    if (!this.#failures.any) {
      if (this.#lateCancel !== null) this.#failures.add(this.#lateCancel.reason, 'cancelled');
      else this.#failures.add(new Error('the statement succeeded, but the server did not close every device'), 'local');
    }
    this.#stopNow();
  }

  /** Ends both sides at once; whatever fails from here on is a consequence. */
  #stopNow(): void {
    if (this.#stop.signal.aborted) return;
    this.#deadline.clear();
    this.#failures.close();
    const cause = this.#failures.primary();
    this.#stop.abort(cause);
    this.#cancelStatement.abort(cause);
    // Refused where there is nothing to abort.
    this.#set.signalAbort().catch(() => undefined);
    this.#stripesAborted = Promise.allSettled(this.#plan.stripes.map((stripe) => stripe.abort?.(toError(cause))));
  }

  /** The server gets its grace to say why it failed; then nothing is left, and nothing takes longer than it may. */
  async #cleanUp(): Promise<void> {
    await this.#unlessStopped(this.#statement).catch(() => undefined);
    this.#stopNow();
    await settled(Promise.allSettled([this.#statement, this.#moving, this.#stripesAborted]), grace.stopped);
    this.#watch.stop();
    const keeps = !this.#failures.cancelled && (this.#finished || (this.#completed() && !this.#refused));
    if (keeps) await this.#keep();
    // Only once the set is closed no thread writes to the files any more. What hangs for too long ends in its own time.
    const closed = this.#set.close({ graceMs: grace.buffers }).catch(() => undefined);
    await settled(keeps ? closed : closed.then(() => this.#revert()), grace.close);
  }

  /** The server may be done, and its log truncated: this may be the only copy. */
  async #keep(): Promise<void> {
    const files: KeptFile[] = [];
    for (const target of this.#plan.targets) {
      try {
        files.push({ path: target.path, kept: await target.withdraw() });
      } catch (error) {
        this.#failures.add(error, 'local');
        files.push({ path: target.path, kept: target.temporary });
      }
    }
    if (files.length > 0) this.#failures.add(new BackupKeptError(files), 'local');
  }

  async #revert(): Promise<void> {
    for (const target of this.#plan.targets) {
      await target.revert().catch((error) => this.#failures.add(error, 'local'));
    }
  }
}

/** The server itself said nothing. */
function isConnectionLoss(error: unknown, origin: FailureOrigin): boolean {
  return origin === 'statement' && !(error instanceof SqlServerError);
}
