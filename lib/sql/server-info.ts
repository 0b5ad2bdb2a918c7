// Which server this is, and whether it lets this login use virtual devices.
import { type Column, type RowOf, readRow, toNumber } from './columns.ts';
import { PermissionError, ServerSupportError } from './connection-error.ts';
import type { Execute } from './executor.ts';

const columns = {
  /** SERVERPROPERTY('EngineEdition'): 2 Standard, 3 Enterprise, 4 Express, 5 and more Azure. */
  engineEdition: ['EngineEdition', 'number'],
  /** For example 'Developer Edition (64-bit)'. */
  edition: ['Edition', 'text'],
  /** For example '16.0.4135.4'. */
  version: ['ProductVersion', 'text'],
  /** The instance's name, null for the default instance. */
  instance: ['InstanceName', 'text'],
  /** Where the server puts the files of new databases. */
  dataPath: ['InstanceDefaultDataPath', 'text'],
  logPath: ['InstanceDefaultLogPath', 'text'],
} as const satisfies Readonly<Record<string, Column>>;

/** What a server says about itself; null where it does not say. */
export interface ServerInfo extends RowOf<typeof columns> {
  readonly sysadmin: boolean;
  /** The version's first number: 16 is SQL Server 2022. */
  readonly majorVersion: number | null;
}

const query = `SELECT ${[
  "IS_SRVROLEMEMBER(N'sysadmin') AS sysadmin",
  ...Object.values(columns).map(([property]) => `CAST(SERVERPROPERTY('${property}') AS nvarchar(4000)) AS ${property}`),
].join(', ')}`;

export async function readServerInfo(execute: Execute, signal: AbortSignal | undefined): Promise<ServerInfo> {
  const [row = {}] = (await execute(query, { signal })).rows;
  const known = readRow(columns, row);
  const majorVersion = toNumber(known.version?.split('.', 1)[0]);
  return { ...known, sysadmin: toNumber(row['sysadmin']) === 1, majorVersion };
}

/** Azure SQL Database 5, Synapse 6 and 11, Managed Instance 8: none has virtual devices. 9 is Azure SQL Edge, 12 Fabric. */
const withoutVirtualDevices: ReadonlySet<number> = new Set([5, 6, 8, 9, 11, 12]);

/** Throws a ServerSupportError or PermissionError where no backup or restore through virtual devices is possible. */
export function checkServer(info: ServerInfo): void {
  if (info.engineEdition !== null && withoutVirtualDevices.has(info.engineEdition)) {
    throw new ServerSupportError(
      `this is ${info.edition ?? 'Azure'} (engine edition ${info.engineEdition}), which has no virtual devices`,
    );
  }
  if (!info.sysadmin) throw new PermissionError();
}
