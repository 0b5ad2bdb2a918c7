// The rarer options of BACKUP and RESTORE: what the stand-in's model can honour it does, the rest it refuses by name.
import { describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../lib/embedded/server.ts';
import { backup, restore } from '../support/operations.ts';
import { errorNumbers, MiB, readWith, serverWith, stripePaths } from './support.ts';

/** Runs a BACKUP that the operations do not model into one file, through a statement of its own. */
async function backupTo(server: EmbeddedServer, statement: string, path: string, options = ''): Promise<void> {
  await backup({
    database: 'Sales',
    to: path,
    // The operation's own statement names the devices; what is before and behind them is the test's.
    execute: (text, more) => {
      const devices = /VIRTUAL_DEVICE = N'[^']*'/.exec(text)?.[0] ?? '';
      return server.execute(`${statement} TO ${devices}${options}`, more);
    },
    instance: server.instance ?? undefined,
  });
}

async function header(server: EmbeddedServer, path: string) {
  return (await readWith(server, 'RESTORE HEADERONLY', [path])).rows[0];
}

describe('BACKUP', () => {
  it.each([
    ["BACKUP DATABASE Sales FILE = N'sales'", '', 4, 'File or Filegroup'],
    ["BACKUP DATABASE Sales FILEGROUP = 'PRIMARY', FILE = 'Sales'", ' WITH DIFFERENTIAL', 6, 'File Differential'],
    ['BACKUP DATABASE Sales', ' WITH COMPRESSION (ALGORITHM = ZSTD, LEVEL = HIGH)', 1, 'Database'],
    ['BACKUP LOG Sales', ' WITH NO_TRUNCATE', 2, 'Transaction Log'],
  ])('%s%s is of type %i', async (statement, options, type, description) => {
    const server = await serverWith('Sales', MiB);
    const [full = '', path = ''] = [...(await stripePaths(1)), ...(await stripePaths(1))];
    await backup({ database: 'Sales', to: full, embedded: server });
    await server.modify('Sales', { pages: 5 });
    await backupTo(server, statement, path, options);
    expect(await header(server, path)).toMatchObject({ BackupType: type, BackupTypeDescription: description });
  });

  it('of a file can be restored as one, or as the database', async () => {
    const server = await serverWith('Sales', MiB);
    const [path = ''] = await stripePaths(1);
    await backupTo(server, "BACKUP DATABASE Sales FILE = 'Sales'", path);
    await restore({ database: 'Copy', from: path, embedded: server });
    await restore({ database: 'Files', from: path, files: ['Sales'], embedded: server });
    const sum = await server.checksum('Sales');
    expect([await server.checksum('Copy'), await server.checksum('Files')]).toEqual([sum, sum]);
    const stranger = restore({ database: 'Other', from: path, files: ['nothing'], embedded: server });
    await expect(stranger).rejects.toMatchObject({ number: 3234 });
    expect(await errorNumbers(server.execute("BACKUP DATABASE Sales FILEGROUP = 'x' TO VIRTUAL_DEVICE = 'd'"))).toEqual(
      [3235, 3013],
    );
  });

  it('says when it expires and what its medium is called', async () => {
    const server = await serverWith('Sales', MiB);
    const [path = '', days = ''] = [...(await stripePaths(1)), ...(await stripePaths(1))];
    await backupTo(
      server,
      'BACKUP DATABASE Sales',
      path,
      " WITH EXPIREDATE = '2031-05-06', MEDIANAME = 'm', MEDIADESCRIPTION = N'd'",
    );
    expect((await header(server, path))?.['ExpirationDate']).toEqual(new Date(2031, 4, 6));
    const [label] = (await readWith(server, 'RESTORE LABELONLY', [path])).rows;
    expect(label).toMatchObject({ MediaName: 'm', MediaDescription: 'd' });
    await backupTo(server, 'BACKUP DATABASE Sales', days, ' WITH RETAINDAYS = 3');
    const expires = (await header(server, days))?.['ExpirationDate'];
    expect(expires instanceof Date && Math.round((expires.getTime() - Date.now()) / 3_600_000)).toBe(72);
  });

  it('of the tail leaves the database restoring', async () => {
    const server = await serverWith('Sales', MiB);
    const [full = '', tail = ''] = [...(await stripePaths(1)), ...(await stripePaths(1))];
    await backup({ database: 'Sales', to: full, embedded: server });
    await backupTo(server, 'BACKUP LOG Sales', tail, " WITH STANDBY = 'undo.dat'");
    expect(await server.databases()).toMatchObject([{ state: 'restoring' }]);
  });
});

