// A fresh clone on a machine that cannot compile the addon: one line says what to install, before anything is downloaded.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freshFolder } from '../support/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What of a clone the scripts look at before they build. */
async function freshClone(): Promise<string> {
  const folder = await freshFolder();
  for (const name of ['package.json', 'package-lock.json', 'binding.gyp', 'scripts', 'native', 'lib']) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  return folder;
}

/** A folder for PATH with nothing but what npm itself needs. */
async function bareTools(): Promise<string> {
  const folder = join(await freshFolder(), 'bin');
  await mkdir(folder);
  await symlink(process.execPath, join(folder, 'node'));
  await symlink('/bin/sh', join(folder, 'sh'));
  return folder;
}

/** Without what this run's own npm has told it. */
const plainEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|PYTHON$|CXX$|SQLVDI_)/i.test(name)));

async function npm(folder: string, args: readonly string[], environment: Record<string, string>) {
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v npm']);
  const env = { ...plainEnvironment(), npm_config_update_notifier: 'false', ...environment };
  return await promisify(execFile)(process.execPath, [stdout.trim(), ...args], { cwd: folder, env }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
  );
}

describe.skipIf(process.platform === 'win32')('without a compiler (not on Windows, which has no PATH for it)', () => {
  it.each([
    ['CXX is none', async () => ({ CXX: '/bin/false' }), 'no C++20 compiler'],
    ['PATH has no tools at all', async () => ({ PATH: await bareTools() }), 'no C++20 compiler, no make, no Python 3'],
  ])('%s: npm run demo and npm test say so in one line', async (_how, environment, missing) => {
    for (const args of [['run', 'demo'], ['test']]) {
      const folder = await freshClone();
      const begun = performance.now();
      const { code, stderr } = await npm(folder, args, await environment());
      expect(code).toBe(1);
      expect(stderr).toMatch(/^sqlvdi: the native addon must be compiled, and this machine has .*\. Install: .+\n$/);
      expect(stderr).toContain(` has ${missing}. Install: `);
      // Minutes would be npm's.
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(await readdir(folder)).not.toContain('node_modules');
    }
  });
});
