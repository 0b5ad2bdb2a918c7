// What is asked of a server before a transfer ends by its limit and by the caller's signal, whether or not the server lets go.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { databases } from '../../lib/databases.ts';
import { restore } from '../../lib/restore.ts';
import { discard } from '../../lib/streams/null.ts';
import { LimitError } from '../../lib/transfer/limits.ts';
import { prepareDestinations, readyOperation } from '../../lib/transfer/prepare.ts';
import { chooseServer, startConnection } from '../../lib/transfer/server.ts';
import { freshFolder } from '../support/folder.ts';

const reason = new Error('enough');
const never = () => new Promise<never>(() => undefined);

/** A server that takes every statement and never answers; asking it cancels. */
function deaf() {
  const controller = new AbortController();
  const execute = () => {
    setImmediate(() => controller.abort(reason));
    return never();
  };
  return { execute, provider: 'embedded', signal: controller.signal } as const;
}

const impatient = { execute: never, provider: 'embedded', limits: { connectMs: 20 } } as const;

it('its databases', async () => {
  await expect(databases(deaf())).rejects.toBe(reason);
  await expect(databases(impatient)).rejects.toBeInstanceOf(LimitError);
});

it('its folders', async () => {
  const from = join(await freshFolder(), 'a.bak');
  await writeFile(from, 'x');
  const options = { database: 'd', from, with: { move: 'auto' } } as const;
  await expect(restore({ ...options, ...deaf() })).rejects.toBe(reason);
  await expect(restore({ ...options, ...impatient })).rejects.toBeInstanceOf(LimitError);
});

it('a size', async () => {
  const { execute, ...options } = deaf();
  const run = await readyOperation({
    options: { ...options, onProgress: () => undefined },
    stripes: [discard()],
    statement: () => 'BACKUP',
    prepare: () => prepareDestinations([discard()], false),
    estimate: execute,
  });
  const info = {
    sysadmin: true,
    engineEdition: 3,
    edition: null,
    version: null,
    majorVersion: 16,
    instance: null,
    dataPath: null,
    logPath: null,
  };
  const server = { execute: never, provider: 'embedded', instance: null, info, close: async () => undefined } as const;
  await expect(run(server)).rejects.toBe(reason);
});

it("a driver's close", async () => {
  const connect = async () => ({ driver: 'mssql', execute: never, close: never }) as const;
  const options = { provider: 'embedded', instance: null, signal: undefined, connectMs: 20 } as const;
  await expect(startConnection(connect, options)).rejects.toBeInstanceOf(LimitError);
  const info = { rows: [{ sysadmin: 1 }], messages: [] };
  const connected = async () => ({ driver: 'mssql', execute: async () => info, close: never }) as const;
  await (await startConnection(connected, { ...options, connectMs: 0 })).close();
});

it.each([2 ** 31, Number.POSITIVE_INFINITY])('a limit of %d ms is not over at once', async (connectMs) => {
  const controller = new AbortController();
  const silent = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => controller.abort(reason));
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const connection = { driver: 'tedious', server: `127.0.0.1,${port}`, user: 'sa', password: 'x' } as const;
  const chosen = chooseServer({ connection, provider: 'embedded', signal: controller.signal });
  await expect(chosen.start(connectMs)).rejects.toBe(reason);
});
