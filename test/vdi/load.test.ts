// Loading the addon: once, with its error factories, and what is said where it cannot be.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlvdi-load-'));
  vi.resetModules();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

it('says what SQLVDI_ADDON names, and why that cannot be loaded', async () => {
  const { loadBinding } = await import('../../lib/vdi/load.ts');
  const missing = join(folder, 'none.node');
  vi.stubEnv('SQLVDI_ADDON', missing);
  expect(loadBinding).toThrow(expect.objectContaining({ name: 'AddonLoadError', code: 'SQLVDI_ADDON_NOT_LOADED' }));
  expect(loadBinding).toThrow(`'${missing}' (named by SQLVDI_ADDON: `);
  const broken = join(folder, 'broken.node');
  await writeFile(broken, 'no library');
  vi.stubEnv('SQLVDI_ADDON', broken);
  expect(loadBinding).toThrow('correct or unset SQLVDI_ADDON');
  const foreign = join(folder, 'foreign.cjs');
  await writeFile(foreign, 'exports.watch = () => {};');
  vi.stubEnv('SQLVDI_ADDON', foreign);
  expect(loadBinding).toThrow(
    expect.objectContaining({
      name: 'AddonLoadError',
      attempts: [{ path: foreign, reason: expect.stringContaining("not sqlvdi's") }],
    }),
  );
});

it('loads once, and injects the error factories', async () => {
  const addon = join(folder, 'addon.cjs');
  await writeFile(
    addon,
    `exports.calls = 0; exports.setErrorFactories = (factories) => { exports.calls += 1; exports.factories = factories; };`,
  );
  vi.stubEnv('SQLVDI_ADDON', addon);
  const { loadBinding } = await import('../../lib/vdi/load.ts');
  const { VdiOpenError } = await import('../../lib/vdi/errors.ts');
  const binding: unknown = loadBinding();
  expect(loadBinding()).toBe(binding);
  expect(binding).toMatchObject({ calls: 1 });
  const { factories } = createRequire(import.meta.url)(addon);
  expect(factories.vdi(0x8077000d, 'Close', 'set', null)).toBeInstanceOf(VdiOpenError);
  expect(factories.system('ENOSPC', 28, 'write', '/x')).toMatchObject({ code: 'ENOSPC', path: '/x' });
});
