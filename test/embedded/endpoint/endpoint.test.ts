// Other processes' way to the server: one socket per instance, and batches that end with their connections.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BatchEvent } from '../../../lib/embedded/batch.ts';
import { addressOf } from '../../../lib/embedded/endpoint/address.ts';
import { EmbeddedClient } from '../../../lib/embedded/endpoint/client.ts';
import { EmbeddedEndpoint } from '../../../lib/embedded/endpoint/endpoint.ts';
import { coreOf, type EmbeddedServer } from '../../../lib/embedded/server.ts';
import { ConnectionLostError } from '../../../lib/sql/error.ts';
import { MiB, startServer } from '../support.ts';

const isWindows = process.platform === 'win32';

async function serving(): Promise<{ server: EmbeddedServer; endpoint: EmbeddedEndpoint; instance: string }> {
  const instance = `t${randomUUID().slice(0, 8)}`;
  const server = await startServer({ instance });
  await server.createDatabase('Sales', { size: MiB });
  const endpoint = await EmbeddedEndpoint.start(server);
  onTestFinished(() => endpoint.close());
  return { server, endpoint, instance };
}

async function clientOf(instance: string): Promise<EmbeddedClient> {
  const client = await EmbeddedClient.connect({ instance });
  onTestFinished(() => client.close());
  return client;
}

/** A statement that runs until it is cancelled; resolves once it does. */
async function runForever(server: EmbeddedServer, client: EmbeddedClient, signal?: AbortSignal) {
  await server.inject({ action: 'neverAttach' });
  const running = client.execute("BACKUP DATABASE Sales TO VIRTUAL_DEVICE = 'x'", { signal });
  const settled = running.catch((error: unknown) => error);
  await expect.poll(() => isFree(server)).toBe(false);
  return settled;
}

async function isFree(server: EmbeddedServer): Promise<boolean> {
  return await server.checksum('Sales').then(
    () => true,
    () => false,
  );
}

