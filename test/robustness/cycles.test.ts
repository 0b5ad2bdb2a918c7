// Thousands of lives in one process: handles, threads, mappings and memory stay flat.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { VirtualDeviceSet } from '../../lib/index.ts';
import { collectGarbage, holdings, isLinux } from '../support/process.ts';
import { Pair, provider } from '../support/raw.ts';

/** Each cycle is dozens of requests to another process under Wine. */
const cycles = isLinux ? { warmUp: 1000, counted: 2000 } : { warmUp: 100, counted: 500 };
const sessions = isLinux ? { warmUp: 50, counted: 300 } : { warmUp: 20, counted: 60 };
/** What they may add: the heap's own wavering, not 8 KiB for each cycle. */
const wavering = 16 * 1024 * 1024;

/** Windows' runtimes make events for their own locks when these are first fought for: a few, not one for each cycle. */
const handlesMayWaver = isLinux ? 0 : 10;

async function expectFlat(
  { warmUp, counted }: typeof cycles,
  mayAdd: number,
  cycle: (i: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < warmUp; i++) await cycle(i);
  const before = await holdings();
  for (let i = 0; i < counted; i++) await cycle(i);
  const after = await holdings();
  expect(before.handles).toBeGreaterThan(0);
  expect(after.handles).toBeLessThanOrEqual(before.handles + handlesMayWaver);
  expect(after.threads).toBeLessThanOrEqual(before.threads);
  expect(after.mappings).toBeLessThanOrEqual(before.mappings);
  expect(after.rss - before.rss).toBeLessThan(mayAdd);
}

describe(`${cycles.counted} create/close cycles leave handles, threads, mappings and RSS flat`, () => {
  test('of one object', { timeout: 240_000 }, async () => {
    const set = new VirtualDeviceSet({ provider });
    await expectFlat(cycles, wavering, async () => {
      await set.createEx(null, randomUUID());
      await set.close();
    });
  });

  test('of as many objects', { timeout: 240_000 }, async () => {
    await expectFlat(cycles, wavering, async (i) => {
      const set = new VirtualDeviceSet({ provider });
      await set.createEx(null, randomUUID());
      await set.close();
      // The objects are small and their threads' stacks are not JavaScript's: V8 alone would let garbage pile up.
      if (i % 250 === 0) await collectGarbage();
    });
  });
});

test(`${sessions.counted} whole sessions, half of them cut short, leave nothing`, { timeout: 240_000 }, async () => {
  await expectFlat(sessions, 2 * wavering, async (i) => {
    const pair = await new Pair().active(2);
    if (i % 2 === 0) await pair.terminate();
    await pair.dispose();
  });
});
