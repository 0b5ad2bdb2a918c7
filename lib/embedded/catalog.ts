// The server's folder: a folder per database with its record and files. A statement's outcome is in the record or nowhere.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../common/folder.ts';
import { errorCode } from '../common/thrown.ts';
import { writeDurably } from './durable.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import type { Range } from './ranges.ts';
import { type DatabaseRecord, decodeRecord, encodeRecord, pageSize } from './record.ts';

const pagesPerCopy = 128;
const databasesFolder = 'databases';
const recordFile = 'database.json';
const ownFolder = /-[0-9a-f]{16}$/;
const ownFile = /^(?:pages|overlay|kept)-[0-9a-f-]{36}(?:-\d+)?$/;

/** What a database's name is looked up by: as with SQL Server's default collation, case does not matter. */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

/** A folder name that any file system takes: the name's harmless characters, for people, and a hash, for certainty. */
export function folderNameOf(name: string): string {
  const key = keyOf(name);
  const readable = key.replace(/[^a-z0-9]+/g, '_').slice(0, 40);
  return `${readable}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

export class Catalog {
  readonly folder: string;
  private readonly lock: FolderLock;
  private readonly records = new Map<string, DatabaseRecord>();

  private constructor(folder: string, lock: FolderLock) {
    this.folder = folder;
    this.lock = lock;
  }

  /** Creates the folder where it is missing. Removes what an interrupted statement left and finishes what it had committed. */
  static async open(folder: string): Promise<Catalog> {
    await mkdir(join(folder, databasesFolder), { recursive: true });
    const catalog = new Catalog(folder, await lockFolder(folder));
    try {
      await catalog.load();
    } catch (error) {
      await catalog.close();
      throw error;
    }
    return catalog;
  }

  get(name: string): DatabaseRecord | undefined {
    return this.records.get(keyOf(name));
  }

  list(): DatabaseRecord[] {
    return [...this.records.values()].sort((a, b) => (keyOf(a.name) < keyOf(b.name) ? -1 : 1));
  }

  pathOf(name: string, file: string): string {
    return join(this.folder, databasesFolder, folderNameOf(name), file);
  }

  /** A new file's name; the file is removed again unless a saved record names it. */
  async newFile(name: string, kind: 'pages' | 'overlay' | 'kept'): Promise<string> {
    await mkdir(this.pathOf(name, ''), { recursive: true });
    return `${kind}-${randomUUID()}`;
  }

  /** Makes this the database's state, durably, and removes the files the state no longer names. */
  async save(record: DatabaseRecord): Promise<void> {
    const before = this.get(record.name);
    const path = this.pathOf(record.name, '');
    await mkdir(path, { recursive: true });
    await writeDurably(join(path, recordFile), encodeRecord(record));
    if (before === undefined) await syncFolder(join(this.folder, databasesFolder));
    this.records.set(keyOf(record.name), record);
    if (record.redo !== null) await this.redo(record);
    else if (before === undefined || filesOf(before).length > 0) await this.sweep(record.name);
  }

  /** Removes files of the database that no record names: after a statement that failed. */
  async sweep(name: string): Promise<void> {
    const record = this.get(name);
    const path = this.pathOf(name, '');
    if (record === undefined) {
      await rm(path, { recursive: true, force: true });
      return;
    }
    const wanted = new Set(filesOf(record));
    for (const file of await readdir(path)) {
      if (ownFile.test(file) && !wanted.has(file)) await rm(join(path, file), { force: true });
    }
  }

  async close(): Promise<void> {
    await this.lock.release();
  }

  private async load(): Promise<void> {
    const root = join(this.folder, databasesFolder);
    for (const entry of await readdir(root)) {
      if (!ownFolder.test(entry)) continue;
      const path = join(root, entry, recordFile);
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
        // A restore that never got as far as being a database.
        await rm(join(root, entry), { recursive: true, force: true });
        continue;
      }
      const record = decode(text, path);
      this.records.set(keyOf(record.name), record);
      if (record.redo !== null) await this.redo(record);
      else await this.sweep(record.name);
    }
  }

  /** Copies the restored pages into the data file. May be done twice: that is what makes it safe against interruption. */
  private async redo(record: DatabaseRecord): Promise<void> {
    if (record.redo === null || record.content.kind !== 'pages') return;
    await copyPages(
      this.pathOf(record.name, record.redo.file),
      this.pathOf(record.name, record.content.file),
      record.redo.ranges,
    );
    await this.save({ ...record, redo: null });
  }
}

/** From one file to the same places in the other, durably. */
async function copyPages(source: string, target: string, ranges: readonly Range[]): Promise<void> {
  await using from = await open(source, 'r');
  await using into = await open(target, 'r+');
  for (const { first, count } of ranges) {
    for (let page = first; page < first + count; page += pagesPerCopy) {
      const size = Math.min(pagesPerCopy, first + count - page) * pageSize;
      const { bytesRead, buffer } = await from.read(Buffer.alloc(size), 0, size, page * pageSize);
      await into.write(buffer, 0, bytesRead, page * pageSize);
    }
  }
  await into.sync();
}

function filesOf(record: DatabaseRecord): string[] {
  const files = record.redo === null ? [] : [record.redo.file];
  if (record.content.kind === 'pages') files.push(record.content.file);
  if (record.content.kind === 'kept') for (const set of Object.values(record.content.sets)) files.push(...set.files);
  return files;
}

function decode(text: string, path: string): DatabaseRecord {
  try {
    return decodeRecord(text);
  } catch (error) {
    throw new Error(`${path} cannot be used. Delete the folder it is in to give that database up.`, { cause: error });
  }
}
