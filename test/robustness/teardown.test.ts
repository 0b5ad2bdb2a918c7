// The end of a worker thread or of the process in the middle of a backup: no crash, no hang.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { ending, isLinux, nextMessage, startChild } from '../support/process.ts';
import { expectGone } from '../support/raw.ts';
import { stalledPipe } from '../support/stalled-pipe.ts';

describe.each(['', '-js'])('in the middle of a backup%s', (mode) => {
  test('a worker thread is terminated', async () => {
    const set = randomUUID();
    const end = await ending(startChild('teardown.mjs', [`worker${mode}`, set, await freshFolder()]));
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(end.stdout).toContain('terminated');
    await expectGone(set);
  });

  test('process.exit()', async () => {
    const set = randomUUID();
    expect(await ending(startChild('teardown.mjs', [`exit${mode}`, set, await freshFolder()]))).toMatchObject({
      code: 7,
      signal: null,
      stderr: '',
    });
    await expectGone(set);
  });

  test('an uncaught exception', async () => {
    const set = randomUUID();
    const end = await ending(startChild('teardown.mjs', [`throw${mode}`, set, await freshFolder()]));
    expect(end).toMatchObject({ code: 1, signal: null });
    expect(end.stderr).toContain('nobody catches this');
    await expectGone(set);
  });

  test.skipIf(!isLinux)('SIGTERM (Windows has no signals)', async () => {
    const set = randomUUID();
    expect(await ending(startChild('teardown.mjs', [`sigterm${mode}`, set, await freshFolder()]))).toMatchObject({
      signal: 'SIGTERM',
    });
    await expectGone(set);
  });
});

test('process.exit() while a transfer waits for a pipe', async () => {
  const pipe = await stalledPipe();
  expect(await ending(startChild('stalled-pipe.mjs', [pipe, await freshFolder()]))).toMatchObject({
    code: 7,
    signal: null,
    stderr: '',
  });
});

test.skipIf(process.platform === 'win32')('close() from a signal handler (Windows has none to send)', async () => {
  const folder = await freshFolder();
  const set = randomUUID();
  const child = startChild('close.mjs', [set, join(folder, 'server'), join(folder, 'a.bak')]);
  const end = ending(child);
  expect(await nextMessage(child)).toBe('flowing');
  child.kill('SIGTERM');
  expect(await end).toEqual({
    code: 23,
    signal: null,
    stdout: 'VD_E_OPEN VD_E_PROTOCOL SqlServerError VdiAbortError\n',
    stderr: '',
  });
  await expectGone(set);
});
