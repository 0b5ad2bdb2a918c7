// A statement of the caller's own, and what is refused of it.
import { expect, test } from 'vitest';
import { type RunDevice, run } from '../lib/index.ts';
import { filesIn, startServer } from './support/server.ts';

test('writes or reads, with rows', async () => {
  const { server, file, folder } = await startServer();
  const written = await run({
    sql: 'BACKUP DATABASE Sales TO {device} WITH COPY_ONLY',
    devices: [{ to: file('a') }, { to: file('b') }],
    embedded: server,
  });
  expect(written).toMatchObject({ stripes: [{ path: file('a') }, { path: file('b') }], rows: [] });
  expect(written.verdict?.pages).toBe(1024);
  expect(await filesIn(folder)).toEqual(['a', 'b']);
  const devices = [{ from: file('a') }, { from: file('b') }];
  const { rows } = await run({ sql: 'RESTORE FILELISTONLY FROM {device}', devices, embedded: server });
  expect(rows).toMatchObject([{ LogicalName: 'Sales' }, { LogicalName: 'Sales_log' }]);
});

test.each<[string, unknown, string]>([
  ['no device', [], 'devices names 0 stripes'],
  ['a path', ['a'], 'devices[0] must be an object with to or with from'],
  ['a device without either', [{}], 'devices[0] must be an object'],
  ['a device with both', [{ to: 'a', from: 'b' }], 'devices[0] must be an object'],
  ['devices of both kinds', [{ to: 'a' }, { from: 'b' }], 'either writes all of its devices or reads them'],
])('%s is refused before anything starts', async (_name, devices, message) => {
  const { server, folder } = await startServer();
  const sql = 'BACKUP DATABASE Sales TO {device}';
  await expect(run({ sql, devices: devices as RunDevice[], embedded: server })).rejects.toThrow(message);
  expect(await filesIn(folder)).toEqual([]);
});
