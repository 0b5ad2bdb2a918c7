// How far a transfer is: what the server says and what the bytes say.
import { expect, it } from 'vitest';
import { checkLimits, restoreDefaults } from '../../lib/transfer/limits.ts';
import type { Progress } from '../../lib/transfer/options.ts';
import { Watch } from '../../lib/transfer/watch.ts';
import { ScriptedDevice } from '../support/scripted-device.ts';
import { message } from '../support/scripted-server.ts';

class Counting extends ScriptedDevice {
  bytes = 0;
  override counters() {
    return { bytes: this.bytes, commands: 1, flushes: 0, completes: 0 };
  }
}

function watched(totalBytes: number | null) {
  const reports: Progress[] = [];
  const onFailure = (error: unknown) => expect.unreachable(String(error));
  const watch = new Watch(checkLimits(), totalBytes, { onProgress: (one) => reports.push(one), onFailure });
  const device = new Counting([]);
  const at = (bytes: number): Progress => {
    device.bytes = bytes;
    watch.transferring([device.device]); // reports at once
    const last = reports.at(-1);
    if (last === undefined) throw new Error('nothing was reported');
    return last;
  };
  return { watch, at, last: () => reports.at(-1) };
}

it('is the greater of both, and done only at the end', () => {
  const { watch, at, last } = watched(1000);
  expect(at(0)).toMatchObject({ percent: 0, totalBytes: 1000, etaMs: null });
  expect(at(250)).toMatchObject({ percent: 25, bytes: 250 });
  watch.message(message(3211, 0, '40 percent processed.'));
  expect(at(300)).toMatchObject({ percent: 40 });
  expect(at(600)).toMatchObject({ percent: 60 });
  expect(at(5000)).toMatchObject({ percent: 99 });
  watch.message(message(3211, 0, '100 percent processed.'));
  expect(at(5000)).toMatchObject({ percent: 99, etaMs: 0 });
  watch.succeeded(5000);
  expect(last()).toMatchObject({ percent: 100, etaMs: 0 });
  watch.stop();
});

it("is the server's alone where no size is known, and nothing where it says nothing", () => {
  const { watch, at } = watched(null);
  expect(at(250)).toMatchObject({ percent: null, totalBytes: null, etaMs: null });
  watch.message(message(3211, 0, '50 percent processed.'));
  expect(at(260)).toMatchObject({ percent: 50, etaMs: expect.any(Number) });
  watch.stop();
});

it('every limit has a default, and takes 0 for none', () => {
  for (const limits of [checkLimits(), checkLimits({}, restoreDefaults)]) {
    for (const milliseconds of Object.values(limits)) expect(milliseconds).toBeGreaterThan(0);
  }
  expect(checkLimits({ idleMs: 0 }).idleMs).toBe(0);
  expect(() => checkLimits({ connectMs: -1 })).toThrow('limits.connectMs is -1');
});
