// A native transfer's answer to every command there is, in both directions, on the raw binding.
import { execFileSync } from 'node:child_process';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { commandCodes } from '../../lib/vdi/command-codes.ts';
import { completionCodes } from '../../lib/vdi/status.ts';
import { freshFolder } from '../support/folder.ts';
import { at, outcome, Pair } from '../support/raw.ts';
import { stalledPipe } from '../support/stalled-pipe.ts';

const done = completionCodes.ERROR_SUCCESS.value;
const notSupported = completionCodes.ERROR_NOT_SUPPORTED.value;
const refused = completionCodes.ERROR_OPERATION_ABORTED.value;
const snapshots: readonly string[] = ['PrepareToFreeze', 'Snapshot', 'MountSnapshot'];

const block = Buffer.alloc(512, 'block');

async function activePair(): Promise<Pair> {
  const pair = new Pair();
  onTestFinished(() => pair.dispose());
  return await pair.active();
}

/** What each command is answered with; an answer that is an error is followed by the ClearError that a server sends. */
async function answers(pair: Pair): Promise<Record<string, number>> {
  const device = at(pair.serverDevices, 0);
  const seen: Record<string, number> = {};
  for (const [name, code] of Object.entries(commandCodes)) {
    const size = name === 'Read' || name === 'Write' ? block.length : 0;
    const { completionCode } = await device.sendCommand(code, size, 0n, name === 'Write' ? block : null);
    seen[name] = completionCode;
    if (completionCode !== done) {
      expect(await device.sendCommand(commandCodes.ClearError, 0, 0n, null)).toMatchObject({ completionCode: done });
    }
  }
  return seen;
}

const expected = (supported: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    Object.keys(commandCodes).map((name) => {
      if (supported.includes(name)) return [name, done];
      return [name, snapshots.includes(name) ? refused : notSupported];
    }),
  );

test('to a file', async () => {
  const pair = await activePair();
  const path = join(await freshFolder(), 'stream');
  const transfer = at(pair.clientDevices, 0).transferTo({ kind: 'file', path, sha256: false });
  expect(await answers(pair)).toEqual(expected(['Write', 'ClearError', 'Discard', 'Flush', 'Complete']));
  await at(pair.serverDevices, 0).closeDevice();
  expect(await transfer).toMatchObject({ bytes: block.length });
  expect(at(pair.clientDevices, 0).counters()).toMatchObject({ bytes: block.length, flushes: 1, completes: 1 });
  expect(await readFile(path)).toEqual(block);
});

test('from a file', async () => {
  const pair = await activePair();
  const path = join(await freshFolder(), 'stream');
  await writeFile(path, block);
  const transfer = at(pair.clientDevices, 0).transferFrom({ kind: 'file', path, sha256: false });
  expect(await answers(pair)).toEqual(expected(['Read', 'ClearError', 'Flush', 'Complete']));
  await at(pair.serverDevices, 0).closeDevice();
  expect(await transfer).toMatchObject({ bytes: block.length });
});

test.each([
  ['to a file that cannot be made', 'transferTo', 'Write', 'ERROR_WRITE_FAULT', 'EEXIST'],
  ['from a file that cannot be opened', 'transferFrom', 'Read', 'ERROR_READ_FAULT', 'ENOENT'],
] as const)('%s: the server is told, and need not wait', async (_name, method, command, completion, code) => {
  const pair = await activePair();
  const path = join(await freshFolder(), 'stream');
  if (code === 'EEXIST') await writeFile(path, block);
  const refused = expect(
    at(pair.clientDevices, 0)[method]({ kind: 'file', path, sha256: false }),
  ).rejects.toMatchObject({ code });
  const device = at(pair.serverDevices, 0);
  const answer = await device.sendCommand(commandCodes[command], block.length, 0n, command === 'Write' ? block : null);
  expect(answer.completionCode).toBe(completionCodes[completion].value);
  await device.closeDevice();
  await refused;
});

test.skipIf(process.platform === 'win32')('counts the command it works on as held (Windows has no FIFO)', async () => {
  const pair = await activePair();
  const client = at(pair.clientDevices, 0);
  const path = join(await freshFolder(), 'fifo');
  execFileSync('mkfifo', [path]);
  await using writer = await open(path, 'r+');
  const transfer = client.transferFrom({ kind: 'file', path, sha256: false });
  expect(client.held()).toBe(0);
  const sent = at(pair.serverDevices, 0).sendCommand(commandCodes.Read, block.length, 0n, null);
  await vi.waitFor(() => expect(client.held()).toBe(1));
  await writer.write(block);
  expect(await sent).toMatchObject({ completionCode: done, bytesTransferred: block.length });
  await at(pair.serverDevices, 0).closeDevice();
  expect(await transfer).toMatchObject({ bytes: block.length });
  expect(client.held()).toBe(0);
});

describe.each([
  ['to a pipe that nobody reads', 'transferTo', 'Write'],
  ['from a pipe that nobody writes to', 'transferFrom', 'Read'],
] as const)('%s', (_name, method, command) => {
  test.each([
    ['close()', false],
    ['abort and close()', true],
  ] as const)('%s ends the wait', { timeout: 30_000 }, async (_end, aborts) => {
    const pair = await activePair();
    const transfer = outcome(
      at(pair.clientDevices, 0)[method]({ kind: 'file', path: await stalledPipe(), sha256: false }),
    );
    // More than any pipe holds.
    const chunk = Buffer.alloc(65_536, 'chunk');
    const sent = Array.from({ length: 4 }, () =>
      outcome(
        at(pair.serverDevices, 0).sendCommand(
          commandCodes[command],
          chunk.length,
          0n,
          command === 'Write' ? chunk : null,
        ),
      ),
    );
    // One write fits into the pipe; no read is ever answered.
    await vi.waitFor(() => {
      const client = at(pair.clientDevices, 0);
      expect(client.held()).toBe(1);
      if (command === 'Write') expect(client.counters().commands).toBeGreaterThan(0);
    });
    if (aborts) await pair.client.signalAbort();
    expect(await outcome(pair.client.close(0))).toBe(aborts ? 'ok' : 'VD_E_OPEN');
    expect(await transfer).toBe('VD_E_ABORT');
    await Promise.all(sent);
  });
});
