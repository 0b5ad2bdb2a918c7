// What goes wrong in a backup or restore: one first cause, and nothing left behind.
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, link, mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  discard,
  type Execute,
  type Fault,
  type Progress,
  ProviderError,
  relatedErrors,
  type Sink,
  SqlServerError,
  VdiAbortError,
} from '../lib/index.ts';
import { freshFolder } from './support/folder.ts';
import { backup, restore, verify } from './support/operations.ts';
import { filesIn, mebibyte, nothingHeld, startServer } from './support/server.ts';

const isWindows = process.platform === 'win32';
const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** A file system in memory, gone with its test. */
async function mountTmpfs(options: string): Promise<string> {
  const mounted = `${await freshFolder()}/mounted`;
  await mkdir(mounted);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mounted]);
  onTestFinished(() => void execFileSync('umount', [mounted]));
  return mounted;
}

/** Modes do not keep root from writing, a read-only file system does. */
async function unwritableFolder(): Promise<string> {
  if (isLinuxRoot) return mountTmpfs('ro');
  const folder = await freshFolder();
  await chmod(folder, 0o555);
  return folder;
}

describe('the server', () => {
  test('refuses first: its error is given at once, and nothing is left', async () => {
    const { server, file, folder } = await startServer();
    const begun = performance.now();
    const error: unknown = await backup({ database: 'None', to: file('a'), embedded: server }).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(SqlServerError);
    expect(error).toMatchObject({ number: 911 });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await filesIn(folder)).toEqual([]);
    await nothingHeld();
  });

  test.each([
    { action: 'abort', device: 0, at: { byte: 4096 } },
    // Every stripe has a header and an end, its pages go to whichever has room: no byte further on is sure to come.
    { action: 'error', device: 1, at: { byte: 4096 } },
    { action: 'error', device: 0, at: { state: 'active' } },
    { action: 'abort', device: 0, at: { state: 'configured' } },
    { action: 'abort', device: 0, at: { state: 'flush' } },
    { action: 'error', device: 1, at: { state: 'complete' } },
  ] satisfies Fault[])('fails with %j: rejects, and publishes nothing', async (fault) => {
    const { server, file, folder } = await startServer();
    await server.inject(fault);
    const error: unknown = await backup({ database: 'Sales', to: [file('a'), file('b')], embedded: server }).catch(
      (e) => e,
    );
    expect(error).toSatisfy((e) => e instanceof SqlServerError || e instanceof VdiAbortError);
    expect(await filesIn(folder)).toEqual([]);
    await nothingHeld();
    await backup({ database: 'Sales', to: file('a'), embedded: server });
  });
});

describe('a stream that fails before it is used', () => {
  const torn = new Error('torn');

  test('is what a backup rejects with', async () => {
    const { server } = await startServer();
    const to = new PassThrough();
    const done = backup({ database: 'Sales', to, embedded: server });
    to.destroy(torn);
    await expect(done).rejects.toBe(torn);
  });

  test('is what a restore rejects with', async () => {
    const { server } = await startServer();
    const from = new PassThrough();
    const done = restore({ database: 'Copy', from, embedded: server });
    from.destroy(torn);
    await expect(done).rejects.toBe(torn);
  });

  test('is listened to until the call has ended, and no longer', async () => {
    const { server } = await startServer();
    const to = new PassThrough();
    const done = backup({ database: 'Sales', to: [to, 'no/such/folder'], embedded: server });
    to.emit('error', torn);
    await expect(done).rejects.toMatchObject({ code: 'ENOENT' });
    expect(to.listenerCount('error')).toBe(0);
  });
});

