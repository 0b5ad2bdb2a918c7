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

interface Owner {
  readonly pid: number;
  /** What tells the process from a later one with its number, where the system says it. */
  readonly started: string;
}

/** Throws a clear error where a living process (this one included) has a server on the folder. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  return await lockFile(join(folder, fileName), folder);
}

async function lockFile(path: string, folder: string): Promise<FolderLock> {
  const { pid } = process;
  const content = await lockContent(pid);
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
    if (owner !== null && (await isAlive(owner))) {
      const who = owner.pid === pid ? 'by another EmbeddedServer of this process' : `by process ${owner.pid}`;
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

/** What stands in a lock of that process. */
export async function lockContent(pid: number): Promise<string> {
  return JSON.stringify({ pid, started: await startOf(pid), token: randomUUID() });
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

function ownerOf(content: string): Owner | null {
  try {
    const fields = Fields.parse(content);
    return { pid: fields.integer('pid'), started: fields.string('started') };
  } catch {
    // Not written yet, or cut short by a crash.
    return null;
  }
}

/** A number is given to another process sooner or later, in a container at once. */
async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  return (await startOf(pid)) === started;
}

/** When the process was started, in ticks since the system was; empty where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  const status = process.platform === 'linux' ? await readIfThere(`/proc/${pid}/stat`) : null;
  // The name in parentheses may have any characters in it.
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
