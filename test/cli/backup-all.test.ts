// Every database into a folder: what no file system shows alike.
import { expect, test, vi } from 'vitest';
import { type BackupAll, backupAll, SomeFailedError } from '../../lib/cli/backup-all.ts';
import { Output } from '../../lib/cli/output.ts';
import { EmbeddedServer, type SqlValue } from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { startServer } from '../support/server.ts';

type Row = Readonly<Record<string, SqlValue>>;

/** A server whose catalog has these databases. */
async function serverWith(databases: readonly Row[]): Promise<EmbeddedServer> {
  const { server } = await startServer();
  const rows = databases.map((row) => ({ state_desc: 'ONLINE', recovery_model_desc: 'FULL', ...row }));
  const execute: typeof server.execute = async (statement, options) => {
    const result = await server.execute(statement, options);
    return statement.includes('sys.databases') ? { ...result, rows } : result;
  };
  return { execute, instance: server.instance } as EmbeddedServer;
}

async function all(databases: readonly Row[], more: Partial<BackupAll> = {}): Promise<BackupAll> {
  const embedded = await serverWith(databases);
  return { server: { embedded }, folder: await freshFolder(), jobs: 1, type: 'full', backup: {}, ...more };
}

const quiet = new Output({ json: false, quiet: true, stdoutIsData: false });

test('names that differ in case alone are not one file', async () => {
  const databases = [{ name: 'Sales' }, { name: 'SALES' }];
  const done = backupAll(quiet, await all(databases, { jobs: 2, backup: { overwrite: true } }));
  const error: unknown = await done.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SomeFailedError);
  expect(error).toMatchObject({
    databases: [
      { name: 'Sales', status: 'done' },
      { name: 'SALES', status: 'failed', error: { message: expect.stringContaining('in case alone') } },
    ],
  });
});

test('what no server backs up is skipped with the reason', async () => {
  const output = new Output({ json: true, quiet: true, stdoutIsData: false });
  const document = vi.spyOn(output, 'document').mockReturnValue();
  const databases = [
    { name: 'Sales' },
    { name: 'Frozen', source_database_id: 5 },
    { name: 'Next', is_in_standby: true },
  ];
  await backupAll(output, await all(databases));
  expect(document.mock.lastCall?.[0]).toMatchObject({
    databases: [
      { name: 'Sales', status: 'done' },
      { name: 'Frozen', status: 'skipped', reason: expect.stringContaining('snapshot') },
      { name: 'Next', status: 'skipped', reason: expect.stringContaining('standby') },
    ],
  });
});

test('the provider that was asked for is the one that is used', async () => {
  const folder = await freshFolder();
  {
    await using server = await EmbeddedServer.start({ folder });
    await server.createDatabase('Sales', { size: 65_536 });
  }
  const server = { embedded: folder, provider: 'libsqlvdi' } as const;
  await expect(backupAll(quiet, await all([], { server }))).rejects.toMatchObject({
    name: 'ProviderError',
    provider: 'libsqlvdi',
  });
});

test('of a failure the summary says all that the command for one database does', async () => {
  const output = new Output({ json: false, quiet: true, stdoutIsData: false });
  const line = vi.spyOn(output, 'line').mockReturnValue();
  await expect(backupAll(output, await all([{ name: 'Ghost' }]))).rejects.toBeInstanceOf(SomeFailedError);
  expect(line.mock.calls.map(([text]) => text)).toEqual([
    '0 backed up (0 B), 0 skipped, 1 failed',
    expect.stringMatching(/^ {2}Failed Ghost: .* \(error 911, state \d+\)$/),
    expect.stringMatching(/^ {4}also: .* \(error 3013, state \d+\)$/),
  ]);
});
