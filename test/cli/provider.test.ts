// What must go by each provider, so that no run of the suite leaves it out: the demo, and real backups there and back.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { provider } from '../support/raw.ts';
import { succeed } from './command.ts';

test('the demo, by the provider under test', async () => {
  const { stdout } = await succeed(['demo', '--size', '8m', '--json', '--provider', provider]);
  expect(JSON.parse(stdout.toString())).toMatchObject({ ok: true, provider });
});

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Each with the type its backup is restored and taken as. */
const backups = [
  { names: ['full.bak'], restored: 'database', taken: 'full' },
  { names: ['full-compressed.bak'], restored: 'database', taken: 'full' },
  { names: ['differential.bak'], restored: 'database', taken: 'full' },
  { names: ['log.trn'], restored: 'log', taken: 'log' },
  { names: ['stripe1of2.bak', 'stripe2of2.bak'], restored: 'database', taken: 'full' },
] as const;

describe('restored and backed up again, by the provider under test', () => {
  for (const { names, restored, taken } of backups) {
    const files = names.map((name) => join(data, name));
    const present = files.every((file) => existsSync(file));
    const name = `${names.join(' and ')} of ../shared/data${present ? '' : ' (not here)'}`;
    test.skipIf(!present)(name, async () => {
      const folder = await freshFolder();
      const standIn = ['--embedded', join(folder, 'server'), '--provider', provider];
      const from = files.flatMap((file) => ['--from', file]);
      await succeed(['restore', 'kept', '--type', restored, ...from, ...standIn]);
      const copies = names.map((copy) => join(folder, copy));
      const to = copies.flatMap((copy) => ['--to', copy]);
      await succeed(['backup', 'kept', '--type', taken, ...to, ...standIn]);
      for (const [index, copy] of copies.entries()) {
        const original = await readFile(files[index] ?? '');
        expect((await readFile(copy)).equals(original), `${copy} is what it was`).toBe(true);
      }
    });
  }
});
