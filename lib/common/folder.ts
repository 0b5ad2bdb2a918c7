// Durability of a folder's entries.
import { open } from 'node:fs/promises';
import { errorCode } from './thrown.ts';

/** Makes renames and new files in the folder durable. Windows has no such call, and some file systems none either. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!withoutFolderSync.has(errorCode(error) ?? '')) throw error;
  }
}

const withoutFolderSync: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF']);
