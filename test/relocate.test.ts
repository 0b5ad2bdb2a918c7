// A restore into the server's own folders: what the files are called, and when it cannot be.
import { expect, test } from 'vitest';
import { type Origin, restore } from '../lib/index.ts';
import { relocate } from '../lib/relocate.ts';
import { type BackupFile, readFile } from '../lib/sql/backup-rows.ts';
import { filesIn, startServer } from './support/server.ts';

const file = (LogicalName: string, Type: string, IsPresent = true): BackupFile =>
  readFile({ LogicalName, Type, IsPresent });

test('each file gets a name of its own, after the database', () => {
  const files = [
    file('data', 'D'),
    file('more/data', 'D'),
    file('log', 'L'),
    file('log 2', 'L'),
    file('blobs', 'S'),
    file('gone', 'D', false),
  ];
  expect(relocate(files, 'a<b>', { dataPath: 'D:\\Data\\', logPath: 'E:\\Log' })).toEqual({
    data: 'D:\\Data\\a_b_.mdf',
    'more/data': 'D:\\Data\\a_b__more_data.ndf',
    log: 'E:\\Log\\a_b__log.ldf',
    'log 2': 'E:\\Log\\a_b__log 2.ldf',
    blobs: 'D:\\Data\\a_b__blobs',
  });
  expect(relocate([file('d', 'D')], 'x', { dataPath: '/var/data', logPath: '/var/data/' })).toEqual({
    d: '/var/data/x.mdf',
  });
});

test('a server that does not tell its folders', () => {
  expect(() => relocate([], 'x', { dataPath: null, logPath: null })).toThrow(
    "give with.move a file for each, not 'auto'",
  );
});

test('what cannot be read twice is refused before anything starts', async () => {
  const { server, folder, file: path } = await startServer();
  const stream = async function* () {
    yield Buffer.alloc(0);
  };
  const attempt = (from: Origin, type: 'database' | 'log' = 'database') =>
    restore({ database: 'x', from, type, with: { move: 'auto' }, embedded: server });
  await expect(attempt(stream())).rejects.toThrow('reads the backup twice');
  await expect(attempt(path('a'), 'log')).rejects.toThrow('is for restoring a database');
  await expect(attempt(path('a'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await filesIn(folder)).toEqual([]);
});
