// RESTORE DATABASE and RESTORE LOG: where the pages or streams go, and what the database is once they are there.
import { randomUUID } from 'node:crypto';
import type { RestoreTarget } from '../vdi/native.ts';
import { pagesOf, reportSuccess, strangeFiles } from './backup-statement.ts';
import { checkRestore } from './chain.ts';
import type { BatchContext } from './context.ts';
import { engineOptions, virtualDevices } from './devices.ts';
import type { Environment } from './environment.ts';
import type { StatementFaults } from './faults.ts';
import type { BackupHeader } from './header.ts';
import { neverAttach, runJob } from './job.ts';
import { type Media, mediaOf } from './media.ts';
import { fail } from './messages.ts';
import { type DatabaseRecord, type DataFile, emptyHistory, type History, type KeptRole, usualFiles } from './record.ts';
import type { RestoreStatement } from './tsql/ast.ts';

interface RestorePlan {
  readonly target: RestoreTarget;
  /** The database once the target is filled, still restoring. */
  readonly record: DatabaseRecord;
}

export async function runRestore(
  environment: Environment,
  statement: RestoreStatement,
  faults: StatementFaults,
  context: BatchContext,
): Promise<void> {
  const { catalog } = environment;
  const existing = catalog.get(statement.database);
  if (statement.devices.length === 0) {
    await recoverOnly(environment, statement, existing, context);
    return;
  }
  const devices = virtualDevices(statement.devices);
  const options = engineOptions(devices, statement, environment.instance, faults.engine);
  if (faults.neverAttach) await neverAttach(context);

  const started = performance.now();
  const job = environment.engine.startRestore(options);
  try {
    const { result, prepared } = await runJob(job, context, {
      devices,
      stats: statement.stats,
      afterHeaders: async () => {
        const media = await mediaOf(job, statement, devices);
        if (media === null) return null;
        const plan = await planOf(environment, statement, existing, media, devices);
        job.proceed(plan.target);
        return plan.record;
      },
    });
    const record = statement.noRecovery ? prepared : recovered(prepared);
    await catalog.save(record);
    const pages = pagesOf(result);
    const file = statement.what === 'log' ? record.log.logical : record.data.logical;
    context.inform(4035, [pages, record.name, file, 1]);
    reportSuccess(context, `RESTORE ${statement.what.toUpperCase()}`, pages, performance.now() - started, result);
  } finally {
    await catalog.sweep(statement.database);
  }
}

async function recoverOnly(
  environment: Environment,
  statement: RestoreStatement,
  existing: DatabaseRecord | undefined,
  context: BatchContext,
): Promise<void> {
  if (existing === undefined) fail(911, [statement.database], 11);
  if (existing.state === 'online') fail(3153);
  if (!statement.noRecovery) await environment.catalog.save(recovered(existing));
  reportSuccess(context, `RESTORE ${statement.what.toUpperCase()}`, 0, 0, null);
}

/** Recovery begins a new fork: what is logged from here on is this database's own history. */
function recovered(record: DatabaseRecord): DatabaseRecord {
  const { history } = record;
  const forks = [...history.forks, { id: randomUUID(), lsn: history.lsn }];
  return { ...record, state: 'online', history: { ...history, forks } };
}

function planOf(
  environment: Environment,
  statement: RestoreStatement,
  existing: DatabaseRecord | undefined,
  media: Media,
  devices: readonly string[],
): Promise<RestorePlan> {
  if (media.kind === 'kept') return planKept(environment, statement, existing, media.format, devices);
  checkRestore({ ...statement, device: devices[0] ?? '' }, existing, media.header);
  for (const { name } of strangeFiles(statement.files, media.header)) fail(3234, [name, statement.database]);
  const { stopAt } = statement;
  if (stopAt !== null && stopAt < new Date(media.header.started)) {
    fail(50000, ['STOPAT a time before the backup was taken, since nothing says when its pages changed']);
  }
  for (const { logical } of statement.moves) {
    const known = [media.header.data.logical, media.header.log.logical].includes(logical);
    if (!known) fail(3234, [logical, statement.database]);
  }
  return media.header.type === 'full' || existing === undefined
    ? planFull(environment, statement, existing, media.header)
    : planRollForward(environment, existing, media.header);
}

