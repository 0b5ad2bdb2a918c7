// BACKUP DATABASE and BACKUP LOG: what goes into the backup, and what the database's history is after it.
import { randomUUID } from 'node:crypto';
import type { BackupContent, EngineResult } from '../vdi/native.ts';
import { keyOf } from './catalog.ts';
import type { BatchContext } from './context.ts';
import { engineOptions, virtualDevices } from './devices.ts';
import type { Environment } from './environment.ts';
import type { StatementFaults } from './faults.ts';
import { type BackupHeader, type BackupType, encodeHeader, mostRanges } from './header.ts';
import { neverAttach, runJob } from './job.ts';
import { fail } from './messages.ts';
import { type Range, union } from './ranges.ts';
import { type DatabaseRecord, type DataFile, type History, type KeptRole, type KeptSet, pageSize } from './record.ts';
import type { BackupStatement, FileClause } from './tsql/ast.ts';

const millisecondsPerDay = 86_400_000;

export async function runBackup(
  environment: Environment,
  statement: BackupStatement,
  record: DatabaseRecord,
  faults: StatementFaults,
  context: BatchContext,
): Promise<void> {
  const devices = virtualDevices(statement.devices);
  const options = engineOptions(devices, statement, environment.instance, faults.engine);
  if (record.state === 'restoring') fail(927, [record.name], 2);
  for (const { name } of strangeFiles(statement.files, record)) fail(3235, [name, record.name]);
  const plan = planOf(environment, statement, record, devices.length);
  if (faults.neverAttach) await neverAttach(context);

  const started = performance.now();
  const job = environment.engine.startBackup({ ...options, ...plan.source, compression: statement.compression });
  const nothing = async (): Promise<boolean> => true;
  const { result } = await runJob(job, context, { devices, stats: statement.stats, afterHeaders: nothing });
  const next = statement.copyOnly ? record.history : plan.history;
  const state = statement.noRecovery ? 'restoring' : record.state;
  if (next !== record.history || state !== record.state) {
    await environment.catalog.save({ ...record, history: next, state });
  }
  const file = statement.what === 'log' ? record.log.logical : record.data.logical;
  const pages = pagesOf(result);
  context.inform(4035, [pages, record.name, file, 1]);
  reportSuccess(context, `BACKUP ${statement.what.toUpperCase()}`, pages, performance.now() - started, result);
}

interface BackupPlan {
  readonly source: {
    readonly content: BackupContent;
    readonly ranges: readonly Range[] | null;
    readonly header: string;
  };
  /** The database's history once the backup has succeeded. */
  readonly history: History;
}

function planOf(
  environment: Environment,
  statement: BackupStatement,
  record: DatabaseRecord,
  devices: number,
): BackupPlan {
  const { content, history } = record;
  const type: BackupType = statement.what === 'log' ? 'log' : statement.differential ? 'differential' : 'full';
  if (content.kind === 'kept') {
    const set = keptSetFor(type, record);
    if (set.files.length !== devices) fail(3132, [set.files.length, devices]);
    const paths = set.files.map((file) => environment.catalog.pathOf(record.name, file));
    return { source: { content: { kind: 'raw', paths }, ranges: null, header: '' }, history };
  }

  const id = randomUUID();
  const { since, after } = positionOf(type, id, record);
  const ranges =
    since === null
      ? null
      : union(
          history.changes.filter(({ lsn }) => lsn > since),
          mostRanges,
        );
  const header: BackupHeader = {
    id,
    type,
    database: record.name,
    databaseCreated: record.created,
    name: statement.name,
    description: statement.description,
    started: new Date().toISOString(),
    server: environment.server,
    copyOnly: statement.copyOnly,
    compressed: statement.compression,
    checksum: statement.checksum,
    pageCount: content.pageCount,
    ranges,
    firstLsn: type === 'log' ? (history.logStart ?? 0) : history.lsn,
    lastLsn: history.lsn,
    familyId: history.familyId,
    forks: history.forks,
    base: history.base,
    logChain: history.logStart !== null || (type === 'full' && !statement.copyOnly),
    nextEpoch: history.nextEpoch,
    seed: history.seed,
    compressible: history.compressible,
    data: record.data,
    log: record.log,
    filesOnly: statement.files.length > 0,
    expires: expiryOf(statement)?.toISOString() ?? null,
    mediaName: statement.mediaName,
    mediaDescription: statement.mediaDescription,
  };
  const source: BackupContent =
    content.kind === 'pages'
      ? { kind: 'pages', path: environment.catalog.pathOf(record.name, content.file), pageCount: content.pageCount }
      : {
          kind: 'generated',
          seed: history.seed,
          compressible: history.compressible,
          pageCount: content.pageCount,
          changes: history.changes.map(({ first, count, epoch }) => ({ first, count, epoch })),
        };
  return { source: { content: source, ranges, header: encodeHeader(header) }, history: after };
}

/** Those of the clauses that name no file of the database: it has one data file, in one filegroup. */
export function strangeFiles(
  clauses: readonly FileClause[],
  { data }: { readonly data: DataFile },
): readonly FileClause[] {
  return clauses.filter(({ kind, name }) => keyOf(name) !== keyOf(kind === 'file' ? data.logical : 'PRIMARY'));
}

function expiryOf({ expires, retainDays }: BackupStatement): Date | null {
  return retainDays === null ? expires : new Date(Date.now() + retainDays * millisecondsPerDay);
}

/** Since when changes are backed up (null: everything), and the history afterwards. Throws 3035 or 4214. */
function positionOf(type: BackupType, id: string, record: DatabaseRecord): { since: number | null; after: History } {
  const { history } = record;
  if (type === 'full') {
    const after = { ...history, base: { id, lsn: history.lsn }, logStart: history.logStart ?? history.lsn };
    return { since: null, after };
  }
  if (type === 'differential') {
    if (history.base === null) fail(3035, [record.name]);
    return { since: history.base.lsn, after: history };
  }
  if (history.logStart === null) fail(4214);
  return { since: history.logStart, after: { ...history, logStart: history.lsn } };
}

/** A full backup of a kept database is its full set or, where there is none, the only one there is. */
function keptSetFor(type: KeptRole, record: DatabaseRecord): KeptSet {
  const sets = record.content.kind === 'kept' ? record.content.sets : {};
  const all = Object.values(sets);
  const found = sets[type] ?? (type === 'full' && all.length === 1 ? all[0] : undefined);
  if (found !== undefined) return found;
  return type === 'log' ? fail(4214) : fail(3035, [record.name]);
}

/** Kept streams have no pages that could be counted: their bytes stand for them. */
export function pagesOf(result: EngineResult): number {
  if (result.pages > 0) return result.pages;
  return Math.floor(result.bytesPerDevice.reduce((sum, bytes) => sum + bytes, 0) / pageSize);
}

/** Message 3014, with the time and rate as SQL Server gives them. */
export function reportSuccess(
  context: BatchContext,
  operation: string,
  pages: number,
  elapsedMs: number,
  result: EngineResult | null,
): void {
  const bytes = result?.bytesPerDevice.reduce((sum, one) => sum + one, 0) ?? 0;
  const milliseconds = Math.max(1, Math.round(elapsedMs));
  const rate = Math.round((bytes / 2 ** 20 / (milliseconds / 1000)) * 1000);
  context.inform(3014, [
    operation,
    pages,
    Math.floor(milliseconds / 1000),
    milliseconds % 1000,
    Math.floor(rate / 1000),
    rate % 1000,
  ]);
}