describe('the destination', () => {
  test('fails first: its own error, with the server’s attached', async () => {
    const { server, file, folder } = await startServer();
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const aborted: Error[] = [];
    let writes = 0;
    const sink: Sink = {
      write() {
        writes += 1;
        if (writes > 1) throw full;
      },
      abort: (error) => void aborted.push(error),
    };
    await expect(backup({ database: 'Sales', to: [file('a'), sink], embedded: server })).rejects.toBe(full);
    expect(relatedErrors(full)[0]).toBeInstanceOf(SqlServerError);
    expect(aborted).toEqual([full]);
    expect(await filesIn(folder)).toEqual([]);
  });

  test.each(['flush', 'complete'] as const)('fails in %s: the backup fails', async (name) => {
    const { server } = await startServer();
    const sink: Sink = { write() {}, [name]: () => Promise.reject(new Error('not durable')) };
    await expect(backup({ database: 'Sales', to: sink, embedded: server })).rejects.toThrow('not durable');
    await nothingHeld();
  });

  test.skipIf(!isLinuxRoot)('is a full disk (Linux, root, a small tmpfs)', async () => {
    const { server } = await startServer();
    const mounted = await mountTmpfs('size=2m');
    const error: unknown = await backup({ database: 'Sales', to: `${mounted}/a.bak`, embedded: server }).catch(
      (e) => e,
    );
    expect(error).toMatchObject({ name: 'FileError', code: 'ENOSPC', path: `${mounted}/a.bak` });
    expect(error).toHaveProperty('message', expect.stringContaining(`'${mounted}/a.bak'`));
    expect(relatedErrors(error)[0]).toBeInstanceOf(SqlServerError);
    expect(await filesIn(mounted)).toEqual([]);
    await nothingHeld();
  });

  test.skipIf(isWindows)('is in an unwritable folder (not on Windows, where a folder takes no such mode)', async () => {
    const { server } = await startServer();
    const folder = await unwritableFolder();
    let statements = 0;
    const execute: Execute = (...args) => {
      statements++;
      return server.execute(...args);
    };
    const error: unknown = await backup({ database: 'Sales', to: `${folder}/a.bak`, execute }).catch((e) => e);
    expect(error).toMatchObject({
      name: 'FileError',
      code: isLinuxRoot ? 'EROFS' : 'EACCES',
      path: `${folder}/a.bak`,
    });
    expect(error).toHaveProperty('message', expect.stringContaining(`no file can be made in the folder '${folder}'`));
    expect(relatedErrors(error)).toEqual([]);
    expect(statements).toBe(0);
    expect(await filesIn(folder)).toEqual([]);
    await nothingHeld();
  });

  test('is wrong from the start: one clear error, before the server is asked', async () => {
    const { server, folder, file } = await startServer();
    await writeFile(file('there'), 'old');
    await mkdir(file('sub'));
    await link(file('there'), file('hard link'));
    let statements = 0;
    const execute: typeof server.execute = (...args) => {
      statements++;
      return server.execute(...args);
    };
    const attempt = (to: string | readonly string[], overwrite = false) =>
      backup({ database: 'Sales', to, overwrite, execute });
    await expect(attempt(file('there'))).rejects.toThrow(`'${file('there')}' exists`);
    await expect(attempt(file('sub'))).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(attempt(file('missing/a'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(attempt('')).rejects.toThrow('empty path');
    await expect(attempt([file('a'), `${file('sub')}/../a`])).rejects.toThrow('the same file');
    await expect(attempt([file('there'), file('hard link')], true)).rejects.toThrow('the same file');
    expect(statements).toBe(0);
    expect(await filesIn(folder)).toEqual(['hard link', 'sub', 'there']);
  });
});

describe('the origin', () => {
  async function backedUp() {
    const context = await startServer();
    await backup({ database: 'Sales', to: [context.file('1'), context.file('2')], embedded: context.server });
    return context;
  }

  test('truncated, flipped, missing, swapped, foreign: refused by the server, and the database is not there', async () => {
    const { server, file } = await backedUp();
    await backup({ database: 'Sales', to: [file('x'), file('y')], embedded: server });
    await copyFile(file('1'), file('short'));
    await truncate(file('short'), (await stat(file('1'))).size >> 1);
    const flipped = await readFile(file('1'));
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
    await writeFile(file('flipped'), flipped);
    for (const [names, number] of [
      [['short', '2'], 3203],
      [['flipped', '2'], 3189],
      [['1'], 3132],
      [['2', '1'], 3133],
      [['1', 'y'], 3258],
    ] as const) {
      const from = names.map(file);
      const error: unknown = await restore({ database: 'Copy', from, embedded: server }).catch((thrown) => thrown);
      expect(error, names.join(' ')).toMatchObject({ name: 'SqlServerError', number });
    }
    expect((await server.databases()).map(({ name }) => name)).toEqual(['Sales']);
    await nothingHeld();
  });

  test('is wrong from the start: one clear error', async () => {
    const { server, file } = await backedUp();
    await (await open(file('empty'), 'w')).close();
    await mkdir(file('sub'));
    await expect(verify({ from: file('empty'), embedded: server })).rejects.toThrow('is empty, so it is no backup');
    await expect(verify({ from: file('sub'), embedded: server })).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(verify({ from: file('none'), embedded: server })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(verify({ from: [file('1'), file('1')], embedded: server })).rejects.toThrow('the same file');
  });

  test('fails in the middle: its own error', async () => {
    const { server, file } = await backedUp();
    const torn = new Error('torn');
    const stripe = await readFile(file('2'));
    let position = 0;
    const source = {
      read(into: Uint8Array) {
        if (position >= stripe.length / 2) throw torn;
        // The server is content with what it has read so far: only the source can fail.
        const count = stripe.copy(into, 0, position);
        position += count;
        return count;
      },
    };
    await expect(verify({ from: [file('1'), source], embedded: server })).rejects.toBe(torn);
    expect(relatedErrors(torn)[0]).toBeInstanceOf(SqlServerError);
    await nothingHeld();
  });
});

describe('cancelling', () => {
  test.each([
    ['never attached', { action: 'neverAttach' }],
    ['attached', { action: 'hang', device: 0, at: { state: 'attached' } }],
    ['configured', { action: 'hang', device: 0, at: { state: 'configured' } }],
    ['transferring', { action: 'hang', device: 1, at: { byte: 4096 } }],
    ['flushing', { action: 'hang', device: 0, at: { state: 'flush' } }],
    ['completing', { action: 'hang', device: 0, at: { state: 'complete' } }],
    ['closing', { action: 'hang', device: 0, at: { state: 'close' } }],
  ] satisfies [string, Fault][])(
    'while %s rejects with the reason within two seconds and leaves nothing',
    async (_phase, fault) => {
      const { server, file, folder } = await startServer();
      await server.inject(fault);
      const controller = new AbortController();
      const reason = new Error('enough');
      const to = [file('a'), file('b')];
      let sent = false;
      const execute: Execute = (...args) => {
        sent = true;
        return server.execute(...args);
      };
      let last = -1;
      let begun = Number.NaN;
      // The hang gives no sign of itself but that nothing moves any more.
      const onProgress = ({ bytes }: Progress): void => {
        if (sent && bytes === last && !controller.signal.aborted) {
          begun = performance.now();
          controller.abort(reason);
        }
        last = bytes;
      };
      const done = backup({ database: 'Sales', to, execute, onProgress, signal: controller.signal });
      await expect(done).rejects.toBe(reason);
      expect(performance.now() - begun).toBeLessThan(2000);
      expect(await filesIn(folder)).toEqual([]);
      await nothingHeld();
      await backup({ database: 'Sales', to, embedded: server });
    },
  );

  test('during the transfer, to a sink that hangs', async () => {
    const { server } = await startServer();
    const controller = new AbortController();
    const begun = performance.now();
    const sink: Sink = {
      write: () => {
        controller.abort('stop');
        return new Promise(() => undefined);
      },
    };
    await expect(backup({ database: 'Sales', to: sink, embedded: server, signal: controller.signal })).rejects.toBe(
      'stop',
    );
    expect(performance.now() - begun).toBeLessThan(2500);
    await nothingHeld();
  });

  test('a restore', async () => {
    const { server, file } = await startServer();
    await backup({ database: 'Sales', to: file('a'), embedded: server });
    await server.inject({ action: 'hang', device: 0, at: { byte: mebibyte } });
    const controller = new AbortController();
    const onProgress = ({ bytes }: Progress) => bytes > 0 && controller.abort('stop');
    const { signal } = controller;
    const done = restore({ database: 'Copy', from: file('a'), embedded: server, signal, onProgress });
    await expect(done).rejects.toBe('stop');
    expect((await server.databases()).map(({ name }) => name)).toEqual(['Sales']);
  });
});

test('a server that says nothing passes a limit', async () => {
  const { server } = await startServer();
  await server.inject({ action: 'neverAttach' });
  const limits = { attachMs: 100 };
  await expect(backup({ database: 'Sales', to: discard(), embedded: server, limits })).rejects.toMatchObject({
    limit: 'attachMs',
  });
  await nothingHeld();
});

test.skipIf(isWindows)('without a server the stand-in is named, not taken (Windows may have the class)', async () => {
  const attempt = backup({
    database: 'Sales',
    to: discard(),
    provider: 'auto',
    execute: async () => ({ rows: [], messages: [] }),
  });
  await expect(attempt).rejects.toBeInstanceOf(ProviderError);
  await expect(attempt).rejects.toThrow("ask for the stand-in: 'embedded'");
});
