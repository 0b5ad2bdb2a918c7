// Statements that fail, wait, are cancelled, or meet an injected fault: the right messages, and nothing left behind.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EmbeddedServer, type Fault } from '../../lib/embedded/index.ts';
import { SqlServerError } from '../../lib/sql/error.ts';
import { discard } from '../../lib/streams/null.ts';
import { relatedErrors } from '../../lib/transfer/related.ts';
import { loadBinding } from '../../lib/vdi/load.ts';
import { backup, restore } from '../support/operations.ts';
import { errorNumbers, MiB, serverWith, startServer, stripePaths } from './support.ts';

/** The statement's error, be it the cause or what followed from it. */
async function statementError(work: Promise<unknown>): Promise<SqlServerError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  const all = error instanceof Error ? [error, ...relatedErrors(error)] : [];
  const found = all.find((one) => one instanceof SqlServerError);
  if (found === undefined) throw new Error('no SqlServerError', { cause: error });
  return found;
}

describe('a statement', () => {
  it.each<[string, number[]]>([
    ["BACKUP DATABASE nowhere TO VIRTUAL_DEVICE = N'x'", [911, 3013]],
    ['RESTORE DATABASE nowhere WITH RECOVERY', [911, 3013]],
    ["BACKUP DATABASE Sales TO DISK = N'x.bak'", [3201, 3013]],
    ['BACKUP DATABASE Sales TO dumpdevice', [3206, 3013]],
    ["BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'x' WITH BLOCKSIZE = 1000", [3253, 3013]],
    ["BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'x' WITH SHINY", [155]],
    ['DROP DATABASE Sales', [156]],
  ])('%s', async (statement, numbers) => {
    const server = await serverWith('Sales', MiB);
    expect(await errorNumbers(server.execute(statement))).toEqual(numbers);
  });

  it('that names a set nobody made: 3201 with state 7', async () => {
    const server = await serverWith('Sales', MiB);
    const messages: number[] = [];
    const statement = "BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'no such set'";
    const onMessage = ({ number }: { number: number }) => void messages.push(number);
    const error = await statementError(server.execute(statement, { onMessage }));
    expect(error).toMatchObject({ number: 3201, state: 7, severity: 16 });
    expect(error.message).toContain('0x80070002');
    expect(messages).toEqual([3201, 18210, 3013]);
  });

  it('that names one device twice is refused', async () => {
    const server = await serverWith('Sales', MiB);
    const error = await statementError(
      server.execute("BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'x', VIRTUAL_DEVICE = N'x'"),
    );
    expect(error.number).toBe(3201);
  });

  it('whose listener throws is cancelled with what it threw', async () => {
    const server = await serverWith('Sales', MiB);
    const onMessage = () => {
      throw new RangeError('enough');
    };
    await expect(server.execute('RESTORE DATABASE nowhere WITH RECOVERY', { onMessage })).rejects.toThrow('enough');
  });

  it('is refused while another works on the database', async () => {
    const server = await serverWith('Sales', MiB);
    await server.inject({ action: 'neverAttach' });
    const cancellation = new AbortController();
    const statement = "BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'x'";
    const restoring = "RESTORE DATABASE Sales FROM VIRTUAL_DEVICE = N'x'";
    const first = server.execute(statement, { signal: cancellation.signal });
    expect(await errorNumbers(server.execute(statement))).toEqual([3023, 3013]);
    expect(await errorNumbers(server.execute(restoring))).toEqual([3101, 3013]);
    await expect(server.modify('Sales', { pages: 1 })).rejects.toThrow(/in use/);
    cancellation.abort();
    await expect(first).rejects.toThrow(/aborted/);
    await server.modify('Sales', { pages: 1 });
  });
});

describe('a client that fails', () => {
  it('with a full disk: 3202 with 112', async () => {
    const server = await serverWith('Sales', 4 * MiB);
    let written = 0;
    const sink = {
      write: (chunk: Uint8Array) => {
        written += chunk.length;
        if (written > MiB) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      },
    };
    const error = await statementError(backup({ database: 'Sales', to: sink, embedded: server }));
    expect(error.number).toBe(3202);
    expect(error.message).toContain('112(There is not enough space on the disk.)');
  });

  it('leaves the history as it was', async () => {
    const server = await serverWith('Sales', MiB);
    const sink = {
      write: () => {
        throw new Error('broken');
      },
    };
    await expect(backup({ database: 'Sales', to: sink, embedded: server })).rejects.toThrow('broken');
    expect(await errorNumbers(backup({ database: 'Sales', type: 'log', to: discard(), embedded: server }))).toEqual([
      4214, 3013,
    ]);
  });
});

