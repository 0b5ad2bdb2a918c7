// Which options contradict each other: refused with a TypeError that names both, before anything is sent.
import type { BackupWith, RestoreScope, RestoreWith, Scope } from './with.ts';

/** Throws a TypeError where BACKUP knows no such statement. */
export function checkBackup(type: 'full' | 'differential' | 'log', options: BackupWith, scope: Scope): void {
  const set = setIn(options);
  if (type === 'differential' && set('copyOnly')) refuse("type 'differential'", 'with.copyOnly');
  if (type !== 'log') {
    for (const name of ['noRecovery', 'standby', 'noTruncate'] as const) {
      if (set(name)) throw new TypeError(`with.${name} is for backups of type 'log', not '${type}'`);
    }
  } else if (hasScope(scope)) {
    throw new TypeError("files, filegroups and readWriteFilegroups are for backups of a database, not of type 'log'");
  }
  if (set('noRecovery') && set('standby')) refuse('with.noRecovery', 'with.standby');
  if (set('expireDate') && set('retainDays')) refuse('with.expireDate', 'with.retainDays');
  if (set('format') && options.init === false) refuse('with.format', 'with.init: false');
  checkScope(scope);
}

/** Throws a TypeError where RESTORE knows no such statement. */
export function checkRestore(options: RestoreWith, scope: RestoreScope): void {
  const set = setIn(options);
  if (set('standby') && options.recovery !== undefined) refuse('with.standby', 'with.recovery');
  const stops = (['stopAt', 'stopAtMark', 'stopBeforeMark'] as const).filter(set);
  if (stops.length > 1) refuse(`with.${stops[0]}`, `with.${stops[1]}`);
  for (const name of ['keepReplication', 'keepCdc', 'restrictedUser'] as const) {
    if (set(name) && options.recovery === false) refuse(`with.${name}`, 'with.recovery: false');
  }
  checkScope(scope);
  const { pages, ...others } = scope;
  if (pages === undefined) return;
  if (hasScope(others)) refuse('pages', 'files, filegroups and readWriteFilegroups');
  if (set('partial')) refuse('pages', 'with.partial');
}

function checkScope(scope: Scope): void {
  if (scope.readWriteFilegroups && (scope.files ?? []).length > 0) refuse('readWriteFilegroups', 'files');
}

function hasScope({ files, filegroups, readWriteFilegroups }: Scope): boolean {
  return files !== undefined || filegroups !== undefined || readWriteFilegroups === true;
}

/** An option that says nothing (undefined, false) contradicts nothing. */
function setIn<T extends object>(options: T): (name: keyof T) => boolean {
  return (name) => options[name] !== undefined && options[name] !== false;
}

function refuse(one: string, other: string): never {
  throw new TypeError(`${one} and ${other} contradict each other: leave one of them out`);
}
