// close(): its three outcomes, the set's next life, and every moment it may come at. On the raw binding.
import { describe, expect, onTestFinished, test } from 'vitest';
import { at, infinite, outcome, Pair } from '../support/raw.ts';

function pairOf(): Pair {
  const pair = new Pair();
  onTestFinished(() => pair.dispose());
  return pair;
}

async function heldWrite(pair: Pair) {
  const sent = outcome(at(pair.serverDevices, 0).sendCommand(2, 512, 0n, Buffer.alloc(512, 7)));
  const commands = await at(pair.clientDevices, 0).getCommands(infinite, 1);
  return { sent, command: at(commands ?? [], 0) };
}

describe('close', () => {
  test('resolves once every device has reported CLOSE', async () => {
    const pair = await (await pairOf().active(2)).terminate();
    expect(await outcome(pair.client.close(0))).toBe('ok');
    expect(await outcome(pair.agent ?? Promise.resolve())).toBe('ok');
  });

  test('is VD_E_PROTOCOL where nothing is open', async () => {
    expect(await outcome(pairOf().client.close(0))).toBe('VD_E_PROTOCOL');
  });

  test('is VD_E_OPEN while a device is open, aborts the server, and releases everything all the same', async () => {
    const pair = await pairOf().active();
    expect(await outcome(pair.client.close(0))).toBe('VD_E_OPEN');
    expect(await outcome(pair.agent ?? Promise.resolve())).toBe('VD_E_ABORT');
    expect(await outcome(pair.client.close(0))).toBe('VD_E_PROTOCOL');
  });

  test.each(['VD_E_OPEN', 'ok', 'VD_E_PROTOCOL'])('the same object can be created again after %s', async (first) => {
    const pair = pairOf();
    if (first !== 'VD_E_PROTOCOL') await pair.active();
    if (first === 'ok') await pair.terminate();
    expect(await outcome(pair.client.close(0))).toBe(first);
    await outcome(pair.server.close());
    pair.clientDevices.length = 0;
    pair.serverDevices.length = 0;
    await (await pair.active()).terminate();
    expect(await outcome(pair.client.close(0))).toBe('ok');
  });

  test('during getConfiguration ends the wait', async () => {
    const pair = await pairOf().create();
    const waiting = outcome(pair.client.getConfiguration(infinite));
    expect(await outcome(pair.client.close(0))).toBe('ok');
    expect(await waiting).toBe('VD_E_ABORT');
  });

  test('during a pending getCommand ends the wait', async () => {
    const pair = await pairOf().active();
    const waiting = outcome(at(pair.clientDevices, 0).getCommands(infinite, 8));
    expect(await outcome(pair.client.close(0))).toBe('VD_E_OPEN');
    expect(await waiting).toBe('VD_E_ABORT');
  });

  test('with a command held waits for its completion within the grace, and detaches its buffer', async () => {
    const pair = await pairOf().active();
    const { sent, command } = await heldWrite(pair);
    const buffer = command.buffer;
    expect(buffer?.[0]).toBe(7);
    let closed = false;
    const closing = outcome(pair.client.close(60_000)).then((result) => {
      closed = true;
      return result;
    });
    // The abort is how the holder learns of it: the server sees its command aborted before anything was let go.
    expect(await sent).toBe('ok');
    expect(closed).toBe(false);
    expect(buffer?.length).toBe(512);
    await outcome(at(pair.clientDevices, 0).completeCommand(command.id, 0, 512, 0n));
    expect(await closing).toBe('VD_E_OPEN');
    expect(buffer?.length).toBe(0);
  });

  test('with a command held for good ends after the grace, with the buffer detached', async () => {
    const pair = await pairOf().active();
    const { command } = await heldWrite(pair);
    expect(await outcome(pair.client.close(50))).toBe('VD_E_OPEN');
    expect(command.buffer?.length).toBe(0);
    expect(await outcome(at(pair.clientDevices, 0).completeCommand(command.id, 0, 512, 0n))).toBe('VD_E_PROTOCOL');
  });

  test('twice at once: one of them does it, the other finds nothing open', async () => {
    const pair = await (await pairOf().active()).terminate();
    const both = await Promise.all([outcome(pair.client.close(0)), outcome(pair.client.close(0))]);
    expect(both).toEqual(['ok', 'VD_E_PROTOCOL']);
  });

  test('leaves no view, thread, mapping or device', async () => {
    const pair = await pairOf().active(3);
    await heldWrite(pair);
    await outcome(pair.client.close(0));
    await outcome(pair.server.close());
    await pair.agent?.catch(() => undefined);
    expect(pair.binding.census()).toMatchObject({ devices: 0, views: 0, mappings: 0 });
  });
});
