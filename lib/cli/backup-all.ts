// Every database of a server into a folder, a few at a time, with one summary.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackupOptions, type BackupResult, backup, type Database, databases, EmbeddedServer } from '../index.ts';
import { formatBytes } from './format.ts';
import type { Output } from './output.ts';
import { describeError, errorDocument, UsageError } from './report.ts';
import type { CommandServer } from './server.ts';
import { CancelledError, cancellable } from './signals.ts';
import { speedOf } from './transfer.ts';

type Type = NonNullable<BackupOptions['type']>;

export interface BackupAll {
  readonly server: CommandServer;
  readonly folder: string;
  /** How many at once. */
  readonly jobs: number;
  readonly type: Type;
  readonly backup: Pick<BackupOptions, 'with' | 'sha256' | 'overwrite'>;
}

/** What came of one database. */
type Outcome =
  | { readonly name: string; readonly status: 'done'; readonly file: string; readonly result: BackupResult }
  | { readonly name: string; readonly status: 'skipped'; readonly reason: string }
  | { readonly name: string; readonly status: 'failed'; readonly error: unknown }
  /** It was under way, or not begun. */
  | { readonly name: string; readonly status: 'cancelled' };

/** At least one database could not be backed up. */
export class SomeFailedError extends Error {
  override readonly name = 'SomeFailedError';
  /** Every database with what came of it, for --json. */
  readonly databases: readonly object[];

  constructor(outcomes: readonly Outcome[]) {
    const failed = outcomes.filter(({ status }) => status === 'failed').map(({ name }) => name);
    super(`${failed.length} of ${outcomes.length} databases could not be backed up: ${failed.join(', ')}`);
    this.databases = outcomes.map(documentOf);
  }
}

/**
 * Rejects with a SomeFailedError where one failed; the others are done all the same. Cancelled, nothing more is begun, and what came
 * of each is said all the same.
 */
export async function backupAll(output: Output, all: BackupAll): Promise<void> {
  const there = await stat(all.folder).catch(() => null);
  if (there === null || !there.isDirectory()) throw new UsageError(`--to '${all.folder}' is no folder`);
  const outcomes: Outcome[] = [];
  try {
    await cancellable(output, (signal) => withOneServer(all, (one) => run(output, one, signal, outcomes)));
  } catch (error) {
    if (!(error instanceof CancelledError) || outcomes.length === 0) throw error;
    summarize(output, outcomes);
    throw Object.assign(error, { databases: outcomes.map(documentOf) });
  }
  summarize(output, outcomes);
  if (outcomes.some(({ status }) => status === 'failed')) throw new SomeFailedError(outcomes);
  output.document({ operation: 'backup', folder: all.folder, databases: outcomes.map(documentOf) });
}

/** Only one stand-in server works on a folder: it is started once for all databases. */
async function withOneServer<T>(all: BackupAll, work: (all: BackupAll) => Promise<T>): Promise<T> {
  const { embedded, instance, ...others } = all.server;
  if (typeof embedded !== 'string') return work(all);
  await using server = await EmbeddedServer.start({ folder: embedded, instance });
  return await work({ ...all, server: { ...others, embedded: server } });
}

/** Puts into `outcomes` what came of each database, also where it rejects. */
async function run(output: Output, all: BackupAll, signal: AbortSignal, outcomes: Outcome[]): Promise<void> {
  const found = await databases({ ...all.server, signal });
  const list = found.filter(({ name }) => name !== 'tempdb');
  outcomes.push(...list.map(({ name }) => ({ name, status: 'cancelled' as const })));
  const names = new Set<string>();
  let next = 0;
  const worker = async () => {
    for (let database = list[next++]; database !== undefined; database = list[next++]) {
      const at = next - 1;
      const outcome = await backupOne(all, database, names, signal);
      outcomes[at] = outcome;
      signal.throwIfAborted();
      for (const line of linesOf(outcome)) output.note(line);
    }
  };
  // All of them, so that nothing runs on where one was cancelled.
  const workers = await Promise.allSettled(Array.from({ length: Math.min(all.jobs, list.length) }, worker));
  for (const one of workers) if (one.status === 'rejected') throw one.reason;
}

