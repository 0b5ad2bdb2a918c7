// Backup and restore whose statements go over a real connection, through every unmodified client.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { backup } from '../../../lib/backup.ts';
import type { TdsEndpoint } from '../../../lib/embedded/tds/endpoint.ts';
import { restore, verify } from '../../../lib/restore.ts';
import type { Execute, ExecuteResult } from '../../../lib/sql/executor.ts';
import { VirtualDeviceSet } from '../../../lib/vdi/set.ts';
import { MiB, stripePaths } from '../support.ts';
import {
  hasTsql,
  mssqlExecute,
  mssqlPool,
  startEndpoint,
  tediousConnection,
  tediousExecute,
  tsqlExecute,
} from './support.ts';

const clients: readonly [name: string, open: (endpoint: TdsEndpoint) => Promise<Execute>, skip: boolean][] = [
  ['tedious', async (endpoint) => tediousExecute(await tediousConnection(endpoint)), false],
  ['mssql', async (endpoint) => mssqlExecute(await mssqlPool(endpoint)), false],
  ['tsql', async (endpoint) => tsqlExecute(endpoint), !hasTsql],
];

for (const [client, open, skip] of clients) {
  describe.skipIf(skip)(`${client}${skip ? ' (not installed)' : ''}`, () => {
    it('backs up and restores byte for byte, with messages as they come', async () => {
      const { server, endpoint } = await startEndpoint();
      await server.createDatabase('Sales', { size: 4 * MiB, seed: 9 });
      const execute = await open(endpoint);
      const [one = '', two = '', again1 = '', again2 = ''] = [...(await stripePaths(2)), ...(await stripePaths(2))];
      const numbers: number[] = [];
      await backup({
        database: 'Sales',
        to: [one, two],
        with: { stats: 25, checksum: true, name: 'over TDS' },
        execute,
        provider: 'embedded',
        onMessage: ({ number }) => void numbers.push(number),
      });
      expect(numbers).toEqual([3211, 3211, 3211, 3211, 4035, 3014]);
      await verify({ from: [one, two], execute, provider: 'embedded' });
      await restore({ database: 'Copy', from: [one, two], execute, provider: 'embedded' });
      expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));

      const header = await rowsFrom('HEADERONLY', [one, two], execute);
      expect(text(header[0])).toMatchObject({ BackupName: 'over TDS', BackupType: '1', DatabaseName: 'Sales' });
      const files = await rowsFrom('FILELISTONLY', [one, two], execute);
      expect(files.map(text)).toMatchObject([
        { LogicalName: 'Sales', Type: 'D', FileGroupName: 'PRIMARY', Size: String(4 * MiB), FileId: '1' },
        { LogicalName: 'Sales_log', Type: 'L', FileId: '2' },
      ]);
      const label = await rowsFrom('LABELONLY', [one, two], execute);
      expect(text(label[0])).toMatchObject({ FamilyCount: '2', FamilySequenceNumber: '1' });

      // The same bytes again, from a second backup of the same pages.
      await backup({ database: 'Copy', to: [again1, again2], execute, provider: 'embedded' });
      await restore({
        database: 'Copy',
        from: [again1, again2],
        with: { replace: true },
        execute,
        provider: 'embedded',
      });
      expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
      expect((await readFile(again1)).length).toBeGreaterThan(0);
    });

    it('rejects with what the server said', async () => {
      const { endpoint } = await startEndpoint();
      const [path = ''] = await stripePaths(1);
      const execute = await open(endpoint);
      const failing = backup({ database: "no'where", to: path, execute, provider: 'embedded' });
      await expect(failing).rejects.toThrow(/'no'where' does not exist|terminating abnormally/);
    });
  });
}

/** What a client gives for a row, as text: their types differ. */
function text(row: ExecuteResult['rows'][number] | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, String(value)]));
}

async function rowsFrom(what: string, files: readonly string[], execute: Execute): Promise<ExecuteResult['rows']> {
  const names = files.map((_, index) => `tds ${what} ${process.pid} ${index}`);
  const set = new VirtualDeviceSet({ provider: 'embedded' });
  await set.createEx(null, names[0] ?? '', { deviceCount: files.length });
  try {
    const executed = execute(`RESTORE ${what} FROM ${names.map((name) => `VIRTUAL_DEVICE = N'${name}'`).join(', ')}`);
    await Promise.race([set.getConfiguration(), executed]);
    const devices = [];
    for (const name of names) devices.push(await set.openDevice(name));
    await Promise.allSettled(devices.map((device, index) => device.transferFrom(files[index] ?? '')));
    return (await executed).rows;
  } finally {
    await set[Symbol.asyncDispose]();
  }
}
