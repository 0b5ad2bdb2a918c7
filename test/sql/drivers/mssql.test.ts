// Pools of mssql that are not over tedious. msnodesqlv8 needs Microsoft's ODBC driver: mssql's own class, with an object of its shape beneath.
import { EventEmitter } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectorFor } from '../../../lib/sql/connection.ts';
import { ConnectError } from '../../../lib/sql/connection-error.ts';
import { isMssqlPool, type MssqlPool, openMssql } from '../../../lib/sql/drivers/mssql.ts';
import { ConnectionLostError } from '../../../lib/sql/error.ts';
import { freshFolder } from '../../support/folder.ts';

async function poolOf(config: object): Promise<MssqlPool> {
  // mssql/msnodesqlv8 requires the package as it is loaded; nothing of this one is used.
  const folder = join(await freshFolder(), 'msnodesqlv8');
  await mkdir(folder);
  await writeFile(
    join(folder, 'index.js'),
    "exports.open = () => { throw new Error('the pool connected by itself'); };",
  );
  vi.stubEnv('NODE_PATH', join(folder, '..'));
  onTestFinished(() => void vi.unstubAllEnvs());
  Reflect.apply(Reflect.get(Module, '_initPaths'), Module, []);
  const { ConnectionPool } = createRequire(import.meta.url)('mssql/msnodesqlv8') as {
    ConnectionPool: new (config: object) => object;
  };
  const pool = new ConnectionPool(config);
  if (!isMssqlPool(pool)) throw new TypeError('this is no pool');
  return pool;
}

/** Its connections answer USE, and nothing else; a statement that is cancelled goes on. */
function silentModule() {
  const log: string[] = [];
  const module = {
    open({ conn_str, conn_timeout }: { conn_str: string; conn_timeout: number }, done: (...args: unknown[]) => void) {
      log.push(`${conn_timeout} ${conn_str}`);
      done(null, {
        query({ query_str }: { query_str: string }) {
          log.push(query_str);
          const query = Object.assign(new EventEmitter(), { cancelQuery: () => undefined });
          if (query_str.startsWith('USE')) setImmediate(() => query.emit('done'));
          return query;
        },
        close: () => log.push('close'),
      });
    },
  };
  return { log, load: async () => module };
}

it('lends its connection string, and runs in master', async () => {
  const { log, load } = silentModule();
  const given = 'Driver={ODBC Driver 18 for SQL Server};Server=x;Database=Sales;Trusted_Connection=yes';
  const pool = await poolOf({ server: 'x', connectionString: given, connectionTimeout: 3000 });
  const executor = await openMssql(pool, undefined, false, load);
  expect(log).toEqual([`3 ${given}`, 'USE [master]']);
  const running = executor.execute('BACKUP');
  await executor.close();
  await expect(running).rejects.toBeInstanceOf(ConnectionLostError);
});

it('lends its other settings, and what beforeConnect makes of them', async () => {
  const { log, load } = silentModule();
  const pool = await poolOf({
    server: 'x\\i',
    database: 'Sales',
    driver: 'D',
    options: { trustedConnection: true },
    beforeConnect: (config: { conn_str: string }) => {
      config.conn_str += ';More=1';
    },
  });
  await (await openMssql(pool, undefined, false, load)).close();
  expect(log[0]).toMatch(/^15 .*server=x\\i;database=master;.*trusted_connection=(true|yes).*;More=1$/i);
});

it('is given up with the reason while the server says nothing', async () => {
  const controller = new AbortController();
  const { load } = silentModule();
  const executor = await openMssql(await poolOf({ connectionString: 'x' }), controller.signal, false, load);
  const running = executor.execute('SELECT 1', { signal: controller.signal });
  controller.abort('enough');
  await executor.close();
  await expect(running).rejects.toBe('enough');
});

it('without the ODBC driver there is no connection', async () => {
  const module = { open: (_: object, done: (error: unknown) => void) => done([{ message: 'no', sqlstate: 'IM002' }]) };
  const opening = openMssql(await poolOf({ connectionString: 'x' }), undefined, false, async () => module);
  await expect(opening).rejects.toBeInstanceOf(ConnectError);
  expect(connectorFor(await poolOf({ connectionString: 'x' }))).toBeTypeOf('function');
});

it('closes a pool that never ends, with what runs on it', async () => {
  const never = () => new Promise(() => undefined);
  // It shows no connection at all.
  class Silent {
    config = {};
    connect = async () => undefined;
    request = () => Object.assign(new EventEmitter(), { batch: never, cancel: () => undefined });
    close = never;
    on = () => this;
  }
  const executor = await openMssql(new Silent(), undefined);
  const running = executor.execute('BACKUP');
  await executor.close();
  await expect(running).rejects.toBeInstanceOf(ConnectionLostError);
});
