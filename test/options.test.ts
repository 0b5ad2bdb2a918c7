// What plain JavaScript may get wrong in the options: said before anything starts, and nothing is touched.
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import * as api from '../lib/index.ts';
import { backup } from './support/operations.ts';
import { filesIn, nothingHeld, startServer } from './support/server.ts';

test.each<[Record<string, unknown>, string]>([
  [{ overwrite: 'no' }, 'overwrite must be a boolean, not string'],
  [{ sha256: 'yes' }, 'sha256 must be a boolean, not string'],
  [{ signal: {} }, 'signal must be an AbortSignal, not object'],
  [{ onProgress: 'x' }, 'onProgress must be a function, not string'],
  [{ onMessage: null }, 'onMessage must be a function, not null'],
  [{ limits: 5 }, 'limits must be an object, not number'],
  [{ limits: { connect: 5 } }, 'limits.connect is not known; there are connectMs'],
  [{ limits: { idleMs: '5' } }, 'limits.idleMs must be a number, not string'],
  [{ embedded: 5 }, 'embedded must be an EmbeddedServer, or the path of its folder'],
  [{ embedded: new URL('file:///server') }, 'embedded must be an EmbeddedServer, or the path of its folder'],
  [{ to: Buffer.from('a.bak') }, 'to must be a path'],
  [{ to: Array.from({ length: 2 }).fill(api.discard(), 0, 1) }, 'to[1] must be a path'],
  [{ to: new Array(2) }, 'to[0] must be a path'],
])('%o', async (wrong, message) => {
  const { server, file, folder } = await startServer();
  await writeFile(file('a'), 'precious');
  const options = { database: 'Sales', to: file('a'), embedded: server, ...wrong };
  const refused = expect(backup(options)).rejects;
  await refused.toThrow(message);
  await expect(backup(options)).rejects.toBeInstanceOf(TypeError);
  expect(await readFile(file('a'), 'utf8')).toBe('precious');
  expect(await filesIn(folder)).toEqual(['a']);
  await nothingHeld();
});

test.each<(...nothing: never[]) => Promise<unknown>>([api.backup, api.restore, api.verify, api.run, api.databases])(
  'no options for %o',
  async (operation) => {
    await expect(operation()).rejects.toThrow(`${operation.name} needs an object of options, not undefined`);
  },
);

describe('a callback that is async', () => {
  const late = async () => {
    throw new Error('late');
  };
  test.each(['onProgress', 'onMessage'])('%s ends the transfer where it rejects, and not the process', async (name) => {
    const { server } = await startServer();
    const done = backup({ database: 'Sales', to: api.discard(), embedded: server, [name]: late });
    await expect(done).rejects.toThrow('late');
    await nothingHeld();
  });
});
