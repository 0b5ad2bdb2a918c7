// Checks of Linux: the library of SQL Server, and the rights that sharing memory with it takes.
import { type Finding, ok, problem } from './finding.ts';
import { type Machine, severity, type Wanted } from './machine.ts';

const library = 'libsqlvdi.so';
const ownFolder = '/opt/mssql/lib';
const groupBits = 0o070;

export const linuxChecks: ReadonlyArray<readonly [string, (machine: Machine, wanted: Wanted) => Finding]> = [
  [library, checkLibrary],
  ['groups', checkGroups],
  ['umask', checkUmask],
];

function checkLibrary(machine: Machine, wanted: Wanted): Finding {
  const level = severity(wanted, 'libsqlvdi');
  const folders = [...machine.libraryPath.split(':').filter(Boolean), ownFolder];
  for (const path of folders.map((folder) => `${folder.replace(/\/$/, '')}/${library}`)) {
    const target = machine.library(path);
    if (target === 'missing') continue;
    if (target?.platform === 'linux' && target.arch === machine.arch) return ok(library, path);
    const found = target === null ? `${path} is no library` : `${path} is for ${target.platform} ${target.arch}`;
    return problem(library, level, found, 'reinstall the package mssql-server, or correct LD_LIBRARY_PATH');
  }
  const fix = 'install SQL Server on this machine (package mssql-server): VDI works through shared memory';
  return problem(library, level, `not in ${folders.join(', ')}`, fix);
}

function checkGroups(machine: Machine): Finding {
  const { name, groups } = machine.user();
  const group = machine.groupId('mssql');
  if (group === null) {
    return problem(
      'groups',
      'warning',
      'there is no group mssql',
      'install SQL Server on this machine (package mssql-server)',
    );
  }
  if (name === 'mssql' || groups.includes(group)) return ok('groups', `${name} is in the group mssql`);
  const fix = `run as the user mssql, or add each to the other's group (usermod -aG mssql ${name}; usermod -aG ${name} mssql), then log in again and restart SQL Server`;
  return problem('groups', 'warning', `${name} is not in the group mssql: SQL Server cannot share memory with it`, fix);
}

function checkUmask(machine: Machine): Finding {
  const mask = machine.umask();
  const found = mask.toString(8).padStart(4, '0');
  if ((mask & groupBits) === 0 || machine.user().name === 'mssql') return ok('umask', found);
  const fix = 'set "umask 0" before the backup, or run as the user mssql';
  return problem('umask', 'warning', `${found} takes rights from the group, which SQL Server needs`, fix);
}
