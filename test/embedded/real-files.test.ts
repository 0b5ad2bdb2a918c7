// Backups that real SQL Servers wrote: kept as they are, given back byte for byte.
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { backup, restore, verify } from '../support/operations.ts';
import { errorNumbers, MiB, readWith, serverWith, startServer, stripePaths } from './support.ts';

const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const file = (name: string): string => `${folder}${name}`;

/** Compared as buffers: a matcher that explains each differing byte takes seconds. */
async function expectSame(path: string, original: string): Promise<void> {
  expect((await readFile(path)).equals(await readFile(original)), `${path} equals ${original}`).toBe(true);
}

describe.skipIf(!existsSync(folder))('real backups (../shared/data)', () => {
  it.each([
    ['full.bak', 'database', 'full'],
    ['full-compressed.bak', 'database', 'full'],
    ['differential.bak', 'database', 'full'],
    ['log.trn', 'log', 'log'],
  ] as const)('%s comes back identical', async (name, type, backupType) => {
    const server = await startServer();
    await restore({ database: 'kept', type, from: file(name), embedded: server });
    const [path = ''] = await stripePaths(1);
    await backup({ database: 'kept', type: backupType, to: path, embedded: server });
    await expectSame(path, file(name));
  });

  it('two stripes come back identical, as one set of two devices', async () => {
    const server = await startServer();
    const from = [file('stripe1of2.bak'), file('stripe2of2.bak')];
    await restore({ database: 'kept', from, embedded: server });
    const to = await stripePaths(2);
    await backup({ database: 'kept', to, embedded: server });
    for (const [index, path] of to.entries()) await expectSame(path, from[index] ?? '');
    const three = await stripePaths(3);
    expect(await errorNumbers(backup({ database: 'kept', to: three, embedded: server }))).toEqual([3132, 3013]);
  });

  it.each([
    ['a stripe missing', ['stripe1of2.bak'], 3132],
    ['the stripes swapped', ['stripe2of2.bak', 'stripe1of2.bak'], 3133],
    ['a stripe twice', ['stripe1of2.bak', 'copy of stripe1of2.bak'], 3227],
    ['a stripe of another set', ['stripe1of2.bak', 'full.bak'], 3258],
    ['a bit of its header flipped', ['full.bak with a flipped bit'], 3241],
    ['its end missing', ['full.bak cut short'], 3203],
  ])('with %s is refused', async (_, names, number) => {
    const server = await startServer();
    const [copy = '', flipped = '', short = ''] = await stripePaths(3);
    await copyFile(file('stripe1of2.bak'), copy);
    const full = await readFile(file('full.bak'));
    await writeFile(short, full.subarray(0, full.length >> 1));
    full.writeUInt8(full.readUInt8(20) ^ 1, 20);
    await writeFile(flipped, full);
    const made = new Map([
      ['copy of stripe1of2.bak', copy],
      ['full.bak with a flipped bit', flipped],
      ['full.bak cut short', short],
    ]);
    const from = names.map((name) => made.get(name) ?? file(name));
    expect(await errorNumbers(verify({ from, embedded: server }))).toContain(number);
    expect(await errorNumbers(restore({ database: 'kept', from, embedded: server }))).toContain(number);
    expect(await server.databases()).toEqual([]);
  });

  it('full, differential and log are kept side by side', async () => {
    const server = await startServer();
    const keep = (type: 'database' | 'log', name: string, recovery = false) =>
      restore({ database: 'kept', type, from: file(name), with: { recovery }, embedded: server });
    await keep('database', 'full.bak');
    await keep('database', 'differential.bak');
    await keep('log', 'log.trn', true);
    for (const [type, name] of [
      ['full', 'full.bak'],
      ['differential', 'differential.bak'],
      ['log', 'log.trn'],
    ] as const) {
      const [path = ''] = await stripePaths(1);
      await backup({ database: 'kept', type, to: path, with: { blockSize: 512 }, embedded: server });
      await expectSame(path, file(name));
    }
    expect(await errorNumbers(keep('log', 'log.trn'))).toEqual([3117, 3013]);
    expect(await errorNumbers(keep('database', 'full.bak'))).toEqual([3154, 3013]);
  });

  it('can be verified and looked into', async () => {
    const server = await serverWith('other', MiB);
    await verify({ from: file('full.bak'), embedded: server });
    const [header] = (await readWith(server, 'RESTORE HEADERONLY', [file('full-compressed.bak')])).rows;
    expect(header).toMatchObject({ Compressed: 1, Position: 1, DeviceType: 7, DatabaseName: null });
    expect(await server.databases()).toHaveLength(1);
  });
});
