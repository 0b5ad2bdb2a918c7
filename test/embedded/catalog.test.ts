// The folder: names, locks, and that a state is whole or not there.
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Catalog, folderNameOf } from '../../lib/embedded/catalog.ts';
import { lockContent, lockFolder } from '../../lib/embedded/lock.ts';
import { type DatabaseRecord, decodeRecord, emptyHistory, encodeRecord, pageSize } from '../../lib/embedded/record.ts';
import { freshFolder } from '../support/folder.ts';

function record(name: string): DatabaseRecord {
  return {
    name,
    state: 'online',
    created: '2024-01-01T00:00:00.000Z',
    content: { kind: 'generated', pageCount: 4 },
    history: emptyHistory(7, true),
    data: { logical: name, physical: 'p' },
    log: { logical: 'l', physical: 'q' },
    redo: null,
  };
}

describe('names', () => {
  const names = ['Sales', '../../etc', 'con', 'a.', ' ', '\u{1F600}'.repeat(64), 'x'.repeat(128), "it's [here]", '\0'];

  it.each(names)('%j makes a folder that any file system takes', (name) => {
    expect(folderNameOf(name)).toMatch(/^[a-z0-9_]{0,40}-[0-9a-f]{16}$/);
  });

  it('of different databases make different folders; case does not matter', () => {
    expect(new Set(names.map(folderNameOf)).size).toBe(names.length);
    expect(folderNameOf('SALES')).toBe(folderNameOf('sales'));
  });
});

describe('Catalog', () => {
  it('keeps what was saved, whatever the name', async () => {
    const folder = await freshFolder();
    const names = ['b', 'A', "it's \u{1F600} [x]"];
    const first = await Catalog.open(folder);
    for (const name of names) await first.save(record(name));
    await first.close();
    const second = await Catalog.open(folder);
    expect(second.list().map(({ name }) => name)).toEqual(['A', 'b', "it's \u{1F600} [x]"]);
    expect(second.get('B')).toMatchObject({ name: 'b', content: { kind: 'generated', pageCount: 4 } });
    await second.close();
  });

  it('removes files that no record names, and databases that never came to be', async () => {
    const folder = await freshFolder();
    const catalog = await Catalog.open(folder);
    await catalog.save(record('x'));
    await writeFile(catalog.pathOf('x', await catalog.newFile('x', 'pages')), 'left over');
    await writeFile(catalog.pathOf('x', 'mine.txt'), 'not ours');
    await writeFile(catalog.pathOf('y', await catalog.newFile('y', 'kept')), 'left over');
    await catalog.close();
    const again = await Catalog.open(folder);
    expect((await readdir(again.pathOf('x', ''))).sort()).toEqual(['database.json', 'mine.txt']);
    await expect(readdir(again.pathOf('y', ''))).rejects.toThrow('ENOENT');
    await again.close();
  });

  it('finishes a committed differential that was interrupted', async () => {
    const folder = await freshFolder();
    const catalog = await Catalog.open(folder);
    const file = await catalog.newFile('x', 'pages');
    const overlay = await catalog.newFile('x', 'overlay');
    await writeFile(catalog.pathOf('x', file), Buffer.alloc(4 * pageSize, 'a'));
    await writeFile(catalog.pathOf('x', overlay), Buffer.alloc(4 * pageSize, 'b'));
    const content = { kind: 'pages', pageCount: 4, file } as const;
    const redo = { file: overlay, ranges: [{ first: 1, count: 2 }] };
    await writeFile(catalog.pathOf('x', 'database.json'), encodeRecord({ ...record('x'), content, redo }));
    await catalog.close();

    const again = await Catalog.open(folder);
    expect(again.get('x')?.redo).toBeNull();
    const pages = await readFile(again.pathOf('x', file));
    expect(pages.toString('latin1', 0, 4 * pageSize)).toBe(
      'a'.repeat(pageSize) + 'b'.repeat(2 * pageSize) + 'a'.repeat(pageSize),
    );
    expect(await readdir(again.pathOf('x', ''))).not.toContain(overlay);
    await again.close();
  });

  it('refuses a record it cannot read, and says which', async () => {
    const folder = await freshFolder();
    const catalog = await Catalog.open(folder);
    await catalog.save(record('x'));
    await writeFile(catalog.pathOf('x', 'database.json'), '{ "version": 1, "name": 5 }');
    await catalog.close();
    await expect(Catalog.open(folder)).rejects.toThrow(/database\.json cannot be used/);
    await writeFile(catalog.pathOf('x', 'database.json'), encodeRecord(record('x')));
    await (await Catalog.open(folder)).close();
  });
});

describe('the lock', () => {
  it('keeps a second server out until the first one closes', async () => {
    const folder = await freshFolder();
    const first = await Catalog.open(folder);
    await expect(Catalog.open(folder)).rejects.toThrow(/in use by another EmbeddedServer of this process/);
    await first.close();
    await (await Catalog.open(folder)).close();
    expect(await readdir(folder)).toEqual(['databases']);
  });

  it('of a dead process is taken over, and so is one cut short', async () => {
    const folder = await freshFolder();
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const content of [JSON.stringify({ pid: dead, started: '', token: 't' }), '{"pi']) {
      await writeFile(join(folder, 'server.lock'), content);
      await (await Catalog.open(folder)).close();
    }
    expect(await readdir(folder)).toEqual(['databases']);
  });

  it('of a dead process is taken over by one of many', async () => {
    for (let round = 0; round < 10; round++) {
      const folder = await freshFolder();
      await writeFile(join(folder, 'server.lock'), JSON.stringify({ pid: 2 ** 30, started: '', token: 't' }));
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(folder)).toEqual(['server.lock']);
    }
  });

  it('of a living process is respected', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'server.lock'), await lockContent(process.ppid));
    await expect(Catalog.open(folder)).rejects.toThrow(`in use by process ${process.ppid}`);
  });

  it.skipIf(process.platform === 'win32')(
    'of a dead process is taken over though another has its number (Windows: by the number alone)',
    async () => {
      const folder = await freshFolder();
      for (const pid of [process.ppid, process.pid]) {
        await writeFile(join(folder, 'server.lock'), JSON.stringify({ pid, started: '1', token: 't' }));
        await (await Catalog.open(folder)).close();
      }
    },
  );
});

describe('a record', () => {
  it('survives being written and read', () => {
    const history = {
      ...emptyHistory(1, false),
      logStart: 5,
      base: { id: 'b', lsn: 5 },
      changes: [{ first: 1, count: 2, epoch: 3, lsn: 9 }],
    };
    const original: DatabaseRecord = {
      ...record('x'),
      history,
      content: { kind: 'kept', sets: { full: { format: 'tape', files: ['kept-0', 'kept-1'] } } },
      redo: { file: 'f', ranges: [{ first: 0, count: 1 }] },
    };
    expect(decodeRecord(encodeRecord(original))).toEqual(original);
  });
});
