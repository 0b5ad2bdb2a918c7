// The facade over the real binding: names, signals, iteration, disposal. The states themselves are tested on the raw binding.
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandCodes } from '../../lib/vdi/command-codes.ts';
import {
  VdiAbortError,
  VdiInvalidError,
  VdiNotSupportedError,
  VdiOpenError,
  VdiProtocolError,
  VdiTimeoutError,
} from '../../lib/vdi/errors.ts';
import { VirtualDeviceSet } from '../../lib/vdi/set.ts';
import { at, outcome, Pair, provider } from '../support/raw.ts';

/** The raw server's side of a pair, and the facade as its client. */
async function connected(deviceCount = 1) {
  const pair = new Pair();
  const set = new VirtualDeviceSet({ provider });
  onTestFinished(async () => {
    await set[Symbol.asyncDispose]();
    await pair.dispose();
  });
  await set.createEx(null, pair.name, { deviceCount });
  return { pair, set };
}

async function active(deviceCount = 1) {
  const { pair, set } = await connected(deviceCount);
  await pair.serverConfigure();
  const config = await set.getConfiguration();
  for (let i = 0; i < deviceCount; i++) pair.serverDevices.push(await pair.server.openDevice(pair.deviceName(i)));
  pair.agent = pair.server.executeCompletionAgent();
  pair.agent.catch(() => undefined);
  const devices = [];
  for (let i = 0; i < deviceCount; i++) devices.push(await set.openDevice(pair.deviceName(i)));
  return { pair, set, config, devices, device: at(devices, 0), server: at(pair.serverDevices, 0) };
}

