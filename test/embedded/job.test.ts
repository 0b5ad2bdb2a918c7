// A statement's messages and end, over a job that does what the test says.
import { describe, expect, it } from 'vitest';
import { type BatchEvent, ownerSession } from '../../lib/embedded/batch.ts';
import { BatchContext } from '../../lib/embedded/context.ts';
import { type JobOptions, neverAttach, runJob } from '../../lib/embedded/job.ts';
import { draft, StatementFailure } from '../../lib/embedded/messages.ts';
import { SqlServerError } from '../../lib/sql/error.ts';
import type { SqlMessage } from '../../lib/sql/executor.ts';
import type { EngineFailure, EngineResult, NativeJob, RestoreTarget } from '../../lib/vdi/native.ts';

class ScriptedJob implements NativeJob {
  cancelled = false;
  readonly targets: RestoreTarget[] = [];
  percent = 0;
  private end: (result: EngineResult) => void = () => {};
  private readonly ended = new Promise<EngineResult>((resolve) => {
    this.end = resolve;
  });

  finish(failure: EngineFailure | null = null): void {
    this.end({ failure, bytesPerDevice: [8192], pages: 1, config: null, completeEnabled: true });
  }
  headers(): Promise<null> {
    return Promise.resolve(null);
  }
  proceed(target: RestoreTarget): void {
    this.targets.push(target);
    if (target.kind === 'stop') this.finish();
  }
  done(): Promise<EngineResult> {
    return this.ended;
  }
  cancel(): void {
    this.cancelled = true;
    this.finish({ ...failure, stage: 'cancelled' });
  }
  progress(): { pages: number; totalPages: number; bytes: number } {
    return { pages: this.percent, totalPages: 100, bytes: 0 };
  }
}

const failure: EngineFailure = { stage: 'write', device: 0, hresult: 0, osError: 112, media: 'none', detail: '' };
/** The context of a batch that sends its messages to `onMessage`. */
function contextOf(onMessage: (message: SqlMessage) => void = () => {}, signal?: AbortSignal): BatchContext {
  const onEvent = (event: BatchEvent): void => {
    if (event.kind === 'message') onMessage(event.message);
  };
  return new BatchContext(ownerSession(), { onEvent, signal }, 'HOST');
}

const options: JobOptions<string> = { devices: ['d'], stats: null, afterHeaders: async () => 'prepared' };

describe('runJob', () => {
  it('gives the result and what was prepared', async () => {
    const job = new ScriptedJob();
    job.finish();
    const outcome = await runJob(job, contextOf(), options);
    expect(outcome).toMatchObject({ prepared: 'prepared', result: { pages: 1 } });
  });

  it.each([
    [10, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
    [30, [30, 60, 90, 100]],
    [100, [100]],
  ])('reports each %i percent once', async (stats, expected) => {
    const percents: string[] = [];
    const context = contextOf(({ message }) => void percents.push(message));
    const job = new ScriptedJob();
    const running = runJob(job, context, { ...options, stats });
    job.percent = 65;
    await expect.poll(() => percents.length).toBe(expected.filter((percent) => percent <= 65).length);
    job.finish();
    await running;
    expect(percents).toEqual(expected.map((percent) => `${percent} percent processed.`));
  });

  it('makes messages of a failure', async () => {
    const job = new ScriptedJob();
    job.finish(failure);
    const running = runJob(job, contextOf(), { ...options, stats: 10 });
    await expect(running).rejects.toThrow('Write on "d" failed: 112(There is not enough space on the disk.)');
  });

  it('lets the devices close in order where the headers are refused', async () => {
    const job = new ScriptedJob();
    const afterHeaders = async (): Promise<never> => {
      throw new StatementFailure(draft(3254, ['d']));
    };
    await expect(runJob(job, contextOf(), { ...options, afterHeaders })).rejects.toThrow('is empty');
    expect(job.targets).toEqual([{ kind: 'stop' }]);
    expect(job.cancelled).toBe(false);
  });

  it('cancels the job with the statement and gives the reason', async () => {
    const reason = new Error('enough');
    for (const early of [true, false]) {
      const controller = new AbortController();
      if (early) controller.abort(reason);
      const job = new ScriptedJob();
      const running = runJob(job, contextOf(undefined, controller.signal), options);
      controller.abort(reason);
      await expect(running).rejects.toBe(reason);
      expect(job.cancelled).toBe(true);
    }
  });
});

describe('neverAttach', () => {
  it('waits for the end of the statement', async () => {
    const context = contextOf();
    const waiting = neverAttach(context);
    context.cancel(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(neverAttach(context)).rejects.toThrow('enough');
  });
});

describe('BatchContext', () => {
  it('ends a failed statement with 3013 and sends every message', async () => {
    const sent: SqlMessage[] = [];
    const context = contextOf((message) => void sent.push(message));
    const work = async () => {
      context.inform(3211, [10]);
      throw new StatementFailure(draft(911, ['x'], 11));
    };
    const error: unknown = await context
      .run(() => context.statement(1, work, 'BACKUP LOG'))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SqlServerError);
    expect(error).toMatchObject({ number: 911, state: 11, severity: 16 });
    expect(sent.map(({ number, line, server }) => [number, line, server])).toEqual([
      [3211, 1, 'HOST'],
      [911, 1, 'HOST'],
      [3013, 1, 'HOST'],
    ]);
  });

  it('goes on with the next statement after one that failed, and names the line of each', async () => {
    const sent: SqlMessage[] = [];
    const context = contextOf((message) => void sent.push(message));
    const running = context.run(async () => {
      await context.statement(2, () => Promise.reject(new StatementFailure(draft(911, ['x']))), null);
      await context.statement(5, async () => context.inform(3211, [10]), null);
    });
    await expect(running).rejects.toMatchObject({ number: 911, messages: [{ line: 2 }, { number: 3211, line: 5 }] });
    expect(sent.map(({ number }) => number)).toEqual([911, 3211]);
  });

  it('lets other errors through as they are', async () => {
    const broken = new TypeError('a defect');
    const work = () => Promise.reject(broken);
    await expect(contextOf().run(work)).rejects.toBe(broken);
  });

  it('hears a listener that throws, even at the last message of a success', async () => {
    const onMessage = () => {
      throw new RangeError('from the listener');
    };
    const context = contextOf(onMessage);
    const work = async () => {
      context.inform(3211, [100]);
    };
    await expect(context.run(work)).rejects.toThrow('from the listener');
  });
});
