// Backs a database up to files, streams or sinks.
import { estimateBackup } from './sql/databases.ts';
import { backupStatement } from './sql/statement.ts';
import { checkBackupSupport } from './sql/support.ts';
import { checkOptions } from './transfer/check-options.ts';
import type { BackupOptions, BackupResult } from './transfer/options.ts';
import { listOf, prepareDestinations, runOperation, withStats } from './transfer/prepare.ts';

/**
 * Backs a database up through a virtual device set. Resolves only when the BACKUP statement has succeeded, the server has
 * closed every device and every destination is durable; files appear under their names only then, all together.
 *
 * Rejects with the first cause: FileError (the destination), a sink's own error, SqlServerError, VdiError, ProviderError,
 * LimitError, or the signal's reason; what followed from it is in {@link relatedErrors}. Nothing is left behind then: no
 * temporary file, no set, no connection, no pending statement, and what stood at a target before is untouched; only where the
 * server may have called the backup done already its files are kept under temporary names: {@link BackupKeptError}. A TypeError,
 * RangeError, FileError or VdiInvalidError for wrong options comes before anything has started; DriverMissingError, ConnectError,
 * PermissionError and ServerSupportError come from the `connection`.
 */
export async function backup(options: BackupOptions): Promise<BackupResult> {
  checkOptions(options, 'backup');
  const { database, type = 'full', overwrite = false, files, filegroups, readWriteFilegroups } = options;
  const to = listOf(options.to, 'to');
  const scope = { files, filegroups, readWriteFilegroups };
  const clause = options.with ?? {};
  const whole = files === undefined && filegroups === undefined && readWriteFilegroups !== true;
  return runOperation({
    options,
    stripes: to,
    statement: (devices) => backupStatement(database, type, devices, withStats(options.with, options), scope),
    prepare: () => prepareDestinations(to, overwrite),
    support: (info) => checkBackupSupport(info, clause),
    // How well it will compress nobody knows.
    estimate:
      whole && (clause.compression ?? false) === false
        ? (execute, signal) => estimateBackup(execute, database, type, signal)
        : undefined,
  });
}