describe('VirtualDeviceSet', () => {
  test('gives the configuration with its features by name', async () => {
    const { config, set, pair } = await active(2);
    expect(config).toMatchObject({ deviceCount: 2, features: ['writeMedia'], blockSize: 512, maxTransferSize: 65536 });
    expect(set.name).toBe(pair.name);
  });

  test.each(["it's", '"quoted"', '🦉 owl', 'x'.repeat(259)])('takes the name %j', async (name) => {
    const set = new VirtualDeviceSet({ provider });
    await set.createEx(null, `${name}`.slice(0, 259));
    await set.close();
  });

  test('refuses bad names and configurations as the interface would, and stays usable', async () => {
    const set = new VirtualDeviceSet({ provider });
    await expect(set.createEx(null, 'a\\b')).rejects.toBeInstanceOf(VdiInvalidError);
    await expect(set.createEx(null, 'x'.repeat(10_000))).rejects.toThrow('10000 characters long');
    await expect(set.createEx(null, 'a', { deviceCount: 65 })).rejects.toBeInstanceOf(VdiNotSupportedError);
    await expect(set.createEx(null, 'a', { features: ['rewind'] })).rejects.toBeInstanceOf(VdiNotSupportedError);
    await expect(set.close()).rejects.toBeInstanceOf(VdiProtocolError);
    await set.createEx(null, `${Math.random()}`);
    await set.close();
  });

  test('a wait ends with its time-out or its signal, and the set stays usable', async () => {
    const { pair, set } = await connected();
    await expect(set.getConfiguration({ timeoutMs: 10 })).rejects.toBeInstanceOf(VdiTimeoutError);
    const controller = new AbortController();
    const waiting = set.getConfiguration({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(set.getConfiguration({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    await expect(set.getConfiguration({ timeoutMs: -1 })).rejects.toThrow(RangeError);
    await pair.serverConfigure();
    expect(await set.getConfiguration()).toMatchObject({ deviceCount: 1 });
  });

  test('takes 64 devices without a warning of too many listeners', async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error) => void warnings.push(warning);
    process.on('warning', listener);
    onTestFinished(() => void process.off('warning', listener));
    await active(64);
    // A warning is told on the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  });

  test('openDevice says that all are open', async () => {
    const { set } = await active();
    await expect(set.openDevice('another')).rejects.toBeInstanceOf(VdiOpenError);
  });

  test('is disposed of quietly in every state', async () => {
    await new VirtualDeviceSet({ provider })[Symbol.asyncDispose]();
    const { set } = await connected();
    await set[Symbol.asyncDispose]();
    const { set: open, pair } = await active();
    await open[Symbol.asyncDispose]();
    expect(await outcome(pair.agent ?? Promise.resolve())).toBe('VD_E_ABORT');
    const held = await active();
    void outcome(held.server.sendCommand(commandCodes.Write, 512, 0n, Buffer.alloc(512)));
    const command = await held.device.getCommand();
    const buffer = command?.buffer;
    expect(buffer?.length).toBe(512);
    await held.set.close({ graceMs: 0 }).catch(() => undefined);
    expect(buffer?.length).toBe(0);
    await held.set[Symbol.asyncDispose]();
  });
});

describe('close with commands in hand', () => {
  async function written(count: number) {
    const { set, device, server } = await active();
    const sent = Array.from({ length: count }, () =>
      outcome(server.sendCommand(commandCodes.Write, 512, 0n, Buffer.alloc(512))),
    );
    const command = await device.getCommand();
    if (command === null) throw new Error('no command came');
    return { set, device, server, command, sent };
  }

  test('tells their holder, who may let go in time', async () => {
    const { set, command } = await written(1);
    expect(command.signal.aborted).toBe(false);
    const told = new Promise<unknown>((resolve) => {
      command.signal.addEventListener('abort', () => resolve(command.buffer?.length));
    });
    const closing = set.close({ graceMs: 60_000 });
    closing.catch(() => undefined);
    expect(await told).toBe(512);
    expect(command.signal.reason).toBeInstanceOf(VdiAbortError);
    await command.complete({ code: 'ERROR_OPERATION_ABORTED' }).catch(() => undefined);
    await expect(closing).rejects.toBeInstanceOf(VdiOpenError);
  });

  test('does not wait for those that nobody was given', async () => {
    // However many came in one call: those after the first two are taken with the second at the latest.
    const { set, device, server, command, sent } = await written(2);
    const others = [3, 4, 5].map(() => outcome(server.sendCommand(commandCodes.Write, 512, 0n, Buffer.alloc(512))));
    await command.complete();
    expect(await sent[0]).toBe('ok');
    await (await device.getCommand())?.complete();
    expect(await sent[1]).toBe('ok');
    await (await device.getCommand())?.complete();
    expect(await others[0]).toBe('ok');
    // Were they waited for, the test would end by its time-out.
    await expect(set.close({ graceMs: 2 ** 31 })).rejects.toBeInstanceOf(VdiOpenError);
  });

  test('signalAbort tells them too', async () => {
    const { set, command } = await written(1);
    await set.signalAbort();
    expect(command.signal.aborted).toBe(true);
    await command.complete().catch(() => undefined);
    await set.close();
  });
});

describe('VirtualDevice', () => {
  test('gives commands by name, and takes completions by name', async () => {
    const { device, server } = await active();
    const sent = server.sendCommand(commandCodes.Write, 1024, 0n, Buffer.alloc(1024, 7));
    const command = await device.getCommand();
    expect(command).toMatchObject({ name: 'Write', code: 2, size: 1024, position: 0n });
    expect(command?.buffer?.every((byte) => byte === 7)).toBe(true);
    expect(device.held).toBe(1);
    await command?.complete({ code: 'ERROR_DISK_FULL', bytes: 512 });
    expect(command?.buffer?.length).toBe(0);
    expect(await sent).toMatchObject({ completionCode: 112, bytesTransferred: 512 });
    expect(device.held).toBe(0);
  });

  test('a command that was completed cannot be completed again, nor with more than it has', async () => {
    const { device, server, set } = await active();
    const sent = server.sendCommand(commandCodes.Read, 512, 0n, null);
    const command = await device.getCommand();
    await expect(command?.complete({ bytes: 513 })).rejects.toThrow(RangeError);
    // @ts-expect-error no such code
    await expect(command?.complete({ code: 'ERROR_MADE_UP' })).rejects.toThrow("'ERROR_MADE_UP' is no completion code");
    await expect(command?.complete({ position: -1n })).rejects.toThrow(RangeError);
    await expect(set.mapBufferHandle(1, 0)).rejects.toThrow(RangeError);
    // @ts-expect-error no buffer
    await expect(set.getBufferHandle('text')).rejects.toThrow(TypeError);
    command?.buffer?.fill(9);
    await command?.complete();
    expect(await sent).toMatchObject({ completionCode: 0, bytesTransferred: 512 });
    await expect(command?.complete()).rejects.toThrow();
  });

  test('iterates until the server closes the device', async () => {
    const { device, server, set } = await active();
    const names: string[] = [];
    const serving = (async () => {
      for await (const command of device.commands()) {
        names.push(command.name);
        await command.complete();
      }
    })();
    for (let i = 0; i < 10; i++) await server.sendCommand(commandCodes.Write, 512, 0n, Buffer.alloc(512));
    await server.sendCommand(commandCodes.Flush, 0, 0n, null);
    expect(device.closed).toBe(false);
    await server.closeDevice();
    await serving;
    expect(names).toEqual([...Array.from({ length: 10 }, () => 'Write'), 'Flush']);
    expect(device.closed).toBe(true);
    await set.close();
  });

  test('several commands taken in one call are given one by one, and none is lost when an iteration is left', async () => {
    const { device, server } = await active();
    const sent = [1, 2, 3].map((fill) => server.sendCommand(commandCodes.Write, 512, 0n, Buffer.alloc(512, fill)));
    const seen: (number | undefined)[] = [];
    for await (const command of device.commands()) {
      seen.push(command.buffer?.[0]);
      await command.complete();
      break;
    }
    for (let i = 0; i < 2; i++) {
      const command = await device.getCommand();
      seen.push(command?.buffer?.[0]);
      await command?.complete();
    }
    expect(seen).toEqual([1, 2, 3]);
    await Promise.all(sent);
  });

  test('a wait for a command ends with its signal, and the device stays usable', async () => {
    const { device, server } = await active();
    const controller = new AbortController();
    const waiting = device.getCommand({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(device.getCommand({ timeoutMs: 0 })).rejects.toBeInstanceOf(VdiTimeoutError);
    const sent = server.sendCommand(commandCodes.Flush, 0, 0n, null);
    await (await device.getCommand())?.complete();
    expect(await sent).toMatchObject({ completionCode: 0 });
  });
});
