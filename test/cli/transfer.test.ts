// backup, restore and verify as a person or a script runs them.

import { closeSync, openSync } from 'node:fs';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checksumOf, outcome, serverWith, sqlvdi, start, succeed } from './command.ts';

describe('there and back', () => {
  test('over two stripes, verified in between', async () => {
    const { folder, server } = await serverWith('Sales', '16m');
    const stripes = ['a.bak', 'b.bak'].map((name) => join(folder, name));
    const to = stripes.flatMap((stripe) => ['--to', stripe]);
    const from = stripes.flatMap((stripe) => ['--from', stripe]);

    const written = await succeed(['backup', 'Sales', ...to, '--embedded', server, '--sha256']);
    expect(written.stdout.toString()).toMatch(
      /^Backed up Sales: 1\d\.\d MiB in .*\/s\)\n.*a\.bak {2}sha256 [0-9a-f]{64}\n.*b\.bak/,
    );

    await succeed(['verify', ...from, '--embedded', server]);

    const second = join(folder, 'second');
    await succeed(['restore', 'Copy', ...from, '--embedded', second]);
    expect(await checksumOf(second, 'Copy')).toBe(await checksumOf(server, 'Sales'));
  });

  test("through a pipe, one process's stdout into the other's stdin", async () => {
    const { folder, server } = await serverWith('Sales', '16m');
    const second = join(folder, 'second');
    const writer = start(['backup', 'Sales', '--to', '-', '--embedded', server, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const reader = start(['restore', 'Copy', '--from', '-', '--embedded', second]);
    if (!writer.stdout || !reader.stdin) throw new Error('no pipes');
    writer.stdout.pipe(reader.stdin);
    const stderr: Buffer[] = [];
    writer.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));

    const read = await outcome(reader);
    expect(read.code, read.stderr).toBe(0);
    expect(JSON.parse(Buffer.concat(stderr).toString())).toMatchObject({
      ok: true,
      stripes: [{ name: '-', path: null }],
    });
    expect(await checksumOf(second, 'Copy')).toBe(await checksumOf(server, 'Sales'));
  });

  test('into and out of redirected files', async () => {
    const { folder, server } = await serverWith('Sales', '16m');
    const file = join(folder, 'out.bak');
    const stdout = openSync(file, 'w');
    const written = await sqlvdi(['backup', 'Sales', '--to', '-', '--embedded', server], {
      stdio: ['ignore', stdout, 'pipe'],
    });
    closeSync(stdout);
    expect(written.code, written.stderr).toBe(0);
    expect(written.stderr).toContain('Backed up Sales');

    const second = join(folder, 'second');
    const stdin = openSync(file, 'r');
    const read = await sqlvdi(['restore', 'Copy', '--from', '-', '--embedded', second], {
      stdio: [stdin, 'pipe', 'pipe'],
    });
    closeSync(stdin);
    expect(read.code, read.stderr).toBe(0);
    expect(await checksumOf(second, 'Copy')).toBe(await checksumOf(server, 'Sales'));
  });

  test.each(['-dash', "[x]'; DROP DATABASE y --", 'Größe 数据 🚀', '--to'])(
    'a database and files named %o',
    async (name) => {
      const { folder, server } = await serverWith(name, '1m');
      const file = `-${name.replaceAll('/', '')}.bak`;
      await succeed(['backup', '--to', file, '--embedded', server, '--', name], { cwd: folder });
      expect(await readdir(folder)).toContain(file);
      const second = join(folder, 'second');
      await succeed(['restore', '--from', file, '--embedded', second, '--', name], { cwd: folder });
      expect(await checksumOf(second, name)).toBe(await checksumOf(server, name));
    },
  );

  test('full, differential and log with the options of the WITH clause', async () => {
    const { folder, server } = await serverWith('Sales', '4m');
    const common = [
      '--embedded',
      server,
      '--block-size',
      '4k',
      '--buffer-count',
      '8',
      '--max-transfer-size',
      '128k',
      '--stats',
      '20',
      '--checksum',
    ];
    const backup = (type: string, ...more: string[]) =>
      succeed(['backup', 'Sales', '--type', type, '--to', join(folder, type), ...common, ...more, '--json']);
    const full = await backup('full', '--name', "it's", '--description', 'x', '--format', '--init', '--no-compression');
    expect(JSON.parse(full.stdout.toString())).toMatchObject({ config: { blockSize: 4096, maxTransferSize: 131072 } });
    await backup('differential');
    await backup('log');

    const second = join(folder, 'second');
    const restore = (type: string, ...more: string[]) =>
      succeed(['restore', 'Sales', '--from', join(folder, type), '--embedded', second, '--block-size', '4k', ...more]);
    await restore('full', '--no-recovery');
    await restore('differential', '--no-recovery');
    await restore('log', '--type', 'log', '--recovery');
    expect(await checksumOf(second, 'Sales')).toBe(await checksumOf(server, 'Sales'));
  });
});

