// The package against a real SQL Server on this machine: everything that only such a one can prove. environment.ts says how to run it.
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backup, headers, relatedErrors, restore, SqlServerError, verify } from '../../lib/index.ts';
import { outcome, start } from '../cli/command.ts';
import { freshFolder } from '../support/folder.ts';
import { logCommands } from './command-log.ts';
import { enabled, instance, isStandIn } from './environment.ts';
import { type ServerUnderTest, startServer } from './server.ts';

const mebibyte = 1024 ** 2;
const sales = 'SqlvdiSales';
const copy = 'SqlvdiCopy';
/** Recovery, creation of files and a loaded machine take their time. */
const timeout = 600_000;

/** On a named instance one round trip shows that it is reached. */
function suite(name: string | null, extent: 'all' | 'round trip'): void {
  let server: ServerUnderTest;

  beforeAll(async () => {
    server = await startServer(name);
    await server.createDatabase(sales);
  }, timeout);
  afterAll(() => server?.close(), timeout);
  beforeEach(() => logCommands());

  /** A Node stream, so that the commands pass through JavaScript and are logged. */
  const to = (...files: readonly string[]) => files.map((file) => createWriteStream(file));
  const from = (...files: readonly string[]) => files.map((file) => createReadStream(file));

  async function restoreCopy(files: readonly string[], recovery = true): Promise<void> {
    const move = await server.moves(sales, copy);
    await restore({ ...server.options, database: copy, from: from(...files), with: { replace: true, recovery, move } });
  }

  async function expectSame(): Promise<void> {
    await server.checkDatabase(copy);
    expect(await server.fingerprint(copy)).toBe(await server.fingerprint(sales));
  }

  it('a full backup, restored to a new name', async () => {
    const file = join(await freshFolder(), 'full.bak');
    const { bytes, verdict } = await backup({ ...server.options, database: sales, to: to(file) });
    expect((await stat(file)).size).toBe(bytes);
    expect(verdict?.pages).toBeGreaterThan(1000);
    await restoreCopy([file]);
    await expectSame();
  });

  if (extent === 'round trip') return;

  it('full, differential and log, restored one after the other', async () => {
    const folder = await freshFolder();
    const files = ['full', 'differential', 'log'].map((type) => join(folder, `${type}.bak`));
    for (const [index, type] of (['full', 'differential', 'log'] as const).entries()) {
      await backup({ ...server.options, database: sales, type, to: to(...files.slice(index, index + 1)) });
      if (type !== 'log') await server.change(sales);
    }
    const [full = '', differential = '', log = ''] = files;
    expect((await stat(differential)).size).toBeLessThan((await stat(full)).size);
    await restoreCopy([full], false);
    const options = { ...server.options, database: copy };
    await restore({ ...options, from: from(differential), with: { recovery: false } });
    await restore({ ...options, type: 'log', from: from(log), with: { recovery: true } });
    await expectSame();
  });

  it('four stripes, with checksums and larger transfers', async () => {
    const folder = await freshFolder();
    const files = [1, 2, 3, 4].map((stripe) => join(folder, `${stripe}.bak`));
    const options = { checksum: true, maxTransferSize: mebibyte };
    const { stripes } = await backup({ ...server.options, database: sales, to: to(...files), with: options });
    expect(stripes.map(({ bytes }) => bytes > 0)).toEqual([true, true, true, true]);
    await restoreCopy(files);
    await expectSame();
    // A stripe is missing.
    await expect(verify({ ...server.options, from: from(...files.slice(1)) })).rejects.toBeInstanceOf(SqlServerError);
  });

  it('compression', async () => {
    const folder = await freshFolder();
    const [plain, compressed] = ['plain.bak', 'compressed.bak'].map((name) => join(folder, name)) as [string, string];
    await backup({ ...server.options, database: sales, to: to(plain) });
    await backup({ ...server.options, database: sales, to: to(compressed), with: { compression: true } });
    expect((await stat(compressed)).size).toBeLessThan((await stat(plain)).size);
    await restoreCopy([compressed]);
    await expectSame();
  });

  it('files, moved natively: backup, headers, verification, restore', async () => {
    const file = join(await freshFolder(), 'native.bak');
    const written = await backup({ ...server.options, database: sales, to: file, sha256: true });
    const [header] = await headers({ ...server.options, from: file });
    expect(header?.databaseName).toBe(sales);
    const read = await verify({ ...server.options, from: file, sha256: true });
    expect(written.stripes[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(read.bytes).toBeLessThanOrEqual(written.bytes);
    const move = await server.moves(sales, copy);
    await restore({ ...server.options, database: copy, from: file, with: { replace: true, move } });
    await expectSame();
  });

  it('cancelled half-way', async () => {
    const folder = await freshFolder();
    const reason = new Error('enough');
    const cancel = new AbortController();
    const slow = {
      async write() {
        cancel.abort(reason);
      },
    };
    const cancelled = backup({ ...server.options, database: sales, to: slow, signal: cancel.signal });
    await expect(cancelled).rejects.toBe(reason);
    await expectBackupWorks(join(folder, 'after.bak'));
  });

  it('a destination that is full', async () => {
    const folder = await freshFolder();
    const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    let bytes = 0;
    const small = {
      write(chunk: Uint8Array) {
        bytes += chunk.length;
        if (bytes > mebibyte) throw full;
      },
    };
    const failed = await backup({ ...server.options, database: sales, to: small }).catch((error: unknown) => error);
    expect(failed).toBe(full);
    expect(relatedErrors(full).map((error) => error instanceof SqlServerError)).toContain(true);
    await expectBackupWorks(join(folder, 'after.bak'));
  });

  it('a database that does not exist', async () => {
    const file = join(await freshFolder(), 'none.bak');
    const failed = backup({ ...server.options, database: 'SqlvdiNoSuch', to: file });
    await expect(failed).rejects.toMatchObject({ name: 'SqlServerError', number: 911 });
  });

  it('the client is killed', async () => {
    const folder = await freshFolder();
    const target = join(folder, 'killed.bak');
    await writeFile(target, 'what stood there before');
    const { args, env } = server.command;
    // Nobody reads the second stripe to its end, so the backup cannot end either.
    const stripes = ['--to', target, '--to', '-', '--force'];
    const child = start(['backup', sales, ...stripes, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await new Promise<void>((resolve) => child.stdout?.once('readable', resolve));
    // It is in the midst of it.
    expect(child.stdout?.read(1)).toHaveLength(1);
    child.kill('SIGKILL');
    expect((await outcome(child)).code).toBeNull();
    expect((await stat(target)).size).toBe('what stood there before'.length);
    await expectBackupWorks(join(folder, 'after.bak'));
  });

  /** What came before has left nothing that stands in a backup's way. The server may need a moment to notice. */
  async function expectBackupWorks(file: string): Promise<void> {
    const attempt = () =>
      backup({ ...server.options, database: sales, to: file, overwrite: true }).then(
        () => 'succeeded',
        (error: unknown) => String(error),
      );
    await expect.poll(attempt, { timeout: 60_000, interval: 500 }).toBe('succeeded');
    const others = (await readdir(join(file, '..'))).filter((name) => name.endsWith('.tmp'));
    expect(others).toEqual([]);
  }
}

const label = isStandIn ? 'the stand-in, in the place of a real SQL Server' : 'a real SQL Server';
describe.skipIf(!enabled)(`${label} (skipped without SQLVDI_REAL_SERVER)`, { timeout }, () => {
  describe('the default instance', () => suite(null, 'all'));
  describe.skipIf(enabled && instance === null)('a named instance (skipped without SQLVDI_REAL_INSTANCE)', () =>
    suite(instance, 'round trip'),
  );
});
