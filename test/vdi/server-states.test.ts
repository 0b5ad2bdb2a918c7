// Every cell of the server's state table, one test each, on the real binding.
import { describe, expect, onTestFinished, test } from 'vitest';
import { features } from '../../lib/vdi/features.ts';
import type { NativeServerDevice } from '../../lib/vdi/native.ts';
import { at, outcome, Pair } from '../support/raw.ts';

const states = ['none', 'Connected', 'Configurable', 'Initializing', 'Active', 'NormallyTerminated', 'Abort'] as const;
type State = (typeof states)[number];
/** device and buffer: of this life of the set where it has come that far, else dead ones of an earlier life. */
type Stage = { pair: Pair; device: NativeServerDevice; buffer: bigint };

const P = 'VD_E_PROTOCOL';
const A = 'VD_E_ABORT';
const row = (
  none: string,
  Connected: string,
  Configurable: string,
  Initializing: string,
  Active: string,
  NormallyTerminated: string,
  Abort: string,
) => ({
  none,
  Connected,
  Configurable,
  Initializing,
  Active,
  NormallyTerminated,
  Abort,
});
const table: Record<string, Record<State, string>> = {
  open: row('ok', P, P, P, P, P, P),
  getConfiguration: row(P, 'ok', 'ok', 'ok', 'ok', 'ok', A),
  beginConfiguration: row(P, 'ok', P, P, P, P, A),
  requestBuffers: row(P, P, 'ok', 'ok', 'ok', P, A),
  queryAvailableBuffers: row(P, P, 'ok', 'ok', 'ok', P, A),
  endConfiguration: row(P, P, 'ok', P, P, P, A),
  openDevice: row(P, P, P, 'ok', 'VD_E_OPEN', P, A),
  executeCompletionAgent: row(P, P, P, 'ok', P, P, A),
  allocateBuffer: row(P, P, P, 'ok', 'ok', 'ok', A),
  freeBuffer: row(P, P, P, 'ok', 'ok', 'ok', A),
  sendCommand: row(P, P, P, P, 'ok', P, A),
  closeDevice: row(P, P, P, P, 'ok', P, A),
  signalAbort: row(P, 'ok', 'ok', 'ok', 'ok', 'ok', 'ok'),
  close: row(P, 'ok', 'ok', 'ok', P, 'ok', 'ok'),
};

/** One Flush, there and back. */
async function exchange(pair: Pair, device: NativeServerDevice): Promise<unknown> {
  const sent = device.sendCommand(12, 0, 0n, null);
  const client = at(pair.clientDevices, 0);
  const commands = await client.getCommands(10_000, 1);
  await client.completeCommand(at(commands ?? [], 0).id, 0, 0, 0n);
  return sent;
}

async function reach(state: State): Promise<Stage> {
  const pair = new Pair();
  onTestFinished(() => pair.dispose());
  await pair.active();
  const device = at(pair.serverDevices, 0);
  const buffer = await pair.server.allocateBuffer(512, 512);
  if (state === 'Active') {
    // The agent begins in its own time; a command waits for it.
    await exchange(pair, device);
    return { pair, device, buffer };
  }
  if (state === 'Abort') {
    await pair.server.signalAbort();
    return { pair, device, buffer };
  }
  await pair.terminate();
  if (state === 'NormallyTerminated') return { pair, device, buffer };
  await pair.client.close(0);
  await pair.server.close();
  await pair.create();
  if (state === 'none') return { pair, device, buffer };
  await pair.server.open(null, pair.name);
  if (state === 'Connected') return { pair, device, buffer };
  await pair.server.beginConfiguration(features.writeMedia, 512, 0, 65536, 60_000);
  if (state === 'Configurable') return { pair, device, buffer };
  await pair.server.requestBuffers(65536, 512, 4);
  await pair.server.endConfiguration();
  return { pair, device, buffer: await pair.server.allocateBuffer(512, 512) };
}

const calls: Record<string, (stage: Stage, state: State) => Promise<unknown>> = {
  open: ({ pair }) => pair.server.open(null, pair.name),
  getConfiguration: ({ pair }) => pair.server.getConfiguration(),
  beginConfiguration: ({ pair }) => pair.server.beginConfiguration(features.writeMedia, 512, 0, 65536, 60_000),
  requestBuffers: ({ pair }) => pair.server.requestBuffers(65536, 512, 1),
  queryAvailableBuffers: ({ pair }) => pair.server.queryAvailableBuffers(65536, 512),
  endConfiguration: ({ pair }) => pair.server.endConfiguration(),
  openDevice: ({ pair }) => pair.server.openDevice(pair.name),
  executeCompletionAgent: async ({ pair }, state) => {
    const agent = pair.server.executeCompletionAgent();
    if (state !== 'Initializing') return agent;
    // A legal agent returns once the devices were opened and closed again.
    const device = await pair.server.openDevice(pair.name);
    await pair.client.getConfiguration(10_000);
    await pair.client.openDevice(pair.name);
    await device.closeDevice();
    return agent;
  },
  allocateBuffer: ({ pair }) => pair.server.allocateBuffer(512, 512),
  freeBuffer: ({ pair, buffer }) => pair.server.freeBuffer(buffer, 512),
  sendCommand: async ({ pair, device }, state) => {
    if (state === 'Active') return exchange(pair, device);
    return device.sendCommand(12, 0, 0n, null);
  },
  closeDevice: ({ device }) => device.closeDevice(),
  signalAbort: ({ pair }) => pair.server.signalAbort(),
  close: ({ pair }) => pair.server.close(),
};

for (const [call, cells] of Object.entries(table)) {
  describe(call, () => {
    for (const state of states) {
      test(`${state}: ${cells[state]}`, async () => {
        const stage = await reach(state);
        const make = calls[call];
        if (!make) throw new Error(`no call named ${call}`);
        expect(await outcome(make(stage, state))).toBe(cells[state]);
      });
    }
  });
}