describe('what is printed', () => {
  test('--json is one document on stdout', async () => {
    const { folder, server } = await serverWith('Sales', '4m');
    const file = join(folder, 'a.bak');
    const { stdout, stderr, code } = await sqlvdi([
      'backup',
      'Sales',
      '--to',
      file,
      '--embedded',
      server,
      '--json',
      '--sha256',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const bytes = (await readFile(file)).byteLength;
    expect(JSON.parse(stdout.toString())).toMatchObject({
      ok: true,
      operation: 'backup',
      database: 'Sales',
      bytes,
      stripes: [{ name: file, path: file, bytes, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      messages: expect.arrayContaining([expect.objectContaining({ number: 3014 })]),
      config: { deviceCount: 1 },
    });
  });

  test('--quiet is silent', async () => {
    const { folder, server } = await serverWith('Sales', '4m');
    const { stdout, stderr, code } = await sqlvdi([
      'backup',
      'Sales',
      '--to',
      join(folder, 'a'),
      '--embedded',
      server,
      '-q',
    ]);
    expect({ code, stderr, stdout: stdout.toString() }).toEqual({ code: 0, stderr: '', stdout: '' });
  });

  test('progress is plain lines where stderr is no terminal', async () => {
    const { folder, server } = await serverWith('Sales', '512m');
    const { stderr, code } = await sqlvdi(['backup', 'Sales', '--to', join(folder, 'a'), '--embedded', server]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Backing up: \d+%, .* MiB, .*\/s/m);
    expect(stderr).not.toContain('\u001b');
  });
});

describe('failures', () => {
  test('an existing target is left alone without --force and replaced with it', async () => {
    const { folder, server } = await serverWith('Sales', '1m');
    const file = join(folder, 'a.bak');
    await writeFile(file, 'precious');
    const refused = await sqlvdi(['backup', 'Sales', '--to', file, '--embedded', server]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(file);
    expect(await readFile(file, 'utf8')).toBe('precious');
    await succeed(['backup', 'Sales', '--to', file, '--embedded', server, '--force']);
    expect((await readFile(file)).byteLength).toBeGreaterThan(1 << 20);
  });

  test('a database that does not exist: the server’s own error, and nothing left behind', async () => {
    const { folder, server } = await serverWith('Sales', '1m');
    const text = await sqlvdi(['backup', 'Nowhere', '--to', join(folder, 'a.bak'), '--embedded', server]);
    expect(text.code).toBe(1);
    expect(text.stderr).toMatch(/^sqlvdi: .*'Nowhere' does not exist/);
    expect(text.stderr).not.toMatch(/time-?out/i);
    const json = await sqlvdi(['backup', 'Nowhere', '--to', join(folder, 'a.bak'), '--embedded', server, '--json']);
    expect(json).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(json.stdout.toString())).toMatchObject({
      ok: false,
      error: { name: 'SqlServerError', number: 911 },
    });
    expect(await readdir(folder)).toEqual(['server']);
  });

  test('a truncated backup, an empty one and a folder', async () => {
    const { folder, server } = await serverWith('Sales', '4m');
    const file = join(folder, 'a.bak');
    await succeed(['backup', 'Sales', '--to', file, '--embedded', server]);
    await truncate(file, 1 << 20);
    for (const from of [file, folder]) {
      const { code, stderr } = await sqlvdi(['verify', '--from', from, '--embedded', server]);
      expect(code, stderr).toBe(1);
      expect(stderr).toMatch(/^sqlvdi: \S/m);
    }
    expect(
      await sqlvdi(['restore', 'Copy', '--from', '-', '--embedded', server], { input: new Uint8Array(0) }),
    ).toMatchObject({ code: 1 });
    const { stdout } = await sqlvdi(['embedded', 'list', server]);
    expect(stdout.toString()).not.toContain('Copy');
  });

  test('a reader that goes away', async () => {
    const { server } = await serverWith('Sales', '1g');
    const child = start(['backup', 'Sales', '--to', '-', '--embedded', server], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await outcome(child);
    expect(code).toBe(1);
    expect(stderr).toMatch(/EPIPE/);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test.skipIf(process.platform === 'win32')('a full disk (/dev/full, which Windows lacks)', async () => {
    const { server } = await serverWith('Sales', '1m');
    const full = openSync('/dev/full', 'w');
    const { code, stderr } = await sqlvdi(['backup', 'Sales', '--to', '-', '--embedded', server], {
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect(code).toBe(1);
    expect(stderr.split('\n')[0]).toMatch(/ENOSPC/);
  });

  test.skipIf(process.platform === 'win32')(
    'a folder or a device is no target, --force or not (/dev/null, which Windows lacks)',
    async () => {
      const { folder, server } = await serverWith('Sales', '1m');
      for (const target of [folder, '/dev/null']) {
        const { code, stderr } = await sqlvdi(['backup', 'Sales', '--to', target, '--embedded', server, '--force']);
        expect(code).toBe(1);
        expect(stderr).toContain(target);
      }
      expect(await readdir(folder)).toEqual(['server']);
      expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
    },
  );
});
