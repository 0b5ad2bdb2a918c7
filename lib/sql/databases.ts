// What a server's catalog says about its databases: the list of them, and how large a backup will be.
import { type Column, type RowOf, readRow, toNumber } from './columns.ts';
import { SqlServerError } from './error.ts';
import type { Execute, ExecuteResult } from './executor.ts';
import { quoteIdentifier } from './quote.ts';

const pageSize = 8192;

const columns = {
  /** As it was created. Never null. */
  name: ['name', 'text'],
  /** database_id: 1 to 4 are the system's own. */
  id: ['database_id', 'number'],
  /** ONLINE, RESTORING, RECOVERING, RECOVERY_PENDING, SUSPECT, EMERGENCY, OFFLINE … */
  state: ['state_desc', 'text'],
  /** FULL, BULK_LOGGED or SIMPLE. */
  recoveryModel: ['recovery_model_desc', 'text'],
  /** Of a database snapshot, the `id` of the database it is of. A snapshot cannot be backed up. */
  sourceId: ['source_database_id', 'number'],
  /** Readable between two restores (RESTORE WITH STANDBY): it cannot be backed up. */
  standby: ['is_in_standby', 'boolean'],
} as const satisfies Readonly<Record<string, Column>>;

/** A database of a server's: columns of Microsoft's reference of sys.databases. null where the server does not say. */
export type Database = RowOf<typeof columns> & { readonly name: string };

export async function readDatabases(execute: Execute, signal: AbortSignal | undefined): Promise<readonly Database[]> {
  const list = Object.values(columns).map(([column]) => column);
  const query = `SELECT ${list.join(', ')} FROM sys.databases ORDER BY name`;
  const { rows } = await execute(query, { signal });
  return rows.map((row) => ({ ...readRow(columns, row), name: String(row['name']) }));
}

/**
 * About how many bytes a backup of the whole database has, uncompressed; null where the server does not say: a log backup, an
 * older server, no permission, no such database.
 */
export async function estimateBackup(
  execute: Execute,
  database: string,
  type: 'full' | 'differential' | 'log',
  signal: AbortSignal | undefined,
): Promise<number | null> {
  if (type === 'log') return null;
  const column = type === 'full' ? 'allocated_extent_page_count' : 'modified_extent_page_count';
  const view = `${quoteIdentifier(database, 'database')}.sys.dm_db_file_space_usage`;
  const rows = await rowsOrNull(execute, `SELECT SUM(${column}) AS pages FROM ${view}`, signal);
  const pages = toNumber(rows?.[0]?.['pages']);
  return pages === null || pages <= 0 ? null : pages * pageSize;
}

/** Rows of a query that only informs: null where the server refuses it, for want of a permission or of the view. */
async function rowsOrNull(
  execute: Execute,
  statement: string,
  signal: AbortSignal | undefined,
): Promise<ExecuteResult['rows'] | null> {
  try {
    return (await execute(statement, { signal })).rows;
  } catch (error) {
    if (error instanceof SqlServerError) return null;
    throw error;
  }
}
