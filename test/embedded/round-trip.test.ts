// Backups in the stand-in's own format, restored on another server: the same pages, whatever the number of stripes.
import { describe, expect, it } from 'vitest';
import { backup, restore, verify } from '../support/operations.ts';
import { MiB, readWith, serverWith, startServer, stripePaths } from './support.ts';

describe('a full backup', () => {
  it.each([1, 2, 3, 5, 8])('over %i stripes restores to the same pages elsewhere', async (stripes) => {
    const source = await serverWith('Sales', 8 * MiB + 8192);
    await source.modify('Sales', { pages: 100 });
    const paths = await stripePaths(stripes);
    await backup({ database: 'Sales', to: paths, embedded: source });
    const target = await startServer();
    await restore({ database: 'Copy', from: paths, embedded: target });
    expect(await target.checksum('Copy')).toBe(await source.checksum('Sales'));
    expect(await target.databases()).toEqual([
      { name: 'Copy', state: 'online', kind: 'pages', size: 8 * MiB + 8192, pages: 1025 },
    ]);
  });

  it('of a restored database restores to the same pages again', async () => {
    const server = await serverWith('a', 2 * MiB);
    const [one = '', two = ''] = await stripePaths(2);
    await backup({ database: 'a', to: one, embedded: server });
    await restore({ database: 'b', from: one, embedded: server });
    await server.modify('b', { pages: 17 });
    expect(await server.checksum('b')).not.toBe(await server.checksum('a'));
    await backup({ database: 'b', to: two, with: { blockSize: 4096, maxTransferSize: MiB }, embedded: server });
    await restore({ database: 'c', from: two, with: { blockSize: 4096 }, embedded: server });
    expect(await server.checksum('c')).toBe(await server.checksum('b'));
  });

  it('WITH COMPRESSION is smaller and restores to the same pages', async () => {
    const server = await serverWith('a', 4 * MiB, true);
    const [plain = '', small = ''] = await stripePaths(2);
    const one = await backup({ database: 'a', to: plain, embedded: server });
    const two = await backup({ database: 'a', to: small, with: { compression: true }, embedded: server });
    expect(two.bytes).toBeLessThan(one.bytes / 2);
    await restore({ database: 'b', from: small, embedded: server });
    expect(await server.checksum('b')).toBe(await server.checksum('a'));
  });

  it('says what SQL Server says', async () => {
    const server = await serverWith('Sales', MiB);
    const [path = ''] = await stripePaths(1);
    const { messages } = await backup({ database: 'Sales', to: path, with: { stats: 25 }, embedded: server });
    expect(messages.map(({ number }) => number)).toEqual([3211, 3211, 3211, 3211, 4035, 3014]);
    expect(messages.map(({ message }) => message).slice(0, 5)).toEqual([
      '25 percent processed.',
      '50 percent processed.',
      '75 percent processed.',
      '100 percent processed.',
      "Processed 128 pages for database 'Sales', file 'Sales' on file 1.",
    ]);
    expect(messages.at(-1)?.message).toMatch(
      /^BACKUP DATABASE successfully processed 128 pages in \d+\.\d{3} seconds \(\d+\.\d{3} MB\/sec\)\.$/,
    );
    const verified = await verify({ from: path, embedded: server });
    expect(verified.messages.map(({ message }) => message)).toEqual(['The backup set on file 1 is valid.']);
    expect((await server.databases()).map(({ name }) => name)).toEqual(['Sales']);
  });
});

describe('databases with unusual names', () => {
  it.each(["it's", 'a]b[c', '"quoted"', '\u{1F600} ü', '../up', 'x'.repeat(128), ' '])('%j', async (name) => {
    const server = await serverWith(name, MiB);
    const paths = await stripePaths(1);
    await backup({ database: name, to: paths, embedded: server });
    await restore({ database: name, from: paths, with: { replace: true }, embedded: server });
    expect((await server.databases()).map((database) => [database.name, database.kind])).toEqual([[name, 'pages']]);
  });
});

describe('looking into a backup', () => {
  it('HEADERONLY, FILELISTONLY and LABELONLY give the columns', async () => {
    const server = await serverWith('Sales', 64 * MiB);
    const paths = await stripePaths(2);
    await backup({ database: 'Sales', to: paths, with: { name: 'nightly', copyOnly: true }, embedded: server });
    const [header] = (await readWith(server, 'RESTORE HEADERONLY', paths)).rows;
    expect(header).toMatchObject({
      BackupName: 'nightly',
      BackupDescription: null,
      BackupType: 1,
      Compressed: 0,
      Position: 1,
      DeviceType: 7,
      DatabaseName: 'Sales',
      BackupSize: BigInt(64 * MiB),
      IsCopyOnly: true,
      BackupTypeDescription: 'Database',
    });
    expect(header?.['BackupStartDate']).toBeInstanceOf(Date);
    const { rows } = await readWith(server, 'RESTORE FILELISTONLY', paths);
    expect(rows.map((row) => [row['LogicalName'], row['Type'], row['Size']])).toEqual([
      ['Sales', 'D', BigInt(64 * MiB)],
      ['Sales_log', 'L', 65536n],
    ]);
    const [label] = (await readWith(server, 'RESTORE LABELONLY', paths)).rows;
    expect(label).toMatchObject({ FamilyCount: 2, MediaSequenceNumber: 1, SoftwareName: 'sqlvdi embedded server' });
  });
});

it('a server on the same folder later has the same databases', async () => {
  const first = await serverWith('Sales', MiB);
  const paths = await stripePaths(1);
  await first.modify('Sales', { pages: 3 });
  await backup({ database: 'Sales', to: paths, embedded: first });
  await restore({ database: 'Copy', from: paths, embedded: first });
  const before = [await first.databases(), await first.checksum('Copy'), await first.checksum('Sales')];
  await first.close();
  const second = await startServer({ folder: first.folder });
  expect([await second.databases(), await second.checksum('Copy'), await second.checksum('Sales')]).toEqual(before);
});
