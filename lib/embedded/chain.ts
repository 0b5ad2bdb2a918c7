// The rules of a restore sequence: whether a backup in the stand-in's own format may go onto a database as it is now.
import type { BackupHeader, BackupType } from './header.ts';
import { fail } from './messages.ts';
import type { DatabaseRecord, Fork, History } from './record.ts';

const madeBy: Readonly<Record<BackupType, string>> = {
  full: 'BACKUP DATABASE',
  differential: 'BACKUP DATABASE WITH DIFFERENTIAL',
  log: 'BACKUP LOG',
};

export interface RestoreRequest {
  readonly what: 'database' | 'log';
  readonly database: string;
  readonly device: string;
  readonly replace: boolean;
}

/** Throws a StatementFailure where the backup may not be restored. */
export function checkRestore(
  request: RestoreRequest,
  existing: DatabaseRecord | undefined,
  header: BackupHeader,
): void {
  if ((request.what === 'log') !== (header.type === 'log')) fail(3135, [request.device, madeBy[header.type]]);
  if (header.type === 'full') checkFull(request, existing, header);
  else checkRollForward(request, existing, header);
}

function checkFull(request: RestoreRequest, existing: DatabaseRecord | undefined, header: BackupHeader): void {
  if (existing === undefined || request.replace) return;
  if (existing.content.kind === 'kept' || existing.history.familyId !== header.familyId) {
    fail(3154, [request.database], 4);
  }
  if (existing.state === 'online' && hasLogTail(existing.history)) fail(3159, [request.database]);
}

function checkRollForward(request: RestoreRequest, existing: DatabaseRecord | undefined, header: BackupHeader): void {
  if (existing === undefined) fail(3118, [request.database]);
  if (existing.state !== 'restoring') fail(3117, [], 4);
  const history = existing.history;
  if (header.type === 'differential') {
    if (existing.content.kind !== 'pages' || history.base === null || history.base.id !== header.base?.id) fail(3136);
    if (header.lastLsn < history.lsn) fail(3136, [], 3);
    if (!isOnPath(history, header.forks)) fail(4330);
    return;
  }
  if (existing.content.kind !== 'pages' || history.familyId !== header.familyId) fail(4330);
  if (!isOnPath(history, header.forks)) fail(4330);
  if (header.firstLsn > history.lsn) fail(4305, [lsnText(header.firstLsn), lsnText(history.lsn)]);
  if (header.lastLsn < history.lsn) fail(4326, [lsnText(header.lastLsn), lsnText(history.lsn)]);
}

/** Whether work would be lost that no log backup holds. Without a log chain there is no tail to speak of. */
function hasLogTail(history: History): boolean {
  const { logStart } = history;
  return logStart !== null && history.changes.some((change) => change.lsn > logStart);
}

/** Whether the backup's path of recovery forks leads through the point where the database is. */
function isOnPath(history: History, path: readonly Fork[]): boolean {
  const current = history.forks.at(-1)?.id;
  const index = path.findIndex((fork) => fork.id === current);
  const next = path[index + 1];
  return index >= 0 && (next === undefined || next.lsn >= history.lsn);
}

/** A log sequence number as SQL Server prints it: a number of about 17 digits. */
export function lsnOf(lsn: number): bigint {
  return 35n * 10n ** 15n + BigInt(lsn) * 100_000n + 1n;
}

function lsnText(lsn: number): string {
  return lsnOf(lsn).toString();
}
