// Which backups a database takes at which point of a restore sequence.
import { describe, expect, it } from 'vitest';
import { checkRestore } from '../../lib/embedded/chain.ts';
import { type BackupHeader, decodeHeader, encodeHeader } from '../../lib/embedded/header.ts';
import { StatementFailure } from '../../lib/embedded/messages.ts';
import type { DatabaseRecord, History } from '../../lib/embedded/record.ts';

const history: History = {
  familyId: 'family',
  forks: [{ id: 'fork', lsn: 1 }],
  lsn: 50,
  logStart: 50,
  base: { id: 'full', lsn: 50 },
  changes: [],
  nextEpoch: 1,
  seed: 1,
  compressible: false,
};
const restoring: DatabaseRecord = {
  name: 'x',
  state: 'restoring',
  created: '',
  content: { kind: 'pages', pageCount: 8, file: 'f' },
  history,
  data: { logical: 'x', physical: '' },
  log: { logical: 'x_log', physical: '' },
  redo: null,
};
const online: DatabaseRecord = { ...restoring, state: 'online' };
const header: BackupHeader = {
  id: 'full',
  type: 'full',
  database: 'x',
  databaseCreated: '2024-01-01T00:00:00.000Z',
  name: null,
  description: null,
  started: '2024-01-01T00:00:00.000Z',
  server: 's',
  copyOnly: false,
  compressed: false,
  checksum: false,
  pageCount: 8,
  ranges: null,
  firstLsn: 50,
  lastLsn: 50,
  familyId: 'family',
  forks: history.forks,
  base: null,
  logChain: true,
  nextEpoch: 1,
  seed: 1,
  compressible: false,
  data: { logical: 'x', physical: '' },
  log: { logical: 'x_log', physical: '' },
  filesOnly: false,
  expires: null,
  mediaName: null,
  mediaDescription: null,
};
const differential: BackupHeader = {
  ...header,
  id: 'd',
  type: 'differential',
  base: { id: 'full', lsn: 50 },
  firstLsn: 60,
  lastLsn: 60,
  ranges: [{ first: 1, count: 1 }],
};
const log: BackupHeader = { ...header, id: 'l', type: 'log', firstLsn: 50, lastLsn: 70, ranges: [] };

function outcome(
  what: 'database' | 'log',
  existing: DatabaseRecord | undefined,
  of: BackupHeader,
  replace = false,
): number {
  try {
    checkRestore({ what, database: 'x', device: 'd', replace }, existing, of);
    return 0;
  } catch (error) {
    if (error instanceof StatementFailure) return error.drafts[0]?.number ?? -1;
    throw error;
  }
}

describe('a full backup', () => {
  it.each<[string, DatabaseRecord | undefined, boolean, number]>([
    ['makes a new database', undefined, false, 0],
    ['goes over its own database', online, false, 0],
    ['goes over one with unsaved log only with REPLACE', dirty(online), false, 3159],
    ['goes over one with unsaved log with REPLACE', dirty(online), true, 0],
    ['does not go over another database', strange(online), false, 3154],
    ['goes over another database with REPLACE', strange(online), true, 0],
    ['does not go over another restoring database', strange(restoring), false, 3154],
    ['does not go over kept streams', kept(online), false, 3154],
    ['goes over a restoring database', dirty(restoring), false, 0],
  ])('%s', (_, existing, replace, number) => {
    expect(outcome('database', existing, header, replace)).toBe(number);
  });

  it('is not for RESTORE LOG', () => expect(outcome('log', restoring, header)).toBe(3135));
});

describe('a differential', () => {
  it.each<[string, DatabaseRecord | undefined, BackupHeader, number]>([
    ['goes onto its base', restoring, differential, 0],
    ['needs a database', undefined, differential, 3118],
    ['needs a restoring database', online, differential, 3117],
    ['needs its own base', restoring, { ...differential, base: { id: 'other', lsn: 50 } }, 3136],
    ['does not go back in time', at(restoring, 61), differential, 3136],
    ['does not go onto kept streams', kept(restoring), differential, 3136],
    ['needs its own recovery path', restoring, { ...differential, forks: [{ id: 'other', lsn: 1 }] }, 4330],
  ])('%s', (_, existing, of, number) => {
    expect(outcome('database', existing, of)).toBe(number);
  });
});

describe('a log backup', () => {
  const forked = { ...log, forks: [...history.forks, { id: 'later', lsn: 40 }] };
  it.each<[string, DatabaseRecord | undefined, BackupHeader, number]>([
    ['goes where it begins', restoring, log, 0],
    ['goes where it began earlier', at(restoring, 60), log, 0],
    ['goes where it ends', at(restoring, 70), log, 0],
    ['is too recent', at(restoring, 49), log, 4305],
    ['is too early', at(restoring, 71), log, 4326],
    ['needs a database', undefined, log, 3118],
    ['needs a restoring database', online, log, 3117],
    ['needs its own database', strange(restoring), log, 4330],
    ['does not go onto kept streams', kept(restoring), log, 4330],
    ['of a fork that left earlier', restoring, forked, 4330],
    ['of a fork that leaves later', restoring, { ...log, forks: [...history.forks, { id: 'later', lsn: 50 }] }, 0],
  ])('%s', (_, existing, of, number) => {
    expect(outcome('log', existing, of)).toBe(number);
  });

  it('is not for RESTORE DATABASE', () => expect(outcome('database', restoring, log)).toBe(3135));
});

describe('the header', () => {
  it('survives being written and read', () => {
    for (const one of [header, differential, log]) expect(decodeHeader(encodeHeader(one))).toEqual(one);
  });

  it.each(['', '{}', 'null', '[]', JSON.stringify({ ...header, version: 2 }), JSON.stringify({ version: 1, id: 5 })])(
    'is refused: %s',
    (text) => {
      expect(decodeHeader(text)).toBeNull();
    },
  );
});

function dirty(of: DatabaseRecord): DatabaseRecord {
  return { ...of, history: { ...of.history, lsn: 60, changes: [{ first: 1, count: 1, epoch: 1, lsn: 60 }] } };
}

function strange(of: DatabaseRecord): DatabaseRecord {
  return { ...of, history: { ...of.history, familyId: 'other' } };
}

function kept(of: DatabaseRecord): DatabaseRecord {
  return { ...of, content: { kind: 'kept', sets: {} } };
}

function at(of: DatabaseRecord, lsn: number): DatabaseRecord {
  return { ...of, history: { ...of.history, lsn } };
}
