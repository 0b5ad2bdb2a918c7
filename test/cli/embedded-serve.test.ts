// `embedded serve` and `embedded exec`: T-SQL from one process to another, printed as sqlcmd does.
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressOf } from '../../lib/embedded/endpoint/address.ts';
import { EmbeddedEndpoint } from '../../lib/embedded/endpoint/endpoint.ts';
import { EmbeddedServer } from '../../lib/embedded/server.ts';
import { VirtualDeviceSet } from '../../lib/vdi/set.ts';
import { freshFolder } from '../support/folder.ts';
import { provider } from '../support/raw.ts';
import { type Outcome, outcome, serverWith, sqlvdi, start } from './command.ts';

const noSignals = process.platform === 'win32';

interface Serving {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  readonly instance: string;
  readonly folder: string;
  readonly ready: Readonly<Record<string, unknown>>;
  readonly exec: (...args: readonly string[]) => Promise<Outcome & { text: string }>;
}

/** A server that is killed, as every one is on Windows, leaves its folder behind. */
function endWithTest(child: ChildProcess, ended: Promise<Outcome>, instance: string): void {
  onTestFinished(async () => {
    child.kill();
    await ended;
    await rm(addressOf(instance).folder, { recursive: true, force: true });
  });
}

/** A serving process that says it is ready. */
async function serve(instance = `t${randomUUID().slice(0, 8)}`): Promise<Serving> {
  const { folder, server } = await serverWith('Sales', '4m');
  const child = start(['embedded', 'serve', server, '--instance', instance, '--json']);
  const ended = outcome(child);
  endWithTest(child, ended, instance);
  if (child.stdout === null) throw new Error('no pipe');
  const [line] = await once(createInterface(child.stdout), 'line');
  const exec: Serving['exec'] = async (...args) => {
    const result = await sqlvdi(['embedded', 'exec', '--instance', instance, ...args]);
    return { ...result, text: result.stdout.toString() };
  };
  return { child, ended, instance, folder, ready: JSON.parse(String(line)), exec };
}