describe('cancelling', () => {
  it('a backup halfway ends both sides and leaves nothing', async () => {
    const server = await serverWith('Sales', 64 * MiB);
    const reason = new Error('enough');
    const cancellation = new AbortController();
    const [path = ''] = await stripePaths(1);
    await server.inject({ action: 'slow', at: { command: 3 }, value: 50 });
    const running = backup({
      database: 'Sales',
      to: path,
      embedded: server,
      signal: cancellation.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 0) cancellation.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(existsSync(path)).toBe(false);
    await server.close();
    expect(loadBinding().census()).toMatchObject({ serverSets: 0, clientSets: 0 });
  });

  it('a restore halfway leaves no database and no file', async () => {
    const server = await serverWith('Sales', 16 * MiB);
    const [path = ''] = await stripePaths(1);
    await backup({ database: 'Sales', to: path, embedded: server });
    await server.inject({ when: 'restore', action: 'hang', at: { byte: 8 * MiB } });
    const cancellation = new AbortController();
    const running = restore({
      database: 'Copy',
      from: path,
      embedded: server,
      signal: cancellation.signal,
      onProgress: ({ bytes }) => {
        if (bytes > 7 * MiB) cancellation.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect((await server.databases()).map(({ name }) => name)).toEqual(['Sales']);
    expect(await readdir(join(server.folder, 'databases'))).toHaveLength(1);
  });

  it('before anything starts runs nothing', async () => {
    const server = await serverWith('Sales', MiB);
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(server.execute('RESTORE DATABASE nowhere WITH RECOVERY', { signal })).rejects.toThrow('too late');
  });

  it('by closing the server ends what runs', async () => {
    const server = await serverWith('Sales', MiB);
    await server.inject({ action: 'neverAttach' });
    const running = server.execute("BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'x'");
    const refused = expect(running).rejects.toThrow('The embedded server was closed.');
    await server.close();
    await refused;
    await expect(server.databases()).rejects.toThrow('closed');
    await server.close();
    await expect(
      EmbeddedServer.start({ folder: server.folder }).then((again) => again.close()),
    ).resolves.toBeUndefined();
  });
});

describe('an injected fault', () => {
  const faults: [string, Fault, number][] = [
    ['abort at a byte', { action: 'abort', at: { byte: MiB } }, 3271],
    ['error at a byte', { action: 'error', at: { byte: MiB } }, 3202],
    ['a chosen error at a command', { action: 'error', at: { command: 5 }, value: 112 }, 3202],
    ['error on flushing', { action: 'error', at: { state: 'flush' } }, 3271],
  ];
  it.each(faults)('%s fails the backup once', async (_, fault, number) => {
    const server = await serverWith('Sales', 4 * MiB);
    const [path = ''] = await stripePaths(1);
    await server.inject({ when: 'backup', ...fault });
    const error = await statementError(backup({ database: 'Sales', to: path, embedded: server }));
    expect(error.number).toBe(number);
    expect(error.messages.at(-1)?.number).toBe(3013);
    expect(existsSync(path)).toBe(false);
    await backup({ database: 'Sales', to: path, embedded: server });
  });

  it('slow makes it slow, and no more', async () => {
    const server = await serverWith('Sales', MiB);
    await server.inject({ action: 'slow', at: { command: 0 }, value: 20 });
    const { elapsedMs } = await backup({ database: 'Sales', to: discard(), embedded: server });
    // A mebibyte is sixteen writes and more.
    expect(elapsedMs).toBeGreaterThan(16 * 20);
  });

  it('die is refused in the process of the tests', async () => {
    const server = await startServer();
    await expect(server.inject({ action: 'die', at: { byte: 0 } })).rejects.toThrow(/process: true/);
  });
});

describe('bad arguments', () => {
  it.each([
    ['', { size: MiB }],
    ['x'.repeat(129), { size: MiB }],
    ['a', { size: 0 }],
    ['a', { size: 1000 }],
    ['a', { size: Number.NaN }],
    ['a', { size: MiB, seed: -1 }],
    ['a', { size: MiB, seed: 2 ** 32 }],
  ])('createDatabase(%j, %j)', async (name, options) => {
    const server = await startServer();
    await expect(server.createDatabase(name, options)).rejects.toThrow(RangeError);
    expect(await server.databases()).toEqual([]);
  });

  it('a database that exists, or does not', async () => {
    const server = await serverWith('Sales', MiB);
    await expect(server.createDatabase('SALES', { size: MiB })).rejects.toThrow(/already exists/);
    await expect(server.modify('x', { pages: 1 })).rejects.toThrow(/no database 'x'/);
    await expect(server.checksum('x')).rejects.toThrow(/no database 'x'/);
    await expect(server.modify('Sales', { pages: 129 })).rejects.toThrow(RangeError);
  });

  it('a folder that is none', async () => {
    const server = await startServer();
    const folder = join(server.folder, 'server.lock');
    await expect(EmbeddedServer.start({ folder })).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(EmbeddedServer.start({ folder: '' })).rejects.toThrow(TypeError);
  });
});
