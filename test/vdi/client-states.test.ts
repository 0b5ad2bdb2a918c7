// Every cell of the client's state table, one test each, on the real binding.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { NativeDevice } from '../../lib/vdi/native.ts';
import { at, infinite, outcome, Pair, pipe } from '../support/raw.ts';

const states = ['none', 'Configurable', 'Initializing', 'Active', 'NormallyTerminated', 'Abort'] as const;
type State = (typeof states)[number];
type Stage = { pair: Pair; device: NativeDevice };

const P = 'VD_E_PROTOCOL';
const A = 'VD_E_ABORT';
const table: Record<string, Record<State, string>> = {
  createEx: { none: 'ok', Configurable: P, Initializing: P, Active: P, NormallyTerminated: P, Abort: P },
  getConfiguration: {
    none: P,
    Configurable: 'ok',
    Initializing: 'ok',
    Active: 'ok',
    NormallyTerminated: 'ok',
    Abort: A,
  },
  openDevice: { none: P, Configurable: P, Initializing: 'ok', Active: 'VD_E_OPEN', NormallyTerminated: P, Abort: A },
  getCommand: { none: P, Configurable: P, Initializing: P, Active: 'ok', NormallyTerminated: P, Abort: A },
  completeCommand: { none: P, Configurable: P, Initializing: P, Active: 'ok', NormallyTerminated: P, Abort: A },
  signalAbort: { none: P, Configurable: 'ok', Initializing: 'ok', Active: 'ok', NormallyTerminated: 'ok', Abort: 'ok' },
  close: {
    none: P,
    Configurable: 'ok',
    Initializing: 'ok',
    Active: 'VD_E_OPEN',
    NormallyTerminated: 'ok',
    Abort: 'ok',
  },
};

/** Brings a set into the state. A device of an earlier life of the same set stands in where none can be open. */
async function reach(state: State): Promise<Stage> {
  const pair = new Pair();
  onTestFinished(() => pair.dispose());
  await pair.active();
  const device = at(pair.clientDevices, 0);
  if (state === 'Active') return { pair, device };
  if (state === 'Abort') {
    await pair.hold();
    await pair.client.signalAbort();
    return { pair, device };
  }
  await pair.terminate();
  if (state === 'NormallyTerminated') return { pair, device };
  await pair.client.close(0);
  await pair.server.close();
  if (state === 'none') return { pair, device };
  await pair.create();
  if (state === 'Initializing') await pair.configure();
  return { pair, device };
}

const calls: Record<string, (stage: Stage, state: State) => Promise<unknown>> = {
  createEx: ({ pair }) => pair.client.createEx(null, pair.name, pipe(1)),
  getConfiguration: async ({ pair }, state) => {
    if (state === 'Configurable') await pair.serverConfigure();
    return pair.client.getConfiguration(0);
  },
  openDevice: ({ pair }) => pair.client.openDevice(pair.name),
  getCommand: async ({ pair, device }, state) => {
    if (state === 'Active') pair.send();
    return device.getCommands(state === 'Active' ? infinite : 0, 1);
  },
  completeCommand: async ({ pair, device }, state) => {
    if (state === 'Abort') return device.completeCommand(at(pair.held, 0).id, 0, 0, 0n);
    if (state !== 'Active') return device.completeCommand(1, 0, 0, 0n);
    const { id } = await pair.hold();
    return device.completeCommand(id, 0, 0, 0n);
  },
  signalAbort: ({ pair }) => pair.client.signalAbort(),
  close: ({ pair }) => pair.client.close(0),
};

for (const [call, row] of Object.entries(table)) {
  describe(call, () => {
    for (const state of states) {
      test(`${state}: ${row[state]}`, async () => {
        const stage = await reach(state);
        const make = calls[call];
        if (!make) throw new Error(`no call named ${call}`);
        expect(await outcome(make(stage, state))).toBe(row[state]);
      });
    }
  });
}
