// What a backup in the stand-in's own media format says about itself: the JSON in every stripe's header.
import { Fields } from './json.ts';
import type { Range } from './ranges.ts';
import { type DataFile, type Fork, readFile, readFork, readRange } from './record.ts';

export type BackupType = 'full' | 'differential' | 'log';

export interface BackupHeader {
  readonly id: string;
  readonly type: BackupType;
  readonly database: string;
  readonly databaseCreated: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly started: string;
  readonly server: string;
  readonly copyOnly: boolean;
  readonly compressed: boolean;
  readonly checksum: boolean;
  readonly pageCount: number;
  /** The pages that are in the backup; null: all. */
  readonly ranges: readonly Range[] | null;
  readonly firstLsn: number;
  readonly lastLsn: number;
  readonly familyId: string;
  readonly forks: readonly Fork[];
  /** Differential: the full backup it is based on. */
  readonly base: Fork | null;
  /** Whether a log chain exists, which a restored database can go on with. */
  readonly logChain: boolean;
  readonly nextEpoch: number;
  readonly seed: number;
  readonly compressible: boolean;
  readonly data: DataFile;
  readonly log: DataFile;
  /** A backup of named files or filegroups. */
  readonly filesOnly: boolean;
  readonly expires: string | null;
  readonly mediaName: string | null;
  readonly mediaDescription: string | null;
}

const version = 1;

/** So many ranges fit a stripe's header. */
export const mostRanges = 2000;

export function encodeHeader(header: BackupHeader): string {
  return JSON.stringify({
    version,
    ...header,
    ranges: header.ranges?.map(({ first, count }) => [first, count]) ?? null,
  });
}

/** null: not a header this version understands. */
export function decodeHeader(text: string): BackupHeader | null {
  try {
    const fields = Fields.parse(text);
    if (fields.integer('version') !== version) return null;
    return read(fields);
  } catch {
    return null;
  }
}

function read(fields: Fields): BackupHeader {
  const forks = fields.list('forks', readFork);
  if (forks.length === 0) throw new TypeError('no recovery fork');
  return {
    id: fields.string('id'),
    type: fields.oneOf('type', ['full', 'differential', 'log']),
    database: fields.string('database'),
    databaseCreated: fields.string('databaseCreated'),
    name: fields.stringOrNull('name'),
    description: fields.stringOrNull('description'),
    started: fields.string('started'),
    server: fields.string('server'),
    copyOnly: fields.boolean('copyOnly'),
    compressed: fields.boolean('compressed'),
    checksum: fields.boolean('checksum'),
    pageCount: fields.integer('pageCount'),
    ranges: fields.isNull('ranges') ? null : fields.list('ranges', readPair),
    firstLsn: fields.integer('firstLsn'),
    lastLsn: fields.integer('lastLsn'),
    familyId: fields.string('familyId'),
    forks,
    base: fields.isNull('base') ? null : readFork(fields.get('base')),
    logChain: fields.boolean('logChain'),
    nextEpoch: fields.integer('nextEpoch'),
    seed: fields.integer('seed'),
    compressible: fields.boolean('compressible'),
    data: readFile(fields.object('data')),
    log: readFile(fields.object('log')),
    // Earlier headers do not have these.
    filesOnly: fields.get('filesOnly') === true,
    expires: textIn(fields, 'expires'),
    mediaName: textIn(fields, 'mediaName'),
    mediaDescription: textIn(fields, 'mediaDescription'),
  };
}

function textIn(fields: Fields, key: string): string | null {
  return fields.get(key) === undefined ? null : fields.stringOrNull(key);
}

function readPair(item: unknown): Range {
  return Array.isArray(item) ? readRange({ first: item[0], count: item[1] }) : readRange(item);
}
