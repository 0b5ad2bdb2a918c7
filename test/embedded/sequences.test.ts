// Full, differential and log backups put together again, and what happens out of order.
import { describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../lib/embedded/server.ts';
import { backup, restore } from '../support/operations.ts';
import { errorNumbers, MiB, serverWith, startServer, stripePaths } from './support.ts';

type Kind = 'full' | 'differential' | 'log';

async function take(server: EmbeddedServer, type: Kind, copyOnly = false): Promise<string> {
  const [path = ''] = await stripePaths(1);
  await backup({ database: 'a', type, to: path, with: { copyOnly }, embedded: server });
  return path;
}

function put(server: EmbeddedServer, type: 'database' | 'log', from: string, recovery: boolean): Promise<unknown> {
  return restore({ database: 'r', type, from, with: { recovery }, embedded: server });
}

/** A database with a full backup, a log backup, a differential and a second log backup, each after changes. */
async function history(): Promise<{
  server: EmbeddedServer;
  full: string;
  log1: string;
  diff: string;
  log2: string;
  end: string;
}> {
  const server = await serverWith('a', 4 * MiB);
  const change = (seed: number) => server.modify('a', { pages: 40, seed });
  await change(1);
  const full = await take(server, 'full');
  await change(2);
  const log1 = await take(server, 'log');
  await change(3);
  const diff = await take(server, 'differential');
  await change(4);
  const log2 = await take(server, 'log');
  return { server, full, log1, diff, log2, end: await server.checksum('a') };
}

describe('a restore sequence', () => {
  it('full, log, log', async () => {
    const { full, log1, log2, end } = await history();
    const target = await startServer();
    await put(target, 'database', full, false);
    expect(await target.databases()).toMatchObject([{ name: 'r', state: 'restoring' }]);
    await put(target, 'log', log1, false);
    await put(target, 'log', log2, true);
    expect(await target.checksum('r')).toBe(end);
    expect(await target.databases()).toMatchObject([{ name: 'r', state: 'online' }]);
  });

  it('full, differential, log, recovered by a statement of its own', async () => {
    const { full, diff, log2, end } = await history();
    const target = await startServer();
    await put(target, 'database', full, false);
    await put(target, 'database', diff, false);
    await put(target, 'log', log2, false);
    const { messages } = await target.execute('RESTORE DATABASE r WITH RECOVERY');
    expect(messages.map(({ number }) => number)).toEqual([3014]);
    expect(await target.checksum('r')).toBe(end);
    expect(await errorNumbers(target.execute('RESTORE DATABASE r WITH RECOVERY'))).toEqual([3153, 3013]);
  });

  it('goes on from a restored database', async () => {
    const { full, diff } = await history();
    const target = await startServer();
    await put(target, 'database', full, false);
    await put(target, 'database', diff, true);
    await target.modify('r', { pages: 5 });
    const [newDiff = '', newLog = ''] = await stripePaths(2);
    await backup({ database: 'r', type: 'differential', to: newDiff, embedded: target });
    await backup({ database: 'r', type: 'log', to: newLog, embedded: target });
    await restore({ database: 'x', from: full, with: { recovery: false }, embedded: target });
    await restore({ database: 'x', from: newDiff, embedded: target });
    expect(await target.checksum('x')).toBe(await target.checksum('r'));
  });

  it('goes through many changes and a database of many pages', async () => {
    const server = await serverWith('a', 64 * MiB);
    const full = await take(server, 'full');
    for (let seed = 0; seed < 60; seed++) await server.modify('a', { pages: 64, seed });
    const diff = await take(server, 'differential');
    const target = await startServer();
    await put(target, 'database', full, false);
    await put(target, 'database', diff, true);
    expect(await target.checksum('r')).toBe(await server.checksum('a'));
  });
});

describe('out of order', () => {
  it('backups that need a full one', async () => {
    const server = await serverWith('a', MiB);
    expect(await errorNumbers(take(server, 'differential'))).toEqual([3035, 3013]);
    expect(await errorNumbers(take(server, 'log'))).toEqual([4214, 3013]);
    await take(server, 'full', true);
    expect(await errorNumbers(take(server, 'differential'))).toEqual([3035, 3013]);
    expect(await errorNumbers(take(server, 'log'))).toEqual([4214, 3013]);
    await take(server, 'full');
    await take(server, 'log');
    await take(server, 'differential');
  });

  it('restores that skip one or come twice', async () => {
    const { full, log1, diff, log2 } = await history();
    const target = await startServer();
    expect(await errorNumbers(put(target, 'log', log1, false))).toEqual([3118, 3013]);
    expect(await errorNumbers(put(target, 'database', diff, false))).toEqual([3118, 3013]);
    expect(await target.databases()).toEqual([]);
    await put(target, 'database', full, false);
    const before = await target.checksum('r');
    expect(await errorNumbers(put(target, 'log', log2, false))).toEqual([4305, 3013]);
    expect(await errorNumbers(put(target, 'log', full, false))).toEqual([3135, 3013]);
    expect(await errorNumbers(put(target, 'database', log1, false))).toEqual([3135, 3013]);
    expect(await target.checksum('r')).toBe(before);
    await put(target, 'log', log1, false);
    await put(target, 'log', log2, false);
    expect(await errorNumbers(put(target, 'log', log1, false))).toEqual([4326, 3013]);
    expect(await errorNumbers(put(target, 'database', diff, false))).toEqual([3136, 3013]);
    await target.execute('RESTORE DATABASE r WITH RECOVERY');
    expect(await errorNumbers(put(target, 'log', log2, false))).toEqual([3117, 3013]);
  });

  it('a differential of another full backup', async () => {
    const { server, full } = await history();
    await take(server, 'full');
    await server.modify('a', { pages: 2, seed: 9 });
    const later = await take(server, 'differential');
    await put(server, 'database', full, false);
    expect(await errorNumbers(put(server, 'database', later, false))).toEqual([3136, 3013]);
  });

  it('a copy-only backup does not disturb the sequence', async () => {
    const { server, full } = await history();
    const end = await server.checksum('a');
    await take(server, 'full', true);
    const diff = await take(server, 'differential');
    await put(server, 'database', full, false);
    await put(server, 'database', diff, true);
    expect(await server.checksum('r')).toBe(end);
  });

  it('restoring over what is there', async () => {
    const { server, full } = await history();
    await server.createDatabase('r', { size: MiB, seed: 1 });
    const untouched = await server.checksum('r');
    expect(await errorNumbers(put(server, 'database', full, true))).toEqual([3154, 3013]);
    expect(await server.checksum('r')).toBe(untouched);
    await server.modify('a', { pages: 1, seed: 77 });
    const over = restore({ database: 'a', from: full, embedded: server });
    expect(await errorNumbers(over)).toEqual([3159, 3013]);
    const before = await server.checksum('a');
    await restore({ database: 'a', from: full, with: { replace: true }, embedded: server });
    expect(await server.checksum('a')).not.toBe(before);
  });

  it('a restoring database is not backed up; a tail-log backup leaves one', async () => {
    const server = await serverWith('a', MiB);
    await take(server, 'full');
    await server.modify('a', { pages: 3 });
    const tail = await stripePaths(1);
    const execute = (statement: string, options?: Parameters<typeof server.execute>[1]) =>
      server.execute(`${statement} WITH NORECOVERY`, options);
    await backup({ database: 'a', type: 'log', to: tail, execute });
    expect(await server.databases()).toMatchObject([{ state: 'restoring' }]);
    expect(await errorNumbers(take(server, 'full'))).toEqual([927, 3013]);
  });
});
