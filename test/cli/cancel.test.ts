// Ctrl-C and SIGTERM in the middle of a transfer.

import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Output } from '../../lib/cli/output.ts';
import { describeError } from '../../lib/cli/report.ts';
import { CancelledError, cancellable } from '../../lib/cli/signals.ts';
import { freshFolder } from '../support/folder.ts';
import { outcome, serverWith, sqlvdi, start } from './command.ts';

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe.skipIf(process.platform === 'win32')('cancelled (Windows has no signals for another process)', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s: exit code %d, what stood there is untouched and nothing else is left', async (signal, code) => {
    const { server } = await serverWith('Sales', '50g');
    const target = await freshFolder();
    await writeFile(join(target, 'a.bak'), 'precious');
    const to = ['a.bak', 'b.bak'].flatMap((name) => ['--to', join(target, name)]);
    const child = start(['backup', 'Sales', ...to, '--force', '--embedded', server]);
    const ended = outcome(child);
    await vi.waitFor(async () => expect(await bytesIn(target)).toBeGreaterThan(1 << 20), {
      timeout: 20_000,
      interval: 5,
    });
    // Once more, as npx does, which passes on what the terminal has sent already.
    child.stderr?.on('data', (text: Buffer) => {
      if (text.includes('Cancelling')) child.kill(signal);
    });
    child.kill(signal);

    const result = await ended;
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(`sqlvdi: cancelled by ${signal}`);
    expect(await readdir(target)).toEqual(['a.bak']);
    expect(await readFile(join(target, 'a.bak'), 'utf8')).toBe('precious');
  });

  test('while the reader of stdout has stalled', async () => {
    const { server } = await serverWith('Sales', '50g');
    const child = start(['backup', 'Sales', '--to', '-', '--embedded', server], { stdio: ['ignore', 'pipe', 'pipe'] });
    if (!child.stdout) throw new Error('no pipe');
    await once(child.stdout, 'readable'); // and never read
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
  });

  test('while stdin has stalled', async () => {
    const { folder, server } = await serverWith('Sales', '8m');
    const file = join(folder, 'a.bak');
    await sqlvdi(['backup', 'Sales', '--to', file, '--embedded', server]);
    const child = start(['restore', 'Copy', '--from', '-', '--embedded', server, '--json']);
    child.stdin?.on('error', () => {});
    child.stdin?.write((await readFile(file)).subarray(0, 6 << 20)); // and never end
    await vi.waitFor(() => expect(child.stdin?.writableLength).toBe(0), { timeout: 20_000, interval: 5 });
    const ended = outcome(child);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      ok: false,
      error: { name: 'CancelledError', signal: 'SIGINT' },
    });
    expect((await sqlvdi(['embedded', 'list', server])).stdout.toString()).not.toContain('Copy');
  });

  test('in the midst of all databases: what came of each is said', async () => {
    const { server } = await serverWith('A', '1m');
    await sqlvdi(['embedded', 'create', server, 'B', '--size', '50g']);
    await sqlvdi(['embedded', 'create', server, 'C', '--size', '1m']);
    const target = await freshFolder();
    const args = ['backup', '--all-databases', '--to', target, '--force', '--embedded', server];
    const cancelled = async (more: readonly string[]) => {
      const child = start([...args, ...more]);
      const ended = outcome(child);
      await vi.waitFor(async () => expect(await bytesIn(target)).toBeGreaterThan(4 << 20), {
        timeout: 20_000,
        interval: 5,
      });
      child.kill('SIGINT');
      return await ended;
    };
    const text = await cancelled([]);
    expect(text.code).toBe(130);
    expect(text.stdout.toString()).toMatch(
      /^1 backed up \(1\.\d\d MiB\), 0 skipped, 0 failed, 2 cancelled\n {2}Cancelled B\n {2}Cancelled C\n$/,
    );
    const { code, stdout } = await cancelled(['--json']);
    expect(code).toBe(130);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      ok: false,
      error: {
        name: 'CancelledError',
        databases: [
          { name: 'A', status: 'done', file: join(target, 'A.bak') },
          { name: 'B', status: 'cancelled' },
          { name: 'C', status: 'cancelled' },
        ],
      },
    });
    expect(await readdir(target)).toEqual(['A.bak']);
  });
});

const silent = new Output({ json: false, quiet: true, stdoutIsData: false });

describe('once more', () => {
  /** Work that heeds no signal, the codes the process would have exited with, and a clock to set. */
  function hanging() {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const exits: unknown[] = [];
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
      exits.push(code);
      throw new Error('exited');
    });
    onTestFinished(() => exit.mockRestore());
    let end = (): void => undefined;
    let signal: AbortSignal | undefined;
    const done = cancellable(silent, (given) => {
      signal = given;
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    onTestFinished(async () => {
      end();
      await done;
    });
    return { exits, reason: () => signal?.reason };
  }

  test('within a second is the same Ctrl-C, which others have passed on', () => {
    const { exits, reason } = hanging();
    process.emit('SIGINT', 'SIGINT');
    expect(reason()).toMatchObject({ name: 'CancelledError', signal: 'SIGINT' });
    vi.advanceTimersByTime(999);
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    expect(exits).toEqual([]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s, a second later: exits with %d at once', (again, code) => {
    const { exits } = hanging();
    process.emit('SIGINT', 'SIGINT');
    vi.advanceTimersByTime(1000);
    expect(() => process.emit(again, again)).toThrow('exited');
    expect(exits).toEqual([code]);
  });
});

test.skipIf(process.platform === 'win32')('what had failed before is the cause (Windows has no signals)', async () => {
  const full = new Error('no space left');
  const failed = cancellable(silent, async (signal) => {
    process.kill(process.pid, 'SIGINT');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw full;
  });
  const error: unknown = await failed.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CancelledError);
  expect(error).toMatchObject({ exitCode: 130, cause: full });
  expect(describeError(error)).toEqual(['sqlvdi: cancelled by SIGINT', '  also: no space left']);
});

test.skipIf(process.platform === 'win32')('what only follows from it is not (Windows has no signals)', async () => {
  for (const made of [(reason: unknown) => reason, (cause: unknown) => new Error('aborted', { cause })]) {
    const failed = cancellable(silent, async (signal) => {
      process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw made(signal.reason);
    });
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(describeError(error)).toEqual(['sqlvdi: cancelled by SIGINT']);
  }
});
