// One server at a time on a folder: a lock file that names its owner's process and that a dead owner cannot keep.
import { randomUUID } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errorCode } from '../common/thrown.ts';
import { Fields } from './json.ts';

const fileName = 'server.lock';
/** A living owner writes its name into the file at once; what is without one after that was left by a crash. */
const longestWriteMs = 1000;
const pauseMs = 10;

export interface FolderLock {
  release(): Promise<void>;
}

/** Throws a clear error where a living process (this one included) has a server on the folder. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  return await lockFile(join(folder, fileName), folder);
}

async function lockFile(path: string, folder: string): Promise<FolderLock> {
  const content = JSON.stringify({ pid: process.pid, token: randomUUID() });
  let waitedMs = 0;
  while (!(await createExclusively(path, content))) {
    const found = await readIfThere(path);
    if (found === null) continue;
    const owner = ownerOf(found);
    if (owner === null && waitedMs < longestWriteMs) {
      await setTimeout(pauseMs);
      waitedMs += pauseMs;
      continue;
    }
    if (owner !== null && isAlive(owner)) {
      const who = owner === process.pid ? 'by another EmbeddedServer of this process' : `by process ${owner}`;
      throw new Error(`${folder} is in use ${who}. Close that server first (if there is none, delete ${path}).`);
    }
    // One at a time: a slower one would take away the next owner's lock, which it has not seen.
    const takeover = await lockFile(`${path}.takeover`, folder);
    try {
      if ((await readIfThere(path)) === found) await rm(path, { force: true });
    } finally {
      await takeover.release();
    }
  }
  return {
    release: async () => {
      if ((await readIfThere(path)) === content) await rm(path, { force: true });
    },
  };
}

async function createExclusively(path: string, content: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx');
    await file.writeFile(content);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function ownerOf(content: string): number | null {
  try {
    return Fields.parse(content).integer('pid');
  } catch {
    // Not written yet, or cut short by a crash.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
