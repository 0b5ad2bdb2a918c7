// The BACKUP and RESTORE statements for a set of virtual devices.
import { backupClauses, inspectClauses, restoreClauses, verifyClauses } from './clauses.ts';
import { checkBackup, checkRestore } from './combinations.ts';
import { quoteIdentifier, quoteString } from './quote.ts';
import type { BackupWith, InspectWith, RestoreScope, RestoreWith, Scope, VerifyWith } from './with.ts';

/** BACKUP DATABASE or BACKUP LOG to these devices; the first has the set's name. */
export function backupStatement(
  database: string,
  type: 'full' | 'differential' | 'log',
  devices: readonly string[],
  options: BackupWith = {},
  scope: Scope = {},
): string {
  const verb = backupVerbs.get(type);
  if (verb === undefined) throw new TypeError(`type is '${String(type)}'; it must be full, differential or log`);
  const clauses = backupClauses(options);
  checkBackup(type, options, scope);
  if (type === 'differential') clauses.unshift('DIFFERENTIAL');
  const what = `${quoteIdentifier(database, 'database')}${scopeList(scope)}`;
  return `${verb} ${what} TO ${deviceList(devices)}${withClause(clauses)}`;
}

/** RESTORE DATABASE or RESTORE LOG from these devices. */
export function restoreStatement(
  database: string,
  type: 'database' | 'log',
  devices: readonly string[],
  options: RestoreWith = {},
  scope: RestoreScope = {},
): string {
  const verb = restoreVerbs.get(type);
  if (verb === undefined) throw new TypeError(`type is '${String(type)}'; it must be database or log`);
  const clauses = restoreClauses(options);
  checkRestore(options, scope);
  const what = `${quoteIdentifier(database, 'database')}${scopeList(scope)}`;
  return `${verb} ${what} FROM ${deviceList(devices)}${withClause(clauses)}`;
}

/** RESTORE VERIFYONLY from these devices. */
export function verifyStatement(devices: readonly string[], options: VerifyWith = {}): string {
  return `RESTORE VERIFYONLY FROM ${deviceList(devices)}${withClause(verifyClauses(options))}`;
}

/** RESTORE HEADERONLY, FILELISTONLY or LABELONLY from these devices. */
export function inspectStatement(
  what: 'HEADERONLY' | 'FILELISTONLY' | 'LABELONLY',
  devices: readonly string[],
  options: InspectWith = {},
): string {
  const clauses = inspectClauses(options, `RESTORE ${what}`);
  if (what === 'LABELONLY' && options.file !== undefined) {
    throw new TypeError('with.file is no option of RESTORE LABELONLY: a label is that of the whole medium');
  }
  return `RESTORE ${what} FROM ${deviceList(devices)}${withClause(clauses)}`;
}

const backupVerbs: ReadonlyMap<string, string> = new Map([
  ['full', 'BACKUP DATABASE'],
  ['differential', 'BACKUP DATABASE'],
  ['log', 'BACKUP LOG'],
]);

const restoreVerbs: ReadonlyMap<string, string> = new Map([
  ['database', 'RESTORE DATABASE'],
  ['log', 'RESTORE LOG'],
]);

/** VIRTUAL_DEVICE = N'…'. */
export function deviceClause(device: string): string {
  return `VIRTUAL_DEVICE = ${quoteString(device, 'the device name')}`;
}

function deviceList(devices: readonly string[]): string {
  return devices.map(deviceClause).join(', ');
}

function withClause(clauses: readonly string[]): string {
  return clauses.length === 0 ? '' : ` WITH ${clauses.join(', ')}`;
}

function scopeList(scope: RestoreScope): string {
  const names = (keyword: string, list: readonly string[] | undefined, what: string) =>
    listOf(list, what).map((name) => `${keyword} = ${quoteString(name, `a name in ${what}`)}`);
  const pages = listOf(scope.pages, 'pages').map((page) => {
    if (typeof page !== 'string' || !/^\d{1,5}:\d{1,10}$/.test(page)) {
      throw new TypeError(`pages contains '${String(page)}'; each must be file:page, such as '1:57'`);
    }
    return page;
  });
  const parts = [
    ...(scope.readWriteFilegroups ? ['READ_WRITE_FILEGROUPS'] : []),
    ...names('FILE', scope.files, 'files'),
    ...names('FILEGROUP', scope.filegroups, 'filegroups'),
    ...(pages.length > 0 ? [`PAGE = '${pages.join(', ')}'`] : []),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

function listOf(list: readonly string[] | undefined, what: string): readonly string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length === 0) throw new TypeError(`${what} must be a list of one name or more`);
  return list;
}
