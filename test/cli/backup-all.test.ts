// Every database into a folder: what no file system shows alike.
import { expect, test } from 'vitest';
import { backupAll, SomeFailedError } from '../../lib/cli/backup-all.ts';
import { Output } from '../../lib/cli/output.ts';
import type { EmbeddedServer } from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { startServer } from '../support/server.ts';

test('names that differ in case alone are not one file', async () => {
  const { server } = await startServer();
  const execute: typeof server.execute = async (statement, options) => {
    const result = await server.execute(statement, options);
    return statement.includes('sys.databases') ? { ...result, rows: caseSensitive } : result;
  };
  const embedded = { execute, instance: server.instance } as EmbeddedServer;
  const done = backupAll(new Output({ json: false, quiet: true, stdoutIsData: false }), {
    server: { embedded },
    folder: await freshFolder(),
    jobs: 2,
    type: 'full',
    backup: { overwrite: true },
  });
  const error: unknown = await done.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SomeFailedError);
  expect(error).toMatchObject({
    databases: [
      { name: 'Sales', status: 'done' },
      { name: 'SALES', status: 'failed', error: { message: expect.stringContaining('in case alone') } },
    ],
  });
});

const caseSensitive = ['Sales', 'SALES'].map((name) => ({ name, state_desc: 'ONLINE', recovery_model_desc: 'FULL' }));