describe('RESTORE', () => {
  it('takes STANDBY, PARTIAL, KEEP_REPLICATION, RESTRICTED_USER, STOP_ON_ERROR, and STOPAT what is later than the backup', async () => {
    const server = await serverWith('Sales', MiB);
    const [path = ''] = await stripePaths(1);
    await backup({ database: 'Sales', to: path, embedded: server });
    await restore({ database: 'A', from: path, with: { standby: 'undo.dat', partial: true }, embedded: server });
    const flags = { keepReplication: true, keepCdc: true, restrictedUser: true, continueAfterError: false } as const;
    await restore({
      database: 'B',
      from: path,
      with: { ...flags, stopAt: new Date(Date.now() + 60_000) },
      embedded: server,
    });
    expect(await server.databases()).toMatchObject([
      { name: 'A', state: 'restoring' },
      { name: 'B', state: 'online' },
      { name: 'Sales' },
    ]);
    const early = restore({ database: 'C', from: path, with: { stopAt: '2020-01-01T00:00:00' }, embedded: server });
    await expect(early).rejects.toMatchObject({ number: 50000 });
    expect(await server.databases()).toHaveLength(3);
  });

  it.each([
    ["RESTORE DATABASE Sales PAGE = '1:5, 1:7' FROM VIRTUAL_DEVICE = 'd'", 'PAGE'],
    ["RESTORE DATABASE Sales READ_WRITE_FILEGROUPS FROM VIRTUAL_DEVICE = 'd'", 'READ_WRITE_FILEGROUPS'],
    ["RESTORE LOG Sales FROM VIRTUAL_DEVICE = 'd' WITH STOPATMARK = 'lsn:1' AFTER '2024-01-01'", 'STOPATMARK'],
    ["RESTORE LOG Sales FROM VIRTUAL_DEVICE = 'd' WITH STOPBEFOREMARK = 'm'", 'STOPBEFOREMARK'],
    ["BACKUP DATABASE Sales TO VIRTUAL_DEVICE = 'd' WITH SNAPSHOT", 'SNAPSHOT'],
  ])('%s is refused by name: the stand-in cannot', async (statement, name) => {
    const server = await serverWith('Sales', MiB);
    const failing = server.execute(statement);
    await expect(failing).rejects.toMatchObject({
      number: 3032,
      messages: [
        { message: expect.stringContaining(`(${name})`) },
        { number: 50000, message: `The embedded stand-in server cannot do this: ${name}. A SQL Server can.` },
      ],
    });
  });

  it.each<[string, number]>([
    ["RESTORE LOG x FROM VIRTUAL_DEVICE = 'd' WITH STOPAT = 'yesterday'", 3217],
    ["RESTORE LOG x FROM VIRTUAL_DEVICE = 'd' WITH STANDBY = 'u', NORECOVERY", 3031],
    ["BACKUP DATABASE x TO VIRTUAL_DEVICE = 'd' WITH EXPIREDATE = '2024-13-01'", 3217],
    ["BACKUP DATABASE x TO VIRTUAL_DEVICE = 'd' WITH RETAINDAYS = 1, EXPIREDATE = '2030-01-01'", 3031],
    ["BACKUP DATABASE x TO VIRTUAL_DEVICE = 'd' WITH STANDBY = 'u'", 3032],
    [
      "BACKUP DATABASE x TO VIRTUAL_DEVICE = 'd' WITH ENCRYPTION (ALGORITHM = AES_256, SERVER ASYMMETRIC KEY = [k])",
      15151,
    ],
    ["RESTORE HEADERONLY FROM VIRTUAL_DEVICE = 'd' WITH STOPAT = '2024-01-01'", 3032],
  ])('%s -> %i', async (statement, number) => {
    const server = await serverWith('Sales', MiB);
    expect((await errorNumbers(server.execute(statement)))[0]).toBe(number);
  });
});
