// What the catalog keeps of a database, as written to its database.json.
import { randomUUID } from 'node:crypto';
import { asString, Fields } from './json.ts';
import type { Change, Range } from './ranges.ts';

export const pageSize = 8192;

/** Streams of a real SQL Server, kept as they are: one file per device, in the devices' order. */
export interface KeptSet {
  readonly format: 'tape' | 'compressed';
  readonly files: readonly string[];
}

export const keptRoles = ['full', 'differential', 'log'] as const;
export type KeptRole = (typeof keptRoles)[number];

export type DatabaseContent =
  /** Made on the fly. */
  | { readonly kind: 'generated'; readonly pageCount: number }
  /** A data file. */
  | { readonly kind: 'pages'; readonly pageCount: number; readonly file: string }
  | { readonly kind: 'kept'; readonly sets: Readonly<Partial<Record<KeptRole, KeptSet>>> };

/** A branch of a database's history; each recovery after a restore begins a new one. */
export interface Fork {
  readonly id: string;
  readonly lsn: number;
}

/** The position in the recovery sequence. Kept streams have one too, which says nothing. */
export interface History {
  /** The same for a database and all that was restored from its backups. */
  readonly familyId: string;
  /** The recovery forks that led here, oldest first; never empty. */
  readonly forks: readonly Fork[];
  /** The end of the log. */
  readonly lsn: number;
  /** Where the next log backup begins; null: no full backup yet, so no log chain. */
  readonly logStart: number | null;
  /** The full backup that a differential is based on. */
  readonly base: Fork | null;
  /** Every change since the database was made or restored. */
  readonly changes: readonly Change[];
  readonly nextEpoch: number;
  readonly seed: number;
  readonly compressible: boolean;
}

export interface DataFile {
  readonly logical: string;
  readonly physical: string;
}

export interface DatabaseRecord {
  readonly name: string;
  readonly state: 'online' | 'restoring';
  readonly created: string;
  readonly content: DatabaseContent;
  readonly history: History;
  readonly data: DataFile;
  readonly log: DataFile;
  /** Pages restored by a differential or log backup that still have to go from this file into the data file. */
  readonly redo: { readonly file: string; readonly ranges: readonly Range[] } | null;
}

/** Of a database that nothing has happened to. */
export function emptyHistory(seed: number, compressible: boolean): History {
  return {
    familyId: randomUUID(),
    forks: [{ id: randomUUID(), lsn: 1 }],
    lsn: 1,
    logStart: null,
    base: null,
    changes: [],
    nextEpoch: 1,
    seed,
    compressible,
  };
}

/** What CREATE DATABASE calls the files of a database. */
export function usualFiles(name: string): Pick<DatabaseRecord, 'data' | 'log'> {
  return {
    data: { logical: name, physical: `${name}.mdf` },
    log: { logical: `${name}_log`, physical: `${name}_log.ldf` },
  };
}

const version = 1;

export function encodeRecord(record: DatabaseRecord): string {
  return `${JSON.stringify({ version, ...record }, null, 1)}\n`;
}

/** Throws an Error that says what is wrong. */
export function decodeRecord(text: string): DatabaseRecord {
  const fields = Fields.parse(text);
  if (fields.integer('version') !== version) throw new TypeError('it was written by another version');
  return {
    name: fields.string('name'),
    state: fields.oneOf('state', ['online', 'restoring']),
    created: fields.string('created'),
    content: readContent(fields.object('content')),
    history: readHistory(fields.object('history')),
    data: readFile(fields.object('data')),
    log: readFile(fields.object('log')),
    redo: fields.isNull('redo') ? null : readRedo(fields.object('redo')),
  };
}

function readContent(fields: Fields): DatabaseContent {
  const kind = fields.oneOf('kind', ['generated', 'pages', 'kept']);
  if (kind === 'generated') return { kind, pageCount: fields.integer('pageCount') };
  if (kind === 'pages') return { kind, pageCount: fields.integer('pageCount'), file: fields.string('file') };
  const stored = fields.object('sets');
  const sets: Partial<Record<KeptRole, KeptSet>> = {};
  for (const role of keptRoles) {
    if (stored.get(role) === undefined) continue;
    const set = stored.object(role);
    sets[role] = { format: set.oneOf('format', ['tape', 'compressed']), files: set.list('files', asString) };
  }
  return { kind, sets };
}

function readHistory(fields: Fields): History {
  return {
    familyId: fields.string('familyId'),
    forks: fields.list('forks', readFork),
    lsn: fields.integer('lsn'),
    logStart: fields.integerOrNull('logStart'),
    base: fields.isNull('base') ? null : readFork(fields.get('base')),
    changes: fields.list('changes', (item) => {
      const change = new Fields(item);
      return { ...readRange(item), epoch: change.integer('epoch'), lsn: change.integer('lsn') };
    }),
    nextEpoch: fields.integer('nextEpoch'),
    seed: fields.integer('seed'),
    compressible: fields.boolean('compressible'),
  };
}

function readRedo(fields: Fields): DatabaseRecord['redo'] {
  return { file: fields.string('file'), ranges: fields.list('ranges', readRange) };
}

export function readFork(item: unknown): Fork {
  const fields = new Fields(item);
  return { id: fields.string('id'), lsn: fields.integer('lsn') };
}

export function readRange(item: unknown): Range {
  const fields = new Fields(item);
  return { first: fields.integer('first'), count: fields.integer('count') };
}

export function readFile(fields: Fields): DataFile {
  return { logical: fields.string('logical'), physical: fields.string('physical') };
}
