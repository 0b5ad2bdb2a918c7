// A second process of the same set, as far as one process can show it: OpenInSecondaryEx, and buffers by their numbers.
import { expect, onTestFinished, test } from 'vitest';
import { VirtualDeviceSet } from '../../lib/index.ts';
import { commandCodes } from '../../lib/vdi/command-codes.ts';
import { at, infinite, outcome, Pair, provider } from '../support/raw.ts';

test('a secondary serves a device of the set, and the primary sees its buffers', async () => {
  const pair = new Pair();
  onTestFinished(() => pair.dispose());
  const secondary = new VirtualDeviceSet({ provider });
  onTestFinished(() => secondary[Symbol.asyncDispose]());
  const join = () => outcome(secondary.openInSecondaryEx(null, pair.name));
  expect(await join()).toBe('E_FILE_NOT_FOUND');
  await pair.create(2);
  expect(await join()).toBe('VD_E_PROTOCOL');
  await pair.configure();
  await pair.openServerDevices();
  expect(await join()).toBe('ok');
  expect(await join()).toBe('VD_E_PROTOCOL');
  expect((await secondary.getConfiguration()).deviceCount).toBe(2);

  const own = await pair.client.openDevice(pair.name);
  const theirs = await secondary.openDevice(pair.deviceName(1));
  const sent = at(pair.serverDevices, 1).sendCommand(commandCodes.Write, 512, 0n, Buffer.alloc(512, 7));
  const command = await theirs.getCommand();
  if (command?.buffer == null) throw new Error('a Write has a buffer');
  const handle = await secondary.getBufferHandle(command.buffer);
  const seen = await pair.client.mapBufferHandle(handle, 512);
  expect(seen).toEqual(Buffer.alloc(512, 7));
  expect(await outcome(pair.client.mapBufferHandle(0, 512))).toBe('VD_E_INVALID');
  expect(await outcome(pair.client.mapBufferHandle(handle, 65537))).toBe('VD_E_INVALID');
  await command.complete();
  expect((await sent).bytesTransferred).toBe(512);

  for (const device of pair.serverDevices) await device.closeDevice();
  expect(await theirs.getCommand()).toBeNull();
  await secondary.close();
  expect(await own.getCommands(infinite, 1)).toBeNull();
  expect(await outcome(pair.client.close(0))).toBe('ok');
  expect(seen).toHaveLength(0);
});
