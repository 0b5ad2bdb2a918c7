// What plain JavaScript may get wrong in the stand-in's own calls: each refused by name, before anything is made.
import { expect, it, test } from 'vitest';
import * as api from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { filesIn, mebibyte, startServer } from '../support/server.ts';

test.each<[object | undefined, string]>([
  [undefined, 'EmbeddedServer.start needs { folder }'],
  [{ folder: new URL('file:///server') }, 'EmbeddedServer.start needs { folder }'],
  [{ instance: 5 }, 'instance must be a string, not number'],
  [{ instance: 'HOST\\CI' }, "instance is 'HOST\\CI'; give its name alone"],
  [{ process: 'no' }, 'process must be true or false, not string'],
])('EmbeddedServer.start(%o)', async (wrong, message) => {
  const folder = await freshFolder();
  const options = wrong && { folder, ...wrong };
  // @ts-expect-error wrong options
  const started: Promise<api.EmbeddedServer> = api.EmbeddedServer.start(options);
  await expect(started).rejects.toThrow(message);
  expect(await filesIn(folder)).toEqual([]);
});

const sa = { user: 'sa', password: 'x' };

test.each<[unknown, string]>([
  [undefined, 'TdsEndpoint.start needs { logins }'],
  [{ logins: [null] }, 'A login is { user, password }'],
  [{ logins: [{ ...sa, sysadmin: 'no' }] }, "sysadmin of 'sa' must be true or false"],
  [{ logins: [sa, { ...sa, user: 'SA' }] }, "There are two logins 'SA'"],
])('TdsEndpoint.start(server, %o)', async (options, message) => {
  const { server } = await startServer();
  // @ts-expect-error wrong options
  await expect(api.TdsEndpoint.start(server, options)).rejects.toThrow(message);
});

it.each([undefined, null, {}])(
  'an endpoint for %o, which is no server, is refused before anybody connects',
  async (none) => {
    const message = 'An endpoint needs the EmbeddedServer';
    // @ts-expect-error no server
    await expect(api.TdsEndpoint.start(none, { logins: [sa] })).rejects.toThrow(message);
    // @ts-expect-error no server
    await expect(api.EmbeddedEndpoint.start(none)).rejects.toThrow(message);
  },
);

test.each([
  ['of this process', false],
  ['in a process of its own', true],
])('databases, faults and statements of a server %s', async (_, process) => {
  const { server } = await startServer(mebibyte, process);
  // @ts-expect-error no options
  await expect(server.createDatabase('A')).rejects.toThrow('A database needs a size in bytes: a number, not undefined');
  // @ts-expect-error no number
  await expect(server.createDatabase('A', { size: '8192' })).rejects.toThrow('a number, not string');
  // @ts-expect-error no truth
  await expect(server.createDatabase('A', { size: 8192, compressible: 'no' })).rejects.toThrow('compressible must be');
  // @ts-expect-error no name
  await expect(server.checksum()).rejects.toThrow("A database's name is a string, not undefined");
  // @ts-expect-error no options
  await expect(server.modify('Sales')).rejects.toThrow('pages must be a number, not undefined');
  // @ts-expect-error no fault
  await expect(server.inject()).rejects.toThrow('fault is not an object');
  // @ts-expect-error misspelt
  await expect(server.inject({ action: 'abort', at: { bite: 1 } })).rejects.toThrow(
    'fault.at needs byte, command or state',
  );
  // @ts-expect-error no text
  await expect(server.execute(5)).rejects.toThrow("execute needs the statement's text, not number");
  expect((await server.databases()).map(({ name }) => name)).toEqual(['Sales']);
});
