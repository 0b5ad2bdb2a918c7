// One file of a backup: written under a temporary name beside its target, which stays untouched until everything has succeeded.
import { randomBytes } from 'node:crypto';
import { chmod, link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, messageOf } from '../common/thrown.ts';
import { FileError } from '../vdi/file-error.ts';
import { absolutePath, type FileIdentity, locateTarget } from './paths.ts';

/** A prepared target: `temporary` is what the transfer writes. */
export class FileTarget implements FileIdentity {
  readonly given: string;
  /** Where the file is to stand, absolute, symbolic links resolved. */
  readonly path: string;
  readonly inode: string | null;
  /** In the same folder, so that a rename publishes it. */
  readonly temporary: string;
  readonly #overwrite: boolean;
  /** Another name of the file that stood at the target, until the publication is settled; null: one stood there and could not be kept. */
  #previous: string | null | undefined;
  /** Linked: the temporary name is the file's too, until the publication is settled. */
  #published: 'linked' | 'renamed' | null = null;

  private constructor(identity: FileIdentity, overwrite: boolean) {
    this.given = identity.given;
    this.path = identity.path;
    this.inode = identity.inode;
    this.temporary = this.#besides('sqlvdi-partial');
    this.#overwrite = overwrite;
  }

  /** Rejects with a FileError where the file exists and must not be replaced, is no file, or cannot be written. */
  static async prepare(target: string | URL, what: string, overwrite: boolean): Promise<FileTarget> {
    const identity = await locateTarget(absolutePath(target, what), what);
    if (identity.exists && !overwrite) throw existsError(identity.given);
    const result = new FileTarget(identity, overwrite);
    // Only trying shows whether a file can be made here: permissions, quotas and read-only file systems all have a say.
    try {
      await (await open(result.temporary, 'wx')).close();
      await rm(result.temporary);
    } catch (cause) {
      throw new FileError(
        errorCode(cause) ?? 'EIO',
        result.given,
        `no file can be made in the folder '${dirname(result.path)}' of ${what}: ${messageOf(cause)}`,
        { cause },
      );
    }
    return result;
  }

  /** Makes the temporary file durable, where the transfer itself has not. */
  async sync(): Promise<void> {
    await using file = await open(this.temporary, 'r+');
    await file.sync();
  }

  /**
   * Puts the finished file in its place. Without `overwrite` a file that has appeared there meanwhile is an error and stays;
   * with it, what stood there is kept under another name until `settle` or `revert`.
   */
  async publish(): Promise<void> {
    if (!this.#overwrite) return this.#publishExclusively();
    await this.#keepPrevious();
    await this.#keepMode();
    await persistently(() => rename(this.temporary, this.path));
    this.#published = 'renamed';
  }

  /** The publication holds: what stood there before goes, and nothing can be reverted any more. */
  async settle(): Promise<void> {
    const remains = [this.#published === 'linked' ? this.temporary : null, this.#previous ?? null];
    this.#published = null;
    this.#previous = undefined;
    for (const name of remains) if (name !== null) await persistently(() => rm(name, { force: true }));
  }

  /** Takes everything back: what stood at the target stands there again, and of the transfer nothing is left. */
  async revert(): Promise<void> {
    if ((await this.withdraw()) === this.temporary) await persistently(() => rm(this.temporary, { force: true }));
  }

  /**
   * Takes the publication back, but not what was written: gives the name it has now. That is the target's own only where what
   * stood there before could not be kept.
   */
  async withdraw(): Promise<string> {
    const [published, previous] = [this.#published, this.#previous];
    if (published === 'renamed' && previous === null) return this.path;
    if (published === 'linked') await persistently(() => rm(this.path, { force: true }));
    if (published === 'renamed') await persistently(() => rename(this.path, this.temporary));
    this.#published = null;
    if (typeof previous === 'string') {
      // Where nothing was published, both names are still the one file.
      await persistently(() => (published === null ? rm(previous, { force: true }) : rename(previous, this.path)));
    }
    this.#previous = undefined;
    return this.temporary;
  }

  /** link fails where the name is taken, so nothing that appears meanwhile is ever replaced. */
  async #publishExclusively(): Promise<void> {
    try {
      await link(this.temporary, this.path);
      this.#published = 'linked';
    } catch (error) {
      const code = errorCode(error) ?? '';
      if (code === 'EEXIST') throw existsError(this.given);
      if (!withoutLinks.has(code)) throw error;
      await this.#claimAndRename();
    }
  }

  /** On a file system without links the name is claimed by making an empty file, which only we then replace. */
  async #claimAndRename(): Promise<void> {
    try {
      await (await open(this.path, 'wx')).close();
    } catch (error) {
      throw errorCode(error) === 'EEXIST' ? existsError(this.given) : error;
    }
    try {
      await persistently(() => rename(this.temporary, this.path));
    } catch (error) {
      await rm(this.path, { force: true });
      throw error;
    }
    this.#published = 'renamed';
  }

  async #keepPrevious(): Promise<void> {
    const previous = this.#besides('sqlvdi-previous');
    try {
      await link(this.path, previous);
      this.#previous = previous;
    } catch (error) {
      const code = errorCode(error) ?? '';
      if (code === 'ENOENT') return;
      if (!withoutLinks.has(code)) throw error;
      this.#previous = null;
    }
  }

  /** Whoever could not read what stood there must not be able to read what replaces it. */
  async #keepMode(): Promise<void> {
    if (process.platform === 'win32' || this.#previous === undefined) return;
    const { mode } = await stat(this.path);
    await chmod(this.temporary, mode & permissionBits);
  }

  #besides(extension: string): string {
    // Short whatever the target's name is, so that it is no longer than a file system allows.
    const stem = basename(this.path).slice(0, 24);
    return join(dirname(this.path), `.${stem}.${randomBytes(6).toString('hex')}.${extension}`);
  }
}

const permissionBits = 0o777;

/** What file systems that know no hard links answer. */
const withoutLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
  'EISDIR',
  'UNKNOWN',
]);

function existsError(path: string): FileError {
  return new FileError(
    'EEXIST',
    path,
    `'${path}' exists; choose another name, or have it replaced: overwrite, on the command line --force`,
  );
}

/** On Windows a virus scanner or indexer may hold a fresh file for a moment. */
async function persistently(attempt: () => Promise<void>): Promise<void> {
  for (const delay of process.platform === 'win32' ? [20, 100, 400, 1000] : []) {
    try {
      return await attempt();
    } catch (error) {
      if (!heldForAMoment.has(errorCode(error) ?? '')) throw error;
    }
    await sleep(delay);
  }
  return attempt();
}

const heldForAMoment: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
