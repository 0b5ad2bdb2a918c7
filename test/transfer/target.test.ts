// Files of a backup: refused with one clear error, published together or not at all.
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateOrigin, refuseSameFile } from '../../lib/transfer/paths.ts';
import { prepareDestinations, prepareOrigins } from '../../lib/transfer/prepare.ts';
import { publishAll } from '../../lib/transfer/publish.ts';
import { FileTarget } from '../../lib/transfer/target.ts';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sqlvdi-target-')));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const isWindows = process.platform === 'win32';
const isRoot = process.getuid?.() === 0;
const at = (name: string) => join(folder, name);

async function finished(name: string, content: string, overwrite = false): Promise<FileTarget> {
  const target = await FileTarget.prepare(at(name), 'to', overwrite);
  await writeFile(target.temporary, content);
  return target;
}

describe('prepare', () => {
  it('leaves the folder as it was, and takes paths and file: URLs', async () => {
    const target = await FileTarget.prepare(pathToFileURL(at('a b%20.bak')), 'to', false);
    expect(target.path).toBe(at('a b%20.bak'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses what is there, and what is no file', async () => {
    await writeFile(at('there'), 'old');
    await mkdir(at('sub'));
    await expect(FileTarget.prepare(at('there'), 'to', false)).rejects.toMatchObject({
      code: 'EEXIST',
      path: at('there'),
    });
    await expect(FileTarget.prepare(at('sub'), 'to', true)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(FileTarget.prepare(at('new') + sep, 'to', false)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(FileTarget.prepare(at('no/such/file'), 'to', false)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(FileTarget.prepare(at('there/file'), 'to', false)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(FileTarget.prepare('', 'to[1]', false)).rejects.toThrow('to[1] is an empty path');
    await expect(FileTarget.prepare('a\0b', 'to', false)).rejects.toThrow('NUL');
    await expect(FileTarget.prepare(new URL('https://example.com/x'), 'to', false)).rejects.toThrow('only file: URLs');
  });

  it.skipIf(isWindows)('refuses a name that is too long (Wine takes it)', async () => {
    await expect(FileTarget.prepare(at('x'.repeat(300)), 'to', false)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  });

  it.skipIf(isWindows)('refuses a device, which a rename would replace (/dev/null, which Windows lacks)', async () => {
    await expect(FileTarget.prepare('/dev/null', 'to', true)).rejects.toThrow('no regular file');
  });

  it.skipIf(isWindows || isRoot)(
    'refuses a folder that cannot be written (not as root or on Windows, which have no such modes)',
    async () => {
      await chmod(folder, 0o500);
      await expect(FileTarget.prepare(at('new'), 'to', false)).rejects.toMatchObject({ code: 'EACCES' });
      await chmod(folder, 0o700);
    },
  );

  it.skipIf(isWindows)(
    'writes through a symbolic link, and refuses one that leads nowhere (which Windows lets few make)',
    async () => {
      await writeFile(at('real'), 'old');
      await symlink(at('real'), at('link'));
      await symlink(at('nowhere'), at('dangling'));
      expect((await FileTarget.prepare(at('link'), 'to', true)).path).toBe(at('real'));
      await expect(FileTarget.prepare(at('dangling'), 'to', true)).rejects.toThrow('leads nowhere');
    },
  );
});

describe('the same file for two stripes', () => {
  const pair = (a: string | URL, b: string | URL) => prepareDestinations([a, b], true);

  it('is refused however it is spelled', async () => {
    await mkdir(at('sub'));
    await expect(pair(at('a'), at('a'))).rejects.toThrow('two stripes are the same file');
    await expect(pair(at('a'), `${at('sub')}${sep}..${sep}a`)).rejects.toThrow('two stripes are the same file');
    await expect(pair(at('a'), pathToFileURL(at('a')))).rejects.toThrow('two stripes are the same file');
    expect(() => refuseSameFile([])).not.toThrow();
  });

  it.skipIf(isWindows)(
    'is refused through symbolic links to the file or its folder, and through hard links (which Windows lets few make)',
    async () => {
      await mkdir(at('sub'));
      await symlink(at('sub'), at('sub2'));
      await expect(pair(at('sub/a'), at('sub2/a'))).rejects.toThrow('two stripes are the same file');
      await writeFile(at('a'), 'x');
      await symlink(at('a'), at('b'));
      await link(at('a'), at('c'));
      await expect(pair(at('a'), at('b'))).rejects.toThrow('two stripes are the same file');
      await expect(pair(at('a'), at('c'))).rejects.toThrow('two stripes are the same file');
      await expect(prepareOrigins([at('a'), at('c')])).rejects.toThrow('two stripes are the same file');
    },
  );

  it('and the same object is refused too', async () => {
    const sink = { write() {} };
    await expect(prepareDestinations([sink, sink], false)).rejects.toThrow('the same stream or object');
  });
});

describe('an origin', () => {
  it.skipIf(isWindows || isRoot)(
    'that may not be read is refused (not as root or on Windows, which have no such modes)',
    async () => {
      await writeFile(at('secret'), 'x', { mode: 0 });
      await expect(locateOrigin(at('secret'), 'from')).rejects.toMatchObject({ code: 'EACCES', path: at('secret') });
    },
  );

  it('must be a file with something in it', async () => {
    await writeFile(at('empty'), '');
    await expect(locateOrigin(at('empty'), 'from')).rejects.toThrow(
      `from '${at('empty')}' is empty, so it is no backup`,
    );
    await expect(locateOrigin(at('missing'), 'from')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(locateOrigin(folder, 'from')).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('publishing', () => {
  it('puts every file in its place and leaves nothing else', async () => {
    const targets = [await finished('a', '1'), await finished('b', '2')];
    await publishAll(targets);
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
    expect(await readFile(at('b'), 'utf8')).toBe('2');
  });

  it('replaces what was there where that was asked for', async () => {
    await writeFile(at('a'), 'old');
    await publishAll([await finished('a', 'new', true)]);
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(at('a'), 'utf8')).toBe('new');
  });

  it.skipIf(isWindows)('keeps the permissions of what was there (Windows has none of these)', async () => {
    await writeFile(at('secret'), 'old', { mode: 0o600 });
    await writeFile(at('shared'), 'old');
    await chmod(at('shared'), 0o666);
    await publishAll([await finished('secret', 'new', true), await finished('shared', 'new', true)]);
    expect((await stat(at('secret'))).mode & 0o777).toBe(0o600);
    expect((await stat(at('shared'))).mode & 0o777).toBe(0o666);
  });

  it('never replaces a file that appeared meanwhile', async () => {
    const target = await finished('a', 'new');
    await writeFile(at('a'), 'another');
    await expect(publishAll([target])).rejects.toMatchObject({ code: 'EEXIST' });
    await target.revert();
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(at('a'), 'utf8')).toBe('another');
  });

  it('takes everything back where one of several fails', async () => {
    await writeFile(at('a'), 'old');
    const targets = [
      await finished('a', 'new', true),
      await finished('b', 'new', true),
      await finished('c', 'new', true),
    ];
    await mkdir(at('c'));
    await writeFile(at('c/in the way'), '');
    await expect(publishAll(targets)).rejects.toThrow();
    for (const target of targets) await target.revert();
    expect((await readdir(folder)).sort()).toEqual(['a', 'c']);
    expect(await readFile(at('a'), 'utf8')).toBe('old');
  });

  it('withdrawing keeps what was written under the names it gives', async () => {
    await writeFile(at('there'), 'old');
    const targets = [await finished('there', 'new', true), await finished('fresh', 'new')];
    for (const target of targets) await target.publish();
    const kept = await Promise.all(targets.map((target) => target.withdraw()));
    expect((await readdir(folder)).sort()).toEqual([...kept.map((path) => basename(path)), 'there'].sort());
    for (const path of kept) expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readFile(at('there'), 'utf8')).toBe('old');
  });

  it('what is settled stays, whatever is reverted after that', async () => {
    await writeFile(at('there'), 'old');
    const targets = [await finished('there', 'new', true), await finished('fresh', 'new')];
    await publishAll(targets);
    for (const target of targets) await target.revert();
    expect((await readdir(folder)).sort()).toEqual(['fresh', 'there']);
    expect(await readFile(at('there'), 'utf8')).toBe('new');
  });

  it('reverting before publishing removes the temporary file only', async () => {
    await writeFile(at('a'), 'old');
    const target = await finished('a', 'new', true);
    await target.revert();
    expect(await readdir(folder)).toEqual(['a']);
    expect(await readFile(at('a'), 'utf8')).toBe('old');
  });
});