async function planFull(
  { catalog }: Environment,
  statement: RestoreStatement,
  existing: DatabaseRecord | undefined,
  header: BackupHeader,
): Promise<RestorePlan> {
  const name = existing?.name ?? statement.database;
  const file = await catalog.newFile(name, 'pages');
  const moved = (one: DataFile): DataFile => {
    const move = statement.moves.find(({ logical }) => logical === one.logical);
    return move === undefined ? one : { ...one, physical: move.physical };
  };
  return {
    target: { kind: 'pages', path: catalog.pathOf(name, file) },
    record: {
      name,
      state: 'restoring',
      created: existing?.created ?? new Date().toISOString(),
      content: { kind: 'pages', pageCount: header.pageCount, file },
      history: {
        familyId: header.familyId,
        forks: header.forks,
        lsn: header.lastLsn,
        logStart: header.logChain ? header.lastLsn : null,
        base: header.copyOnly ? null : { id: header.id, lsn: header.lastLsn },
        changes: [],
        nextEpoch: header.nextEpoch,
        seed: header.seed,
        compressible: header.compressible,
      },
      data: moved(header.data),
      log: moved(header.log),
      redo: null,
    },
  };
}

/** The pages go into a file of their own first: a restore that fails midway leaves the database as it was. */
async function planRollForward(
  { catalog }: Environment,
  existing: DatabaseRecord,
  header: BackupHeader,
): Promise<RestorePlan> {
  const file = await catalog.newFile(existing.name, 'overlay');
  const ranges = header.ranges ?? [{ first: 0, count: header.pageCount }];
  const epoch = header.nextEpoch;
  const history: History = {
    ...existing.history,
    forks: header.forks,
    lsn: header.lastLsn,
    logStart: header.logChain ? header.lastLsn : null,
    changes: [...existing.history.changes, ...ranges.map((range) => ({ ...range, epoch, lsn: header.lastLsn }))],
    nextEpoch: epoch,
  };
  return {
    target: { kind: 'pages', path: catalog.pathOf(existing.name, file) },
    record: { ...existing, history, redo: { file, ranges } },
  };
}

/**
 * Streams of a real SQL Server cannot be read here, so the statement decides what they are taken for: RESTORE LOG a log
 * backup; RESTORE DATABASE a differential where a kept full one waits for more, else a full one. Any of them makes a database.
 */
async function planKept(
  { catalog }: Environment,
  statement: RestoreStatement,
  existing: DatabaseRecord | undefined,
  format: 'tape' | 'compressed',
  devices: readonly string[],
): Promise<RestorePlan> {
  const name = existing?.name ?? statement.database;
  const sets = existing?.content.kind === 'kept' ? existing.content.sets : null;
  const goesOn = existing !== undefined && sets !== null && existing.state === 'restoring';
  if (existing !== undefined && statement.what === 'log' && !goesOn) fail(3117, [], 4);
  if (existing !== undefined && statement.what === 'database' && !goesOn && !statement.replace) fail(3154, [name], 4);
  const next: KeptRole =
    statement.what === 'log'
      ? 'log'
      : goesOn && sets.full !== undefined && !statement.replace
        ? 'differential'
        : 'full';
  const file = await catalog.newFile(name, 'kept');
  const files = devices.map((_, index) => `${file}-${index}`);
  const earlier = goesOn && next !== 'full' ? sets : {};
  return {
    target: { kind: 'raw', paths: files.map((one) => catalog.pathOf(name, one)) },
    record: {
      name,
      state: 'restoring',
      created: existing?.created ?? new Date().toISOString(),
      content: { kind: 'kept', sets: { ...earlier, [next]: { format, files } } },
      history: emptyHistory(0, false),
      ...usualFiles(name),
      redo: null,
    },
  };
}
