// Where an embedded server is reached by other processes of its user: found by the instance's name alone.
import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** What clients mean by no instance name. */
const defaultInstance = 'MSSQLSERVER';
const ownerOnly = 0o700;
const othersBits = 0o077;
const isWindows = process.platform === 'win32';

export interface EndpointAddress {
  /** A socket's or a named pipe's path. */
  readonly path: string;
  /** Private to the user: of the socket, and of the lock that says whose it is. */
  readonly folder: string;
}

/** Case does not matter in an instance's name; null is the default instance. */
export function addressOf(instance: string | null): EndpointAddress {
  const name = (instance ?? defaultInstance).toUpperCase();
  // Short whatever the name: a socket's path has about 100 characters.
  const readable = name.replace(/[^A-Z0-9]+/g, '_').slice(0, 20);
  const key = `${readable}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  if (isWindows) {
    const user = userInfo().username.replace(/[^\p{L}\p{N}]+/gu, '_');
    return { path: `\\\\.\\pipe\\sqlvdi-${user}-${key}`, folder: join(tmpdir(), `sqlvdi-${key}`) };
  }
  // Not os.tmpdir(): a client with another TMPDIR must find the server too.
  const folder = join('/tmp', `sqlvdi-${process.getuid?.()}-${key}`);
  return { path: join(folder, 'socket'), folder };
}

export function describeInstance(instance: string | null): string {
  return instance === null ? 'the default instance' : `the instance ${instance}`;
}

/**
 * Throws an Error where somebody else could have put something into the folder, or could read in it. On Windows it is the user's
 * own folder for temporary files, and the pipe is in none.
 */
export async function checkPrivate(folder: string): Promise<void> {
  if (isWindows) return;
  const found = await lstat(folder);
  const isPrivate = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & othersBits) === 0;
  if (!isPrivate) throw new Error(`${folder} is not a folder that only this user can enter: remove it.`);
}

export async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: ownerOnly });
  await checkPrivate(folder);
}
