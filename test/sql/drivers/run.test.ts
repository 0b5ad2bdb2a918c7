// How a statement ends, whatever the driver.
import { expect, it } from 'vitest';
import { type Run, runStatement } from '../../../lib/sql/drivers/run.ts';
import { ConnectionLostError, SqlServerError } from '../../../lib/sql/error.ts';
import type { ExecuteOptions } from '../../../lib/sql/executor.ts';
import { message } from '../../support/scripted-server.ts';

function started(options?: ExecuteOptions) {
  let given: Run | undefined;
  let cancels = 0;
  const result = runStatement(options, (run) => {
    given = run;
    return () => void cancels++;
  });
  result.catch(() => {});
  if (given === undefined) throw new Error('it was not started');
  return { run: given, result, cancels: () => cancels };
}

it('gives rows and messages', async () => {
  const seen: number[] = [];
  const { run, result } = started({ onMessage: ({ number }) => seen.push(number) });
  run.message(message(3211, 0, '50 percent processed.'));
  expect(seen).toEqual([3211]);
  run.row({ a: 1, b: undefined, c: { toString: () => 'x' }, d: 7n });
  run.end();
  expect(await result).toMatchObject({ rows: [{ a: 1, b: null, c: 'x', d: 7n }], messages: [{ number: 3211 }] });
});

it('fails with all messages where one is an error, whatever the driver says', async () => {
  const { run, result } = started();
  run.message(message(911, 16, 'no'));
  run.message(message(3013, 16, 'terminating'));
  run.end(new Error("the driver's own words"));
  await expect(result).rejects.toBeInstanceOf(SqlServerError);
  await expect(result).rejects.toMatchObject({ number: 911, messages: { length: 2 } });
});

it('succeeds in spite of errors where the server says so', async () => {
  const { run, result } = started();
  run.message(message(3014, 0, 'BACKUP DATABASE successfully processed 8 pages in 0.013 seconds (203.124 MB/sec).'));
  run.message(message(3009, 16, 'Could not insert a history record. The operation was still successful.'));
  run.end(new Error('the driver takes it for a failure'));
  expect((await result).messages).toMatchObject([{ number: 3014 }, { number: 3009 }]);
  const both = started();
  for (const number of [3014, 3009, 3013]) both.run.message(message(number, 16, 'x'));
  both.run.end();
  await expect(both.result).rejects.toBeInstanceOf(SqlServerError);
});

it('is a lost connection where the driver has an error and the server none', async () => {
  const { run, result } = started();
  const cause = new Error('socket closed');
  run.end(cause);
  await expect(result).rejects.toBeInstanceOf(ConnectionLostError);
  await expect(result).rejects.toMatchObject({ cause, message: expect.stringContaining('socket closed') });
});

it('asks to cancel once, waits for the end, and rejects with the reason', async () => {
  const controller = new AbortController();
  const { run, result, cancels } = started({ signal: controller.signal });
  controller.abort('enough');
  expect(cancels()).toBe(1);
  run.message(message(3204, 16, 'aborted'));
  run.end();
  await expect(result).rejects.toBe('enough');
});

it('does not start what is cancelled already', async () => {
  const start = () => expect.unreachable();
  await expect(runStatement({ signal: AbortSignal.abort('enough') }, start)).rejects.toBe('enough');
});

it("gives a listener's own error", async () => {
  const failure = new Error('listener');
  const { run, result } = started({
    onMessage: () => {
      throw failure;
    },
  });
  run.message(message(3211, 0, 'x'));
  run.end();
  await expect(result).rejects.toBe(failure);
});