/** `names`: the files begun so far. Most file systems take two that differ in case alone for one, and --force would replace it. */
async function backupOne(
  all: BackupAll,
  database: Database,
  names: Set<string>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { name } = database;
  const reason = reasonToSkip(database, all.type);
  if (reason !== null) return { name, status: 'skipped', reason };
  const file = join(all.folder, fileName(name, all.type));
  try {
    if (names.has(file.toLowerCase())) {
      throw new Error(`'${file}' differs in case alone from another database's file: back it up by itself`);
    }
    names.add(file.toLowerCase());
    const options = { ...all.server, ...all.backup, database: name, type: all.type, to: file, signal };
    return { name, status: 'done', file, result: await backup(options) };
  } catch (error) {
    return error === signal.reason ? { name, status: 'cancelled' } : { name, status: 'failed', error };
  }
}

/** What SQL Server could only refuse. */
function reasonToSkip({ name, state, recoveryModel, sourceId, standby }: Database, type: Type): string | null {
  if (sourceId !== null) return 'it is a snapshot of another database';
  if (state !== 'ONLINE') return `it is ${state?.toLowerCase().replaceAll('_', ' ') ?? 'not online'}`;
  if (standby === true) return 'it is in standby, between two restores';
  if (type !== 'full' && name === 'master') return 'of master there are full backups only';
  if (type === 'log' && recoveryModel === 'SIMPLE') return 'its recovery model is SIMPLE';
  return null;
}

const extensions: Readonly<Record<Type, string>> = { full: 'bak', differential: 'dif', log: 'trn' };

/** The database's name, with what no file name may have percent-encoded, so that no two become one. */
export function fileName(database: string, type: Type): string {
  const encode = (character: string) =>
    `%${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0').toUpperCase()}`;
  const safe = database
    .replace(/[<>:"/\\|?*%\p{Cc}]|^[.-]|[. ]$/gu, encode)
    .replace(/^(con|prn|aux|nul|com\d|lpt\d)(?=$|\.)/i, (word) => encode(word) + word.slice(1));
  return `${safe}.${extensions[type]}`;
}

/** Of a failure everything that the command for one database would say. */
function linesOf(outcome: Outcome): string[] {
  const { name, status } = outcome;
  if (status === 'done') return [`Backed up ${name}: ${speedOf(outcome.result)}`];
  if (status === 'skipped') return [`Skipped ${name}: ${outcome.reason}`];
  if (status === 'cancelled') return [`Cancelled ${name}`];
  const [first = '', ...others] = describeError(outcome.error);
  return [`Failed ${name}: ${first.replace(/^sqlvdi: /, '')}`, ...others];
}

function summarize(output: Output, outcomes: readonly Outcome[]): void {
  const count = (status: Outcome['status']) => outcomes.filter((outcome) => outcome.status === status).length;
  const bytes = outcomes.reduce((sum, one) => sum + (one.status === 'done' ? one.result.bytes : 0), 0);
  const cancelled = count('cancelled') === 0 ? '' : `, ${count('cancelled')} cancelled`;
  output.line(
    `${count('done')} backed up (${formatBytes(bytes)}), ${count('skipped')} skipped, ${count('failed')} failed${cancelled}`,
  );
  for (const outcome of outcomes) {
    if (outcome.status !== 'done') for (const line of linesOf(outcome)) output.line(`  ${line}`);
  }
}

function documentOf(outcome: Outcome): object {
  if (outcome.status === 'skipped' || outcome.status === 'cancelled') return outcome;
  if (outcome.status === 'failed') return { ...outcome, error: errorDocument(outcome.error) };
  const { name, status, file, result } = outcome;
  return { name, status, file, bytes: result.bytes, elapsedMs: result.elapsedMs, stripes: result.stripes };
}
