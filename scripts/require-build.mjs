// Before the test suite: says clearly that something is not built, where vitest is started by hand.
// @ts-check
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasAddon, root } from './bootstrap.mjs';

export default function setup() {
  const addon = process.env['SQLVDI_ADDON'];
  if (addon ? !existsSync(addon) : !hasAddon()) throw new Error('the native addon is not built: run npm run build');
  if (!existsSync(join(root, 'dist', 'index.js'))) throw new Error('dist/ is not built: run npm run build');
}
