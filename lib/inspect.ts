// What a backup says about itself, without restoring it: its backup sets, its files, its label.
import {
  type BackupFile,
  type BackupHeader,
  type MediaLabel,
  readFile,
  readHeader,
  readLabel,
} from './sql/backup-rows.ts';
import type { ExecuteResult } from './sql/executor.ts';
import { inspectStatement } from './sql/statement.ts';
import { checkOptions } from './transfer/check-options.ts';
import type { InspectOptions } from './transfer/options.ts';
import { listOf, type Operation, prepareOrigins, runOperation } from './transfer/prepare.ts';

/** The backup sets on a medium (RESTORE HEADERONLY), in their order. Rejections as with `restore`. */
export async function headers(options: InspectOptions): Promise<readonly BackupHeader[]> {
  return (await inspect('HEADERONLY', options)).map(readHeader);
}

/** The database's files in a backup (RESTORE FILELISTONLY). Rejections as with `restore`. */
export async function files(options: InspectOptions): Promise<readonly BackupFile[]> {
  return (await inspect('FILELISTONLY', options)).map(readFile);
}

/** The medium's label (RESTORE LABELONLY). Rejections as with `restore`. */
export async function label(options: InspectOptions): Promise<MediaLabel> {
  const [row = {}] = await inspect('LABELONLY', options);
  return readLabel(row);
}

async function inspect(
  what: 'HEADERONLY' | 'FILELISTONLY' | 'LABELONLY',
  options: InspectOptions,
): Promise<ExecuteResult['rows']> {
  checkOptions(options, `RESTORE ${what}`);
  return (await runOperation(inspection(what, options))).rows;
}

/** The operation alone, for whoever reads a backup's files on the way to something else. */
export function inspection(what: 'HEADERONLY' | 'FILELISTONLY' | 'LABELONLY', options: InspectOptions): Operation {
  const from = listOf(options.from, 'from');
  return {
    options,
    stripes: from,
    statement: (devices) => inspectStatement(what, devices, options.with),
    prepare: () => prepareOrigins(from),
  };
}
