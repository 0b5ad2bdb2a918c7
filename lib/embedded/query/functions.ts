// The functions and global variables that SQL clients ask a server about itself with.
import { join, sep } from 'node:path';
import type { SqlValue } from '../../sql/executor.ts';
import type { Session } from '../batch.ts';
import type { Environment } from '../environment.ts';
import { machineName } from '../server-name.ts';
import { type Typed, textOf, typed } from './values.ts';
import { databaseId, masterDatabase } from './views.ts';

/** Of SQL Server 2022's line, with a build that no real one has. */
export const version = [16, 0] as const;
const productVersion = `${version.join('.')}.0.0`;
const edition = 'sqlvdi embedded server: a stand-in, no SQL Server';

export interface Scope {
  readonly environment: Environment;
  readonly session: Session;
}

type Function = (args: readonly SqlValue[], scope: Scope) => SqlValue | Typed;

/** By names in lower case. */
export const globals: Readonly<Record<string, (scope: Scope) => SqlValue | Typed>> = {
  '@@version': () => `${edition} - ${productVersion}`,
  '@@servername': ({ environment }) => environment.server,
  '@@servicename': ({ environment }) => environment.instance ?? 'MSSQLSERVER',
  '@@spid': ({ session }) => ({ value: session.spid, type: 'smallint' }),
  '@@trancount': () => 0,
  '@@language': () => 'us_english',
  '@@microsoftversion': () => 0x10000000,
};

const text = (value: string | null): Typed => ({ value, type: 'nvarchar' });
const isSysadminRole = (role: SqlValue | undefined): boolean =>
  typeof role === 'string' && role.toLowerCase() === 'sysadmin';

/** By names in upper case. */
export const functions: Readonly<Record<string, Function>> = {
  DB_NAME: ([id], { environment, session }) =>
    text(id === undefined ? session.database : databaseNamed(id, environment)),
  DB_ID: ([name], { environment, session }) => databaseId(environment.catalog, textOf(name ?? session.database)),
  SUSER_SNAME: (_, { session }) => text(session.login),
  SUSER_NAME: (_, { session }) => text(session.login),
  ORIGINAL_LOGIN: (_, { session }) => text(session.login),
  SYSTEM_USER: (_, { session }) => text(session.login),
  // An unknown role is NULL, as with SQL Server; the others a login here never has.
  IS_SRVROLEMEMBER: ([role], { session }) =>
    isSysadminRole(role) ? Number(session.sysadmin) : serverRoles.has(textOf(role ?? '').toLowerCase()) ? 0 : null,
  IS_MEMBER: (_, { session }) => Number(session.sysadmin),
  HAS_PERMS_BY_NAME: (_, { session }) => Number(session.sysadmin),
  SERVERPROPERTY: ([name], { environment }) => serverProperty(textOf(name ?? ''), environment),
  GETDATE: () => new Date(),
  SYSDATETIME: () => new Date(),
  CURRENT_TIMESTAMP: () => new Date(),
  ISNULL: ([value, other]) => value ?? other ?? null,
  COALESCE: (values) => values.find((value) => value !== null) ?? null,
};

const serverRoles: ReadonlySet<string> = new Set([
  'bulkadmin',
  'dbcreator',
  'diskadmin',
  'processadmin',
  'public',
  'securityadmin',
  'serveradmin',
  'setupadmin',
]);

function databaseNamed(id: SqlValue, { catalog }: Environment): string | null {
  if (Number(id) === 1) return masterDatabase;
  return catalog.list().find(({ name }) => databaseId(catalog, name) === Number(id))?.name ?? null;
}

/** NULL for what is not known, as with SQL Server. */
function serverProperty(name: string, { server, instance, catalog }: Environment): Typed {
  const folder = join(catalog.folder, 'files') + sep;
  const properties: Readonly<Record<string, SqlValue>> = {
    buildclrversion: null,
    collation: 'SQL_Latin1_General_CP1_CI_AS',
    computernamephysicalnetbios: machineName(),
    edition,
    editionid: 0n,
    engineedition: 3,
    instancedefaultbackuppath: folder,
    instancedefaultdatapath: folder,
    instancedefaultlogpath: folder,
    instancename: instance,
    isclustered: 0,
    ishadrenabled: 0,
    isintegratedsecurityonly: 0,
    issingleuser: 0,
    machinename: machineName(),
    processid: process.pid,
    productlevel: 'RTM',
    productmajorversion: String(version[0]),
    productminorversion: '0',
    productversion: productVersion,
    servername: server,
  };
  const value = Object.hasOwn(properties, name.toLowerCase()) ? properties[name.toLowerCase()] : null;
  return value === null || value === undefined ? text(null) : typed(value);
}
