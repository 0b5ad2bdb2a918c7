// Runs one of the engine's jobs to its end: progress messages meanwhile, and an end on demand.
import type { EngineResult, NativeJob } from '../vdi/native.ts';
import type { BatchContext } from './context.ts';
import { describeFailure } from './failures.ts';
import { StatementFailure } from './messages.ts';

const progressIntervalMs = 50;

export interface JobOptions<T> {
  readonly devices: readonly string[];
  /** Percent between two messages; null: none. */
  readonly stats: number | null;
  /** Restore: looks at the headers and lets the job go on; null where there are none, because it has failed. */
  readonly afterHeaders: () => Promise<T | null>;
}

export interface JobOutcome<T> {
  readonly result: EngineResult;
  readonly prepared: T;
}

/**
 * Resolves when the job has succeeded and released everything. Throws a StatementFailure when it failed, and the signal's
 * reason when it was cancelled; the job is over then, too.
 */
export async function runJob<T>(job: NativeJob, context: BatchContext, options: JobOptions<T>): Promise<JobOutcome<T>> {
  const progress = new ProgressMessages(context, options.stats);
  const timer = options.stats === null ? null : setInterval(() => progress.report(percentOf(job)), progressIntervalMs);
  const cancel = (): void => job.cancel();
  context.signal.addEventListener('abort', cancel, { once: true });
  if (context.signal.aborted) cancel();
  try {
    const prepared = await prepare(job, options);
    const result = await job.done();
    if (result.failure !== null || prepared === null) {
      context.signal.throwIfAborted();
      throw new StatementFailure(...describeFailure(result.failure, options.devices));
    }
    progress.report(100);
    return { result, prepared };
  } finally {
    if (timer !== null) clearInterval(timer);
    context.signal.removeEventListener('abort', cancel);
  }
}

/** Where the headers are refused, the server closes the devices in an orderly way, as after a success. */
async function prepare<T>(job: NativeJob, options: JobOptions<T>): Promise<T | null> {
  try {
    return await options.afterHeaders();
  } catch (error) {
    job.proceed({ kind: 'stop' });
    await job.done();
    throw error;
  }
}

/** For the fault of that name: the statement runs, and nothing happens until it is cancelled. */
export async function neverAttach(context: BatchContext): Promise<never> {
  await new Promise<void>((resolve) => {
    // A timer keeps the process alive as a running statement would.
    const timer = setInterval(() => {}, 2 ** 30);
    const end = (): void => {
      clearInterval(timer);
      resolve();
    };
    if (context.signal.aborted) end();
    else context.signal.addEventListener('abort', end, { once: true });
  });
  throw context.signal.reason;
}

function percentOf(job: NativeJob): number {
  const { pages, totalPages } = job.progress();
  // 100 is for the end alone.
  return totalPages === 0 ? 0 : Math.min(99, Math.floor((pages * 100) / totalPages));
}

/** Message 3211 at each step, none left out, none twice. */
class ProgressMessages {
  private readonly context: BatchContext;
  private readonly step: number | null;
  private next: number;

  constructor(context: BatchContext, step: number | null) {
    this.context = context;
    this.step = step;
    this.next = step ?? 0;
  }

  report(percent: number): void {
    if (this.step === null) return;
    for (; this.next <= percent; this.next += this.step) this.context.inform(3211, [this.next]);
    if (percent === 100 && this.next !== 100 + this.step) this.context.inform(3211, [100]);
  }
}
