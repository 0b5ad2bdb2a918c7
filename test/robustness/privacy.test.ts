// The stand-in's shared memory is its user's alone: nobody else joins a set, or poses as one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { isLinux, nextMessage, startChild } from '../support/process.ts';
import { outcome, Pair } from '../support/raw.ts';

const isLinuxRoot = isLinux && process.getuid?.() === 0;
const hasPython = isLinuxRoot && spawnSync('python3', ['--version']).status === 0;
const nobody = '65534';

function pairOf(): Pair {
  const pair = new Pair();
  onTestFinished(() => pair.dispose());
  return pair;
}

/** A user who calls 'join' or 'attach'. */
async function startStranger(setName: string, uid: string) {
  const child = startChild('stranger.mjs', [setName, join(await freshFolder(), 'server'), uid]);
  expect(await nextMessage(child)).toBe('ready');
  return (call: 'join' | 'attach'): Promise<unknown> => {
    child.send(call);
    return nextMessage(child);
  };
}

/** A user who calls at an address, or waits there: the first that is said. */
async function callAt(address: string, what: 'knock' | 'pose', uid: string): Promise<string> {
  const script = fileURLToPath(new URL('children/knock.py', import.meta.url));
  const child = spawn('python3', [script, what, address, uid], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  return String(said).trim();
}

/** Where this process's only set is found. */
function ownAddress(): string {
  const own = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // what listed the folder
    }
  });
  const sockets = readFileSync('/proc/net/unix', 'utf8').matchAll(/ (\d+) @(sqlvdi-[0-9a-f]{32})$/gm);
  const found = [...sockets].filter(([, inode]) => own.includes(`socket:[${inode}]`)).map(([, , address]) => address);
  expect(found).toHaveLength(1);
  return found[0] ?? '';
}

describe.skipIf(!isLinuxRoot)('a set (Linux, root, who can become another user)', () => {
  test('is joined by this user, and not found by another', async () => {
    const pair = await pairOf().create();
    const [own, other] = [await startStranger(pair.name, ''), await startStranger(pair.name, nobody)];
    expect(await other('attach')).toBe(3201);
    await pair.configure();
    await pair.openServerDevices();
    expect(await other('join')).toBe('E_FILE_NOT_FOUND');
    expect(await own('join')).toBe('ok');
  });

  describe.skipIf(!hasPython)('(python3)', () => {
    test('turns another user away without a byte, and with it the memory, and goes on', async () => {
      const pair = await pairOf().create();
      const address = ownAddress();
      expect(await callAt(address, 'knock', '0')).not.toBe('0');
      expect(await callAt(address, 'knock', nobody)).toBe('0');
      await pair.configure();
      await pair.openServerDevices();
      await pair.openClientDevices();
      await pair.terminate();
      expect(await outcome(pair.client.close(0))).toBe('ok');
    });

    test('is not taken from another user, who poses as this one', async () => {
      const pair = await pairOf().create();
      const address = ownAddress();
      await pair.client.close(0);
      expect(await outcome(pair.server.open(null, pair.name))).toBe('E_FILE_NOT_FOUND');
      expect(await callAt(address, 'pose', nobody)).toBe('listening');
      expect(await outcome(pair.server.open(null, pair.name))).toBe('E_ACCESSDENIED');
    });
  });
});