describe('the endpoint of an embedded server', () => {
  it('runs batches of other processes: rows, messages, errors, the current database', async () => {
    const { server, instance } = await serving();
    const client = await clientOf(instance);
    const { rows } = await client.execute('SELECT name, database_id AS id FROM sys.databases');
    expect(rows).toEqual([{ name: 'Sales', id: 5 }]);
    expect((await client.execute('USE Sales')).messages).toMatchObject([{ number: 5701, severity: 10 }]);
    expect((await client.execute('SELECT DB_NAME() AS d')).rows).toEqual([{ d: 'Sales' }]);
    const failing = client.execute("SELECT 1; RESTORE LOG nowhere FROM VIRTUAL_DEVICE = 'x'");
    await expect(failing).rejects.toMatchObject({ number: 3201, messages: [{}, {}, { number: 3013 }] });
    // The name's case does not matter, nor that another client is there.
    const other = await clientOf(instance.toUpperCase());
    expect((await other.execute('SELECT DB_NAME() AS d')).rows).toEqual([{ d: 'master' }]);
    expect(server.instance).toBe(instance);
  });

  it('sends every result set, with its columns', async () => {
    const { instance } = await serving();
    const events: BatchEvent[] = [];
    const client = await clientOf(instance);
    await client.run("SELECT 1 AS a, NULL; SELECT name FROM sys.databases WHERE name = 'none'", {
      onEvent: (event) => void events.push(event),
    });
    expect(events).toEqual([
      {
        kind: 'resultSet',
        resultSet: {
          columns: [
            { name: 'a', type: 'int' },
            { name: '', type: 'int' },
          ],
          rows: [[1, null]],
        },
      },
      { kind: 'resultSet', resultSet: { columns: [{ name: 'name', type: 'nvarchar' }], rows: [] } },
    ]);
  });

  it('ends a cancelled batch, and the connection goes on', async () => {
    const { server, instance } = await serving();
    const client = await clientOf(instance);
    const cancellation = new AbortController();
    const settled = runForever(server, client, cancellation.signal);
    await expect.poll(() => isFree(server)).toBe(false);
    await expect(client.execute('SELECT 1')).rejects.toThrow('A batch is running');
    cancellation.abort(new Error('enough'));
    expect(await settled).toMatchObject({ message: 'enough' });
    expect(await isFree(server)).toBe(true);
    expect((await client.execute('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  });

  it('ends the batch of a client that goes away', async () => {
    const { server, instance } = await serving();
    const client = await clientOf(instance);
    const settled = runForever(server, client);
    await expect.poll(() => isFree(server)).toBe(false);
    await client.close();
    expect(await settled).toBeInstanceOf(ConnectionLostError);
    await expect.poll(() => isFree(server)).toBe(true);
  });

  it('ends everything when it is closed, and leaves nothing', async () => {
    const { server, endpoint, instance } = await serving();
    const client = await clientOf(instance);
    const settled = runForever(server, client);
    await expect.poll(() => isFree(server)).toBe(false);
    await endpoint.close();
    await endpoint.close();
    expect(await settled).toBeInstanceOf(ConnectionLostError);
    expect(await isFree(server)).toBe(true);
    expect(existsSync(addressOf(instance).folder)).toBe(false);
    await expect(EmbeddedClient.connect({ instance })).rejects.toThrow(
      `embedded serve <folder> --instance ${instance}`,
    );
    await expect(client.execute('SELECT 1')).rejects.toBeInstanceOf(ConnectionLostError);
  });

  it('hears a listener that throws', async () => {
    const { server, instance } = await serving();
    const client = await clientOf(instance);
    const onEvent = () => {
      throw new RangeError('from the listener');
    };
    await expect(client.run('SELECT 1', { onEvent })).rejects.toThrow('from the listener');
    expect(await isFree(server)).toBe(true);
  });

  it('refuses a second server for the instance', async () => {
    const { instance } = await serving();
    const second = await startServer({ instance });
    await expect(EmbeddedEndpoint.start(second)).rejects.toThrow(
      `the instance ${instance}: does another server serve it?`,
    );
    await expect(clientOf(instance)).resolves.toBeInstanceOf(EmbeddedClient);
  });

  it('ends a connection that sends something else, and goes on', async () => {
    const { endpoint, instance } = await serving();
    for (const garbage of ['\0\0\n', '[]\n', '{"kind":"run"}\n', '{"kind":"run","text":"USE Sales"}\n'.repeat(9)]) {
      const socket = connect(endpoint.path);
      onTestFinished(() => void socket.destroy());
      socket.resume().write(garbage);
      await once(socket, 'close');
    }
    expect((await (await clientOf(instance)).execute('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('serves a server that is a process of its own', async () => {
    const instance = `t${randomUUID().slice(0, 8)}`;
    const server = await startServer({ instance, process: true });
    const endpoint = await EmbeddedEndpoint.start(server);
    onTestFinished(() => endpoint.close());
    const client = await clientOf(instance);
    expect((await client.execute("SELECT CAST(7 AS bigint) AS n, SERVERPROPERTY('InstanceName') AS i")).rows).toEqual([
      { n: 7n, i: instance },
    ]);
  });

  it('gives parameters to the batch', async () => {
    const { server } = await serving();
    const events: BatchEvent[] = [];
    const session = { login: 'somebody', sysadmin: false, spid: 77, database: 'master' };
    await coreOf(server).run(
      { text: 'SELECT @Name, @@SPID, SUSER_SNAME()', parameters: new Map([['@name', "it's"]]), session },
      { onEvent: (event) => void events.push(event) },
    );
    expect(events).toMatchObject([{ resultSet: { rows: [["it's", 77, 'somebody']] } }]);
  });

  it('closes also where its folder is gone', async () => {
    const { endpoint, instance } = await serving();
    await rm(addressOf(instance).folder, { recursive: true, force: true });
    await expect(endpoint.close()).resolves.toBeUndefined();
  });

  it.skipIf(isWindows)('is in a folder that only its user can enter (named pipes are in none)', async () => {
    const { endpoint } = await serving();
    expect((await stat(dirname(endpoint.path))).mode & 0o777).toBe(0o700);
  });

  it.skipIf(isWindows)('refuses a folder that others could have put something into (not for named pipes)', async () => {
    const instance = `t${randomUUID().slice(0, 8)}`;
    const { folder } = addressOf(instance);
    await mkdir(folder);
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o777);
    const server = await startServer({ instance });
    const error: unknown = await EmbeddedEndpoint.start(server).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      cause: { message: `${folder} is not a folder that only this user can enter: remove it.` },
    });
    await expect(clientOf(instance)).rejects.toThrow('No embedded server');
  });

  it.skipIf(isWindows)('takes over what a dead server left (a named pipe goes with its process)', async () => {
    const instance = `t${randomUUID().slice(0, 8)}`;
    const { folder, path } = addressOf(instance);
    await mkdir(folder, { mode: 0o700 });
    await writeFile(path, '');
    await writeFile(`${folder}/server.lock`, JSON.stringify({ pid: 2 ** 30, started: '', token: 'dead' }));
    const server = await startServer({ instance });
    const endpoint = await EmbeddedEndpoint.start(server);
    onTestFinished(() => endpoint.close());
    expect((await (await clientOf(instance)).execute('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
