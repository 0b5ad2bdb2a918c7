// The stand-in's databases and the demo.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { serverWith, sqlvdi, succeed } from './command.ts';

describe('embedded', () => {
  test('create, list, checksum', async () => {
    const { server } = await serverWith('Sales', '256m');
    expect((await sqlvdi(['embedded', 'list', server])).stdout.toString()).toBe(' 256 MiB  Sales\n');
    const list = await sqlvdi(['embedded', 'list', server, '--json']);
    expect(JSON.parse(list.stdout.toString())).toMatchObject({
      ok: true,
      databases: [{ name: 'Sales', size: 256 << 20 }],
    });
    const checksum = await sqlvdi(['embedded', 'checksum', server, 'Sales']);
    expect(checksum.stdout.toString()).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('the seed decides the content', async () => {
    const folder = await freshFolder();
    const checksums: string[] = [];
    for (const [name, seed] of [
      ['a', '7'],
      ['b', '7'],
      ['c', '8'],
    ] as const) {
      await sqlvdi(['embedded', 'create', folder, name, '--size', '1m', '--seed', seed]);
      checksums.push((await sqlvdi(['embedded', 'checksum', folder, name])).stdout.toString());
    }
    expect(checksums[0]).toBe(checksums[1]);
    expect(checksums[0]).not.toBe(checksums[2]);
  });

  test('a size that is no multiple of a page, a name twice, a database that is not there', async () => {
    const { server } = await serverWith('Sales', '1m');
    for (const [expected, ...args] of [
      [2, 'create', server, 'x', '--size', '1000'],
      [1, 'create', server, 'Sales', '--size', '1m'],
      [1, 'checksum', server, 'Nowhere'],
    ] as const) {
      const { code, stdout, stderr } = await sqlvdi(['embedded', ...args]);
      expect({ code, stdout: stdout.toString() }).toEqual({ code: expected, stdout: '' });
      expect(stderr).toMatch(/^sqlvdi: .+\n$/);
    }
  });
});

describe('demo', () => {
  test('goes there and back, says what it used, and leaves nothing', async () => {
    const TMPDIR = await freshFolder();
    const { code, stdout } = await sqlvdi(['demo', '--size', '16m'], { env: { ...process.env, TMPDIR, TEMP: TMPDIR } });
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(
      /no SQL Server is used[\s\S]*backup[\s\S]*2 stripes[\s\S]*restore[\s\S]*identical/,
    );
    expect(await readdir(TMPDIR)).toEqual([]);
  });

  test('--keep keeps, --json is a document', async () => {
    const TMPDIR = await freshFolder();
    const { code, stdout } = await sqlvdi(['demo', '--size', '8m', '--keep', '--json'], {
      env: { ...process.env, TMPDIR, TEMP: TMPDIR },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      ok: true,
      operation: 'demo',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const [folder] = await readdir(TMPDIR);
    expect(await readdir(join(TMPDIR, folder ?? ''))).toEqual(expect.arrayContaining(['stripe-1.bak', 'stripe-2.bak']));
  });

  test('--keep says where, also with --quiet', async () => {
    const TMPDIR = await freshFolder();
    const { stdout } = await succeed(['demo', '--size', '8m', '--keep', '--quiet'], {
      env: { ...process.env, TMPDIR, TEMP: TMPDIR },
    });
    const [folder = ''] = await readdir(TMPDIR);
    expect(stdout.toString()).toBe(`Kept: ${join(TMPDIR, folder)}\n`);
  });
});
