// Files that are whole or not there, whatever happens in between.
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../common/folder.ts';

/** Replaces the file in one step: a reader, also after a power cut, sees the old content or the new one. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeFile(temporary, content, { flush: true });
    // New files in the folder that the content names come first.
    await syncFolder(dirname(path));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}
