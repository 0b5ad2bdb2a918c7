// The command against a server it logs in to: the stand-in's TDS endpoint.
import { spawn, spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileName } from '../../lib/cli/backup-all.ts';
import { backup } from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { provider } from '../support/raw.ts';
import { filesIn, mebibyte } from '../support/server.ts';
import { type Driver, drivers, password, startTdsServer } from '../support/tds.ts';
import { main, outcome, sqlvdi, succeed } from './command.ts';

async function serving() {
  const context = await startTdsServer();
  const home = await freshFolder();
  // Nobody's own configuration has a say.
  const env = { ...process.env, XDG_CONFIG_HOME: home, APPDATA: home, SQLVDI_PASSWORD: password };
  const flags = (driver: Driver = 'tedious') => {
    const server = `127.0.0.1,${context.relay.port}`;
    return ['--server', server, '--user', 'sa', '--provider', provider, '--driver', driver];
  };
  return { ...context, env, flags, options: { env, cwd: context.folder } };
}

test.each(drivers)('there and back through %s', async (driver) => {
  const { server, flags, options } = await serving();
  await succeed(['backup', 'Sales', '--to', 'a.bak', ...flags(driver)], options);
  await succeed(['verify', '--from', 'a.bak', ...flags(driver)], options);
  await succeed(['restore', 'Copy', '--from', 'a.bak', '--move', 'auto', ...flags(driver)], options);
  expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
});

test('what a backup says of itself', async () => {
  const { server, file, flags, options } = await serving();
  await backup({ database: 'Sales', to: file('a.bak'), with: { name: "night's" }, embedded: server });
  const headers = await succeed(['headers', '--from', 'a.bak', '--json', ...flags()], options);
  expect(JSON.parse(headers.stdout.toString())).toMatchObject({
    ok: true,
    headers: [{ databaseName: 'Sales', backupName: "night's", backupSize: '8388608' }],
  });
  const files = await succeed(['files', '--from', 'a.bak', ...flags()], options);
  expect(files.stdout.toString()).toMatch(/^logicalName .*\n-+ .*\nSales +D +8388608 PRIMARY/);
  const label = await succeed(['label', '--from', 'a.bak', ...flags()], options);
  expect(label.stdout.toString()).toContain('(1 row affected)');
  const sql = 'RESTORE FILELISTONLY FROM {device}';
  const raw = await succeed(['run', sql, '--from', 'a.bak', '--json', ...flags()], options);
  expect(JSON.parse(raw.stdout.toString())).toMatchObject({ rows: [{ LogicalName: 'Sales' }, {}] });
});

test('the password comes from stdin too', async () => {
  const { flags, options, env } = await serving();
  const { SQLVDI_PASSWORD: _, ...without } = env;
  const args = ['backup', 'Sales', '--to', 'a.bak', '--password-stdin', ...flags()];
  await succeed(args, { ...options, env: without, input: Buffer.from(`${password}\n`) });
});

describe('no password in what is printed', () => {
  const secret = 'hunter2-is-no-secret';
  test.each<[string, (context: Awaited<ReturnType<typeof serving>>) => string[], object]>([
    ['refused through tedious', ({ flags }) => flags(), { name: 'SqlServerError', number: 18456 }],
    ['refused through mssql', ({ flags }) => flags('mssql'), { name: 'SqlServerError', number: 18456 }],
    ['nobody there', ({ flags }) => [...flags(), '--server', '127.0.0.1,1'], { code: 'SQLVDI_CONNECT' }],
    ['where no option takes it', ({ flags }) => [...flags(), `--password=${secret}`], { name: 'UsageError' }],
  ])('%s', async (_name, args, expected) => {
    const context = await serving();
    const { options } = context;
    const outcomes = await Promise.all(
      [[], ['--json']].map((json) =>
        sqlvdi(['backup', 'Sales', '--to', 'a.bak', ...json, ...args(context)], {
          ...options,
          env: { ...options.env, SQLVDI_PASSWORD: secret },
        }),
      ),
    );
    for (const { code, stdout, stderr } of outcomes) {
      expect(code).toBeGreaterThan(0);
      expect(stdout.toString() + stderr).not.toContain(secret);
    }
    expect(JSON.parse(String(outcomes[1]?.stdout))).toMatchObject({ ok: false, error: expected });
  });
});

test('a login that may not', async () => {
  const { flags, options, folder } = await serving();
  const args = ['backup', 'Sales', '--to', 'a.bak', ...flags(), '--user', 'reader'];
  const { code, stderr } = await sqlvdi(args, options);
  expect(code).toBe(1);
  expect(stderr).toMatch(/not a member of sysadmin.*\n {2}advice: use a login/);
  expect(await filesIn(folder)).toEqual([]);
});

