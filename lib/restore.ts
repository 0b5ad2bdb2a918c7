// Restores a database from files, streams or sources, or only verifies a backup.
import { inspection } from './inspect.ts';
import { relocate } from './relocate.ts';
import { readFile } from './sql/backup-rows.ts';
import { readServerInfo } from './sql/server-info.ts';
import { restoreStatement, verifyStatement } from './sql/statement.ts';
import type { RestoreWith } from './sql/with.ts';
import type { Origin } from './streams/adapt.ts';
import { checkOptions } from './transfer/check-options.ts';
import { checkLimits, restoreDefaults } from './transfer/limits.ts';
import type { RestoreOptions, RestoreResult, VerifyOptions } from './transfer/options.ts';
import {
  listOf,
  type Operation,
  prepareOrigins,
  readyOperation,
  runOperation,
  withServer,
  withStats,
} from './transfer/prepare.ts';
import { ask, chooseServer, type Server } from './transfer/server.ts';

/**
 * Restores a database or a log through a virtual device set. Resolves when the RESTORE statement has succeeded and the
 * server has closed every device. Rejections as with `backup`; SqlServerError where the backup is damaged, incomplete or not
 * of this database. The server may leave the database in its restoring state after a failure.
 */
export async function restore(options: RestoreOptions): Promise<RestoreResult> {
  checkOptions(options, 'restore');
  const from = listOf(options.from, 'from');
  if (options.with?.move === 'auto') return restoreRelocated(options, from, options.with);
  return runOperation(restoration(options, from, options.with));
}

/**
 * Has the server read a whole backup and check it, without restoring anything (RESTORE VERIFYONLY). Resolves where it is
 * complete and readable; rejections as with `restore`.
 */
export async function verify(options: VerifyOptions): Promise<RestoreResult> {
  checkOptions(options, 'verify');
  const from = listOf(options.from, 'from');
  return runOperation({
    options,
    stripes: from,
    statement: (devices) => verifyStatement(devices, withStats(options.with, options)),
    prepare: () => prepareOrigins(from),
  });
}

function restoration(options: RestoreOptions, from: readonly Origin[], clause: RestoreWith | undefined): Operation {
  const { database, type = 'database', files, filegroups, readWriteFilegroups, pages } = options;
  const scope = { files, filegroups, readWriteFilegroups, pages };
  return {
    options,
    limits: restoreDefaults,
    stripes: from,
    statement: (devices) => restoreStatement(database, type, devices, withStats(clause, options), scope),
    prepare: () => prepareOrigins(from),
  };
}

/** Asks for the backup's files and the server's folders first, on the same connection. */
async function restoreRelocated(
  options: RestoreOptions,
  from: readonly Origin[],
  clause: RestoreWith,
): Promise<RestoreResult> {
  if ((options.type ?? 'database') !== 'database') {
    throw new TypeError("with.move 'auto' is for restoring a database: a log has no files to move");
  }
  if (!from.every((origin) => typeof origin === 'string' || origin instanceof URL)) {
    throw new TypeError(
      "with.move 'auto' reads the backup twice, so that every origin must be a file: give with.move its files",
    );
  }
  const { signal } = options;
  const { connectMs } = checkLimits(options.limits);
  signal?.throwIfAborted();
  const chosen = chooseServer(options);
  const { blockSize, bufferCount, maxTransferSize, file } = clause;
  const listing = { ...options, with: { blockSize, bufferCount, maxTransferSize, file }, onProgress: undefined };
  const list = await readyOperation(inspection('FILELISTONLY', listing));
  // Whatever is wrong with the options is said before anything starts.
  await readyOperation(restoration(options, from, { ...clause, move: undefined }));
  return withServer(options, chosen, async (server: Server) => {
    const info = server.info ?? (await ask(connectMs, signal, (either) => readServerInfo(server.execute, either)));
    const { rows } = await list(server);
    const move = relocate(rows.map(readFile), options.database, info);
    const run = await readyOperation(restoration(options, from, { ...clause, move }));
    return run(server);
  });
}
