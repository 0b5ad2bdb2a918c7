// A folder of its own for each test.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh folder, removed with the test. */
export async function freshFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sqlvdi-test-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
