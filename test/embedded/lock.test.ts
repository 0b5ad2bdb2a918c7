// The lock of a folder, while its owner is about to write its name into it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { lockContent, lockFolder } from '../../lib/embedded/lock.ts';
import { freshFolder } from '../support/folder.ts';

vi.mock('node:timers/promises');

it("a lock without a name is a living owner's, which is about to write it", async () => {
  const folder = await freshFolder();
  const path = join(folder, 'server.lock');
  const content = await lockContent(process.ppid);
  writeFileSync(path, '');
  vi.mocked(setTimeout).mockImplementationOnce(async () => writeFileSync(path, content));
  await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.ppid}`);
  expect(readFileSync(path, 'utf8')).toBe(content);
});