describe('embedded serve and exec', () => {
  test('rows and messages on stdout, errors on stderr, exit code as with sqlcmd -b', async () => {
    const { exec, instance, folder, ready } = await serve();
    expect(ready).toMatchObject({ ok: true, operation: 'serve', instance, pid: expect.any(Number) });

    const rows = await exec("SELECT name, database_id AS id FROM sys.databases; SELECT N'a' AS t, NULL AS nothing");
    expect(rows).toMatchObject({ code: 0, stderr: '' });
    expect(rows.text).toBe(
      'name  id\n----- --\nSales  5\n\n(1 row affected)\nt nothing\n- -------\na NULL\n\n(1 row affected)\n',
    );
    expect(await exec('USE Sales')).toMatchObject({ code: 0, text: "Changed database context to 'Sales'.\n" });

    const failed = await exec("BACKUP DATABASE nowhere TO VIRTUAL_DEVICE = 'x'");
    const server = `${hostname().toUpperCase()}\\${instance}`;
    expect(failed).toMatchObject({ code: 1, text: '' });
    expect(failed.stderr.split(/\r?\n/)).toEqual([
      `Msg 911, Level 16, State 11, Server ${server}, Line 1`,
      "Database 'nowhere' does not exist. Make sure that the name is entered correctly.",
      `Msg 3013, Level 16, State 1, Server ${server}, Line 1`,
      'BACKUP DATABASE is terminating abnormally.',
      '',
    ]);

    const file = join(folder, 'script.sql');
    await writeFile(file, '\uFEFFSELECT 1 AS one\r\nGO\r\nSELEC\r\ngo\r\nSELECT 3 AS three');
    const script = await exec('--input-file', file);
    expect(script).toMatchObject({ code: 1, text: 'one\n---\n  1\n\n(1 row affected)\n' });
    expect(script.stderr).toContain("Could not find stored procedure 'SELEC'.");

    const json = await exec('--json', 'SELECT CAST(12 AS bigint) AS n');
    expect(JSON.parse(json.text)).toMatchObject({
      ok: true,
      operation: 'exec',
      resultSets: [{ columns: [{ name: 'n', type: 'bigint' }], rows: [['12']] }],
    });
    expect((await exec()).code).toBe(2);
    expect((await exec('SELECT 1', '--input-file', file)).code).toBe(2);
  });

  test('a client of the interface whose statement another process sends', async () => {
    const { exec, instance } = await serve();
    const name = randomUUID();
    const set = new VirtualDeviceSet({ provider });
    onTestFinished(() => set[Symbol.asyncDispose]());
    await set.createEx(instance, name, { deviceCount: 1 });
    const statement = exec(`BACKUP DATABASE Sales TO VIRTUAL_DEVICE = N'${name}' WITH STATS = 50`);
    await set.getConfiguration();
    const device = await set.openDevice(name);
    let bytes = 0;
    for await (const command of device.commands()) {
      if (command.name === 'Write') bytes += command.buffer?.length ?? 0;
      await command.complete();
    }
    const result = await statement;
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.text).toMatch(/^50 percent processed\.\r?\n[\s\S]*BACKUP DATABASE successfully processed 512 pages/);
    expect(bytes).toBeGreaterThan(4 << 20);
  });

  test('many at once', async () => {
    const { exec } = await serve();
    const results = await Promise.all(Array.from({ length: 5 }, (_, index) => exec(`SELECT ${index} AS n`)));
    expect(results.map(({ text }) => text)).toEqual(
      Array.from({ length: 5 }, (_, index) => `n\n-\n${index}\n\n(1 row affected)\n`),
    );
  });

  test('no server is one clear error', async () => {
    const result = await sqlvdi(['embedded', 'exec', 'SELECT 1', '--instance', `t${randomUUID().slice(0, 8)}`]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^sqlvdi: No embedded server serves the instance t/);
  });

  test('a second server for the instance is refused; what a killed one left is taken over', async () => {
    const first = await serve();
    const { server } = await serverWith('Other', '1m');
    const refused = await sqlvdi(['embedded', 'serve', server, '--instance', first.instance]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`the instance ${first.instance}: does another server serve it?`);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await serve(first.instance);
    expect((await second.exec('SELECT 1')).code).toBe(0);
  });

  test('with --port, SQL clients log in with the password from stdin, which nothing shows', async () => {
    const { folder, server } = await serverWith('Sales', '4m');
    const word = 'p@ss wörd';
    const instance = `t${randomUUID().slice(0, 8)}`;
    const flags = ['--instance', instance, '--port', '0', '--user', 'sa', '--password-stdin'];
    const child = start(['embedded', 'serve', server, ...flags]);
    const ended = outcome(child);
    endWithTest(child, ended, instance);
    child.stdin?.end(`${word}\n`);
    if (child.stdout === null) throw new Error('no pipe');
    const [line] = await once(createInterface(child.stdout), 'line');
    expect(line).toMatch(/^Serving .* as the instance t\w+, at 127\.0\.0\.1,\d+ until Ctrl-C\.$/);
    const port = /127\.0\.0\.1,(\d+)/.exec(String(line))?.[1];

    const client = ['--server', `127.0.0.1,${port}`, '--user', 'sa', '--provider', provider, '--instance', instance];
    const env = { ...process.env, SQLVDI_PASSWORD: word };
    const file = join(folder, 'sales.bak');
    expect(await sqlvdi(['backup', 'Sales', '--to', file, ...client], { env })).toMatchObject({ code: 0 });
    expect(await sqlvdi(['restore', 'Copy', '--from', file, ...client], { env })).toMatchObject({ code: 0 });
    const wrong = await sqlvdi(['verify', '--from', file, ...client], { env: { ...env, SQLVDI_PASSWORD: 'x' } });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("Login failed for user 'sa'.") });
    child.kill();
    const { stdout, stderr } = await ended;
    expect(stdout.toString() + stderr + wrong.stderr).not.toContain(word);
  });

  test('--port and --user go together, and a port is a port', async () => {
    for (const flags of [
      ['--port', '0'],
      ['--user', 'sa'],
      ['--port', '65536', '--user', 'sa'],
      ['--password-stdin'],
    ]) {
      expect((await sqlvdi(['embedded', 'serve', join(await freshFolder(), 'none'), ...flags])).code).toBe(2);
    }
  });

  describe.skipIf(noSignals)('signals (Windows has none for another process)', () => {
    test.each(['SIGINT', 'SIGTERM'] as const)('%s ends serve with 0, and nothing is left', async (signal) => {
      const { child, ended, ready } = await serve();
      child.kill(signal);
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
      expect(existsSync(dirname(String(ready['path'])))).toBe(false);
    });

    test.each(['SIGINT', 'SIGKILL'] as const)('%s to exec cancels its statement', async (signal) => {
      const instance = `t${randomUUID().slice(0, 8)}`;
      const server = await EmbeddedServer.start({ folder: await freshFolder(), instance });
      onTestFinished(() => server.close());
      const endpoint = await EmbeddedEndpoint.start(server);
      onTestFinished(() => endpoint.close());
      await server.createDatabase('Sales', { size: 1 << 20 });
      await server.inject({ action: 'neverAttach' });
      const isFree = () => server.checksum('Sales').then(Boolean, () => false);

      const child = start([
        'embedded',
        'exec',
        "BACKUP DATABASE Sales TO VIRTUAL_DEVICE = 'x'",
        '--instance',
        instance,
      ]);
      const ended = outcome(child);
      await expect.poll(isFree, { timeout: 20_000 }).toBe(false);
      child.kill(signal);
      expect((await ended).code).toBe(signal === 'SIGINT' ? 130 : null);
      await expect.poll(isFree, { timeout: 20_000 }).toBe(true);
    });
  });
});
