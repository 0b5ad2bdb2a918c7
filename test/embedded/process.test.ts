// The server in a process of its own: the same behaviour, and what happens when either process is gone.
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { SqlServerError } from '../../lib/sql/error.ts';
import { relatedErrors } from '../../lib/transfer/related.ts';
import { VdiAbortError } from '../../lib/vdi/errors.ts';
import { freshFolder } from '../support/folder.ts';
import { backup, restore } from '../support/operations.ts';
import { errorNumbers, MiB, readWith, startServer, stripePaths } from './support.ts';

const ownProcess = { process: true } as const;

describe('a server in its own process', () => {
  it('backs up and restores', async () => {
    const server = await startServer(ownProcess);
    await server.createDatabase('Sales', { size: 4 * MiB, seed: 3, compressible: true });
    await server.modify('Sales', { pages: 10 });
    const paths = await stripePaths(2);
    const percents: number[] = [];
    const onMessage = ({ number }: { number: number }) => void percents.push(number);
    await backup({ database: 'Sales', to: paths, with: { stats: 50 }, onMessage, embedded: server });
    expect(percents).toEqual([3211, 3211, 4035, 3014]);
    await restore({ database: 'Copy', from: paths, embedded: server });
    expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
    expect(await server.databases()).toHaveLength(2);
    const [header] = (await readWith(server, 'RESTORE HEADERONLY', paths)).rows;
    expect(header?.['BackupSize']).toBe(BigInt(4 * MiB));
    expect(header?.['BackupStartDate']).toBeInstanceOf(Date);
  });

  it('rejects with the same errors', async () => {
    const server = await startServer(ownProcess);
    const error = await server.execute('RESTORE DATABASE x WITH RECOVERY').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SqlServerError);
    expect(error).toMatchObject({ number: 911, state: 11 });
    await expect(server.createDatabase('x', { size: 5 })).rejects.toThrow(RangeError);
    await expect(server.checksum('x')).rejects.toThrow("There is no database 'x'.");
    await expect(startServer({ ...ownProcess, folder: server.folder })).rejects.toThrow(/in use by process \d+/);
  });

  it('cancels', async () => {
    const server = await startServer(ownProcess);
    await server.createDatabase('Sales', { size: MiB });
    await server.inject({ action: 'neverAttach' });
    const cancellation = new AbortController();
    const running = server.execute("BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'x'", { signal: cancellation.signal });
    const reason = new Error('enough');
    cancellation.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await errorNumbers(server.execute('RESTORE DATABASE Sales WITH RECOVERY'))).toEqual([3153, 3013]);
  });

  it('that dies fails the statement, and the client notices within two seconds', async () => {
    const server = await startServer(ownProcess);
    await server.createDatabase('Sales', { size: 16 * MiB });
    await server.inject({ when: 'backup', action: 'die', at: { byte: 4 * MiB } });
    const [path = ''] = await stripePaths(1);
    const started = performance.now();
    const error: unknown = await backup({ database: 'Sales', to: path, embedded: server }).catch(
      (reason: unknown) => reason,
    );
    expect(performance.now() - started).toBeLessThan(4000);
    const all = error instanceof Error ? [error, ...relatedErrors(error)] : [];
    expect(all.some((one) => one instanceof VdiAbortError)).toBe(true);
    await expect(server.databases()).rejects.toThrow(/process \d+ ended/);
    await server.close();
    // Its lock does not outlive it.
    const next = await startServer({ folder: server.folder });
    expect(await next.databases()).toMatchObject([{ name: 'Sales', state: 'online' }]);
  });

  it('ends with its parent', async () => {
    const { fork } = await import('node:child_process');
    const { fileURLToPath } = await import('node:url');
    const folder = await freshFolder();
    const entry = fileURLToPath(new URL('../../dist/embedded/process/main.js', import.meta.url));
    const child = fork(entry, { serialization: 'advanced', stdio: 'ignore' });
    const ended = once(child, 'exit');
    child.send({ kind: 'call', id: 1, call: { method: 'start', folder, instance: null } });
    expect(await once(child, 'message')).toMatchObject([{ kind: 'done', id: 1 }, undefined]);
    child.disconnect();
    expect(await ended).toEqual([0, null]);
    await (await startServer({ folder })).close();
  });

  it('ends when it is closed, after which nothing is pending', async () => {
    const server = await startServer(ownProcess);
    await server.close();
    await server.close();
    await expect(server.databases()).rejects.toThrow();
  });
});
