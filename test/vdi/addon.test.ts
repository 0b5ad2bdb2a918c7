// What is said where the addon is missing or does not fit.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AddonLoadError, findAddon, loadFailure } from '../../lib/vdi/addon.ts';
import { binaryTarget } from '../../lib/vdi/binary.ts';
import { freshFolder } from '../support/folder.ts';

const fitting = `${process.platform}-${process.arch}`;

async function packageWith(...files: readonly string[]): Promise<string> {
  const root = await freshFolder();
  for (const file of files) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), '');
  }
  return root;
}

function failureOf(root: string): AddonLoadError {
  try {
    findAddon(root);
  } catch (error) {
    if (error instanceof AddonLoadError) return error;
    throw error;
  }
  throw new Error('an addon was found');
}

/** The first bytes of a library: enough for its target. */
const elf = (machine: number) => {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
};
const pe = (machine: number) => {
  const header = Buffer.alloc(256);
  header.write('MZ', 'latin1');
  header.writeUInt32LE(0x80, 60);
  header.write('PE\0\0', 0x80, 'latin1');
  header.writeUInt16LE(machine, 0x84);
  return header;
};

it('takes what was built here before what the package brings', async () => {
  const prebuilt = join('prebuilds', fitting, 'sqlvdi.napi.node');
  const both = await packageWith(prebuilt, join('build', 'Release', 'sqlvdi.node'));
  expect(findAddon(both)).toEqual({ path: join(both, 'build', 'Release', 'sqlvdi.node'), from: 'build' });
  const bare = await packageWith(prebuilt);
  expect(findAddon(bare)).toEqual({ path: join(bare, prebuilt), from: 'prebuild' });
});

it('names every place that was looked at, and what the package brings for others', async () => {
  const root = await packageWith('prebuilds/sunos-sparc/sqlvdi.napi.node');
  const error = failureOf(root);
  expect(error.attempts.map(({ path }) => path).slice(0, 2)).toEqual([
    join(root, 'build', 'Release', 'sqlvdi.node'),
    join(root, 'prebuilds', fitting),
  ]);
  expect(error.message).toContain('the package brings sunos-sparc');
  expect(error.message).toContain("run 'npm rebuild sqlvdi'");
  expect(error.message).not.toContain('\n');
});

it('says that a prebuilt addon is for another C library', async () => {
  const root = await packageWith(`prebuilds/${fitting}/sqlvdi.napi.musl.node`);
  expect(failureOf(root).message).toContain("sqlvdi.napi.musl.node does not fit this system's C library");
});

it('says that a library was built for another system', async () => {
  const root = await freshFolder();
  const path = join(root, 'sqlvdi.node');
  await writeFile(path, elf(183));
  const error = loadFailure({ path, from: 'build' }, new Error('cannot open shared object file'));
  expect(error.message).toContain(`'${path}' (it was built for linux arm64)`);
  expect(error.advice).toContain('node_modules seems to come from another system');
});

it('says that the C library is too old', async () => {
  const path = join(await freshFolder(), 'sqlvdi.node');
  const cause = new Error("/lib/libc.so.6: version `GLIBC_2.34' not found (required by sqlvdi.node)");
  const error = loadFailure({ path, from: 'prebuild' }, cause);
  expect(error.message).toContain("GLIBC_2.34' not found");
  expect(error.advice).toMatch(/^the C library here is older.*npm rebuild sqlvdi/);
  expect(error.cause).toBe(cause);
});

it.each([
  { name: 'ELF x64', bytes: elf(62), target: { platform: 'linux', arch: 'x64' } },
  { name: 'PE x64', bytes: pe(0x8664), target: { platform: 'win32', arch: 'x64' } },
  { name: 'PE ia32', bytes: pe(0x14c), target: { platform: 'win32', arch: 'ia32' } },
  { name: 'a machine without a name', bytes: elf(1), target: { platform: 'linux', arch: 'unknown' } },
  { name: 'MZ and nothing more', bytes: pe(0x8664).subarray(0, 64), target: null },
  { name: 'an empty file', bytes: Buffer.alloc(0), target: null },
  { name: 'a text', bytes: Buffer.from('no library'), target: null },
])('reads for what a library was built: $name', async ({ bytes, target }) => {
  const path = join(await freshFolder(), 'library');
  await writeFile(path, bytes);
  expect(binaryTarget(path)).toEqual(target);
});