test('a limit, of one database and of all', async () => {
  const { server, flags, options } = await serving();
  for (const which of [
    ['Sales', '--to', 'a.bak'],
    ['--all-databases', '--to', '.'],
  ]) {
    await server.inject({ action: 'neverAttach' });
    const { code, stdout } = await sqlvdi(
      ['backup', ...which, '--limit', 'attach=300ms', '--json', ...flags()],
      options,
    );
    expect(code).toBe(1);
    expect(stdout.toString()).toContain('"limit": "attachMs"');
  }
});

test.skipIf(process.platform === 'win32')('through a compressor and back (by bash, which Windows lacks)', async () => {
  const { server, flags, options } = await serving();
  const zstd = spawnSync('zstd', ['--version']).status === 0;
  const [pack, unpack] = zstd ? ['zstd -q -c', 'zstd -q -d -c'] : ['gzip -c', 'gzip -d -c'];
  const command = `"${process.execPath}" "${main}"`;
  const where = flags().join(' ');
  const script =
    `${command} backup Sales --to - ${where} | ${pack} > packed && ` +
    `${unpack} < packed | ${command} restore Copy --from - ${where}`;
  const child = spawn('bash', ['-o', 'pipefail', '-c', script], options);
  const { code, stderr } = await outcome(child);
  expect(code, stderr).toBe(0);
  expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
});

describe('all databases', () => {
  test('into a folder, two at a time; what is not online is skipped by name', async () => {
    const { server, flags, options, file } = await serving();
    const folder = await freshFolder();
    await server.createDatabase('a/b:c', { size: mebibyte });
    await backup({ database: 'Sales', to: file('x'), embedded: server });
    await sqlvdi(['restore', 'Waiting', '--from', 'x', '--no-recovery', ...flags()], options);
    const args = ['backup', '--all-databases', '--to', folder, '--jobs', '2', ...flags()];
    const { stdout, stderr } = await succeed(args, options);
    expect((await readdir(folder)).sort()).toEqual(['Sales.bak', 'a%2Fb%3Ac.bak']);
    expect(stdout.toString()).toMatch(
      /^2 backed up \(9\.\d\d MiB\), 1 skipped, 0 failed\n {2}Skipped Waiting: it is restoring\n$/,
    );
    expect(stderr).toContain('Backed up a/b:c: ');

    // Of what is there already nothing is replaced, and the rest is done all the same.
    await server.createDatabase('New', { size: mebibyte });
    const again = await sqlvdi([...args, '--json'], options);
    expect(again.code).toBe(1);
    const { ok, error } = JSON.parse(again.stdout.toString());
    expect({ ok, name: error.name }).toEqual({ ok: false, name: 'SomeFailedError' });
    expect(error.databases).toMatchObject([
      { name: 'a/b:c', status: 'failed' },
      { name: 'New', status: 'done', bytes: expect.any(Number) },
      { name: 'Sales', status: 'failed', error: { code: 'EEXIST' } },
      { name: 'Waiting', status: 'skipped' },
    ]);
    expect(await readdir(folder)).toContain('New.bak');
  });

  test('of the stand-in in a folder', async () => {
    const { server, file } = await startTdsServer(mebibyte);
    await server.close();
    const folder = await freshFolder();
    const args = ['backup', '--all-databases', '--to', folder, '--embedded', file('server'), '--json'];
    const { stdout } = await succeed(args);
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: true, databases: [{ name: 'Sales', status: 'done' }] });
  });

  test('is refused where it makes no sense', async () => {
    const { flags, options, folder } = await serving();
    await writeFile(join(folder, 'file'), '');
    for (const [args, message] of [
      [['Sales', '--all-databases', '--to', '.'], 'not both'],
      [['--all-databases', '--to', '-'], 'needs one folder'],
      [['--all-databases', '--to', 'file'], 'is no folder'],
      [['--all-databases', '--to', 'a', '--to', 'b'], 'needs one folder'],
      [['--all-databases', '--to', '.', '--set-name', 'x'], '--set-name is for one database'],
      [['--all-databases', '--to', '.', '--file', 'x'], '--file is for one database'],
      [['Sales', '--to', 'a', '--jobs', '2'], '--jobs goes with --all-databases'],
    ] as const) {
      const { code, stderr } = await sqlvdi(['backup', ...args, ...flags()], options);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).toContain(message);
    }
  });

  test.each([
    ['Sales', 'Sales.bak'],
    ['a/b\\c:d', 'a%2Fb%5Cc%3Ad.bak'],
    ['100%', '100%25.bak'],
    ['-x', '%2Dx.bak'],
    ['..', '%2E%2E.bak'],
    ['con', '%63on.bak'],
    ['console', 'console.bak'],
    ['Größe 数据 🚀', 'Größe 数据 🚀.bak'],
  ])('%s becomes %s', (name, expected) => {
    expect(fileName(name, 'full')).toBe(expected);
  });
});
