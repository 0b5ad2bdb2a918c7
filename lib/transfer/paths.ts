// Paths of destinations and origins: made absolute, and refused with one clear error where they cannot be used.
import type { BigIntStats } from 'node:fs';
import { lstat, open, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode, messageOf } from '../common/thrown.ts';
import { FileError } from '../vdi/file-error.ts';

/** What a stripe's file is known by, to notice that two stripes are the same file however they are spelled. */
export interface FileIdentity {
  /** As the caller gave it. */
  readonly given: string;
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Device and inode of the file that is there, or null. */
  readonly inode: string | null;
}

/** The path of a string or `file:` URL, absolute. */
export function absolutePath(target: string | URL, what: string): string {
  if (target instanceof URL && target.protocol !== 'file:') {
    throw new TypeError(`${what} is the URL '${target.href}'; only file: URLs can be used`);
  }
  const path = target instanceof URL ? fileURLToPath(target) : target;
  if (path === '') throw new TypeError(`${what} is an empty path`);
  if (path.includes('\0')) throw new TypeError(`${what} contains a NUL character`);
  // resolve() would drop it, and a file would be made where a folder was meant.
  if (path.endsWith('/') || path.endsWith(sep)) {
    throw new FileError('EISDIR', path, `${what} '${path}' names a folder; give a file in it`);
  }
  return resolve(path);
}

/** Throws where two stripes are one file: by name, by symbolic or hard link, or by case where the system ignores it. */
export function refuseSameFile(files: readonly FileIdentity[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const keys = [ignoresCase ? file.path.toLowerCase() : file.path, file.inode].filter((key) => key !== null);
    for (const key of keys) {
      const other = seen.get(key);
      if (other !== undefined) {
        throw new FileError('EEXIST', file.path, `two stripes are the same file: '${other}' and '${file.given}'`);
      }
    }
    for (const key of keys) seen.set(key, file.given);
  }
}

const ignoresCase = process.platform === 'win32' || process.platform === 'darwin';

/** Where a file is to be written, with symbolic links resolved, and what is there now. */
export async function locateTarget(path: string, what: string): Promise<FileIdentity & { readonly exists: boolean }> {
  const folder = await realFolder(dirname(path), what);
  const inFolder = join(folder, path.slice(dirname(path).length).replace(/^[\\/]+/, ''));
  const there = await stats(lstat, inFolder, what);
  if (there === null) return { given: path, path: inFolder, inode: null, exists: false };
  if (there.isSymbolicLink()) {
    const real = await realpath(inFolder).catch(() => null);
    if (real === null) {
      throw new FileError('ENOENT', path, `${what} '${path}' is a symbolic link that leads nowhere; remove it first`);
    }
    return { ...(await locateTarget(real, what)), given: path };
  }
  if (there.isDirectory()) throw new FileError('EISDIR', path, `${what} '${path}' is a folder; give a file in it`);
  if (!there.isFile()) {
    throw new FileError('EINVAL', path, `${what} '${path}' is no regular file; write to it through a stream instead`);
  }
  return { given: path, path: inFolder, inode: inodeOf(there), exists: true };
}

/** A file that is to be read: a regular file with something in it. */
export async function locateOrigin(path: string, what: string): Promise<FileIdentity & { readonly size: number }> {
  const there = await stats(stat, path, what);
  if (there === null) throw new FileError('ENOENT', path, `${what} '${path}' does not exist`);
  if (there.isDirectory()) throw new FileError('EISDIR', path, `${what} '${path}' is a folder; give a file in it`);
  if (!there.isFile()) {
    throw new FileError('EINVAL', path, `${what} '${path}' is no regular file; read it through a stream instead`);
  }
  if (there.size === 0n) throw new FileError('ENODATA', path, `${what} '${path}' is empty, so it is no backup`);
  await tryReading(path, what);
  return { given: path, path: await realpath(path), inode: inodeOf(there), size: Number(there.size) };
}

/** Only trying shows whether a file can be read: permissions and locks both have a say. */
async function tryReading(path: string, what: string): Promise<void> {
  try {
    await (await open(path)).close();
  } catch (cause) {
    const message = `${what} '${path}' cannot be read: ${messageOf(cause)}`;
    throw new FileError(errorCode(cause) ?? 'EIO', path, message, { cause });
  }
}

async function realFolder(folder: string, what: string): Promise<string> {
  const there = await stats(stat, folder, what);
  if (there === null) throw new FileError('ENOENT', folder, `the folder '${folder}' of ${what} does not exist`);
  if (!there.isDirectory())
    throw new FileError('ENOTDIR', folder, `'${folder}' is no folder, so ${what} cannot be written`);
  return realpath(folder);
}

type Stats = (path: string, options: { bigint: true }) => Promise<BigIntStats>;

/** null where nothing is there. */
async function stats(read: Stats, path: string, what: string): Promise<BigIntStats | null> {
  try {
    return await read(path, { bigint: true });
  } catch (cause) {
    const code = errorCode(cause) ?? 'EIO';
    if (code === 'ENOENT') return null;
    throw new FileError(code, path, `${what} '${path}' cannot be used: ${messageOf(cause)}`, { cause });
  }
}

function inodeOf(there: BigIntStats): string {
  return `${there.dev}:${there.ino}`;
}
