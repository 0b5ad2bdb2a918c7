// Checks of Windows: the registered VDI class and its DLL, this process's rights, instances, ODBC drivers.
import { type Finding, ok, problem } from './finding.ts';
import { type Machine, severity, type Wanted } from './machine.ts';

const clsid = 'CLSID\\{40700425-0080-11D2-851F-00C04FC21759}';
const inprocServer = `${clsid}\\InprocServer32`;
const repair =
  'repair SQL Server\'s installation, or register its DLL: regsvr32 "C:\\Program Files\\Microsoft SQL Server\\80\\COM\\sqlvdi.dll" in an elevated shell';

const install = `install SQL Server on this machine; if it is installed, ${repair}`;
/** As the driver msnodesqlv8 asks for them, and newer ones. Every Windows has "SQL Server", which is too old. */
const usableDriver = /^ODBC Driver (1[7-9]|[2-9]\d) for SQL Server$/;

export const windowsChecks: ReadonlyArray<readonly [string, (machine: Machine, wanted: Wanted) => Finding]> = [
  ['vdi class', checkClass],
  ['vdi library', checkLibrary],
  ['elevation', checkElevation],
  ['SeCreateGlobalPrivilege', checkPrivilege],
  ['instances', checkInstances],
  ['odbc drivers', checkOdbc],
];

/** The registered DLL's path; null where none is registered for programs of this bitness. */
function registeredLibrary(machine: Machine): string | null {
  // An installer may have quoted it.
  return machine.registryText('HKCR', 64, inprocServer, '')?.replace(/^"(.*)"$/, '$1') || null;
}

/** The stand-in leaves its path a second time, which whoever registers over it does not know of (native/dll/dll.cc). */
function isStandIn(machine: Machine): boolean {
  const path = machine.registryText('HKCR', 64, inprocServer, '');
  return path !== null && path === machine.registryText('HKCR', 64, inprocServer, 'sqlvdi stand-in');
}

function checkClass(machine: Machine, wanted: Wanted): Finding {
  const registered = registeredLibrary(machine);
  if (registered !== null) return ok('vdi class', registered);
  const level = severity(wanted, 'com');
  if (machine.registryText('HKCR', 32, inprocServer, '')) {
    return problem('vdi class', level, 'registered for 32-bit programs only, and this is a 64-bit one', repair);
  }
  return problem('vdi class', level, 'not registered', install);
}

function checkLibrary(machine: Machine, wanted: Wanted): Finding {
  const path = registeredLibrary(machine);
  const level = severity(wanted, 'com');
  if (path === null) return problem('vdi library', level, 'none is registered', install);
  const target = machine.library(path);
  if (target === 'missing') return problem('vdi library', level, `${path} does not exist`, repair);
  if (target === null) return problem('vdi library', level, `${path} is no library`, repair);
  if (target.platform !== 'win32' || target.arch !== machine.arch) {
    const found = `${path} is for ${target.platform} ${target.arch}, and this process for win32 ${machine.arch}`;
    return problem('vdi library', level, found, `${repair}; or run the Node.js of its architecture`);
  }
  if (isStandIn(machine)) {
    const fix = `do not trust it with data; to return to SQL Server's own, regsvr32 /u "${path}", then ${repair}`;
    return problem('vdi library', 'warning', `${path} is sqlvdi's stand-in, which is no SQL Server`, fix);
  }
  const resource = machine.fileVersion(path);
  const found = `${path}, version ${resource?.version ?? 'unknown'}, ${target.arch}`;
  if (resource?.company.includes('Microsoft')) return ok('vdi library', found);
  return problem(
    'vdi library',
    'warning',
    `${found}, not by Microsoft (${resource?.company || 'nobody named'})`,
    repair,
  );
}

function checkElevation(machine: Machine): Finding {
  const token = machine.processToken();
  if (token?.elevated) return ok('elevation', 'this process runs elevated');
  if (token?.createGlobal) return ok('elevation', 'not elevated, as is usual for a service account');
  const fix = 'run from an elevated shell ("Run as administrator") or as a service';
  return problem('elevation', 'warning', 'this process does not run elevated', fix);
}

function checkPrivilege(machine: Machine): Finding {
  const check = 'SeCreateGlobalPrivilege';
  if (machine.processToken()?.createGlobal) return ok(check, 'held');
  const fix =
    'run elevated or as a service, or grant "Create global objects" to the account (secpol.msc, User Rights Assignment)';
  return problem(check, 'warning', 'not held: outside session 0 no set can be created without it', fix);
}

function checkInstances(machine: Machine, wanted: Wanted): Finding {
  const key = 'SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance Names\\SQL';
  const names = machine.registryNames('HKLM', 64, key);
  // The stand-in takes any instance's name.
  const level = isStandIn(machine) ? 'warning' : severity(wanted, 'com');
  if (names.length === 0) {
    return problem(
      'instances',
      level,
      'none is installed',
      'install SQL Server on this machine: VDI works through shared memory',
    );
  }
  const found = names.map((name) => `${name} (${accountText(machine, name)})`).join(', ');
  const asked = wanted.instance ?? 'MSSQLSERVER';
  const one = names.find((name) => name.toUpperCase() === asked.toUpperCase());
  if (one !== undefined) {
    if (accountOf(machine, one) !== null) return ok('instances', found);
    const fix = `repair the instance ${one} with SQL Server's set-up: Windows has no service ${serviceOf(one)}`;
    return problem('instances', 'warning', found, fix);
  }
  const missing = wanted.instance === null ? 'there is no default instance' : `'${asked}' is not among them`;
  return problem('instances', level, `${found}; ${missing}`, `name one of them with --instance: ${names.join(', ')}`);
}

const serviceOf = (instance: string): string =>
  instance.toUpperCase() === 'MSSQLSERVER' ? instance : `MSSQL$${instance}`;

/** The account that an instance runs as; null where Windows has no such service. */
function accountOf(machine: Machine, instance: string): string | null {
  return machine.registryText('HKLM', 64, `SYSTEM\\CurrentControlSet\\Services\\${serviceOf(instance)}`, 'ObjectName');
}

function accountText(machine: Machine, instance: string): string {
  const account = accountOf(machine, instance);
  return account === null ? 'its service is missing' : `runs as ${account}`;
}

function checkOdbc(machine: Machine): Finding {
  const drivers = machine
    .registryNames('HKLM', 64, 'SOFTWARE\\ODBC\\ODBCINST.INI\\ODBC Drivers')
    .filter((name) => name.includes('SQL Server'));
  if (drivers.some((name) => usableDriver.test(name))) return ok('odbc drivers', drivers.join(', '));
  const fix =
    'install "ODBC Driver 18 for SQL Server" to connect with Windows accounts (msnodesqlv8, sqlcmd); tedious needs none';
  const what = drivers.length === 0 ? 'none for SQL Server' : `${drivers.join(', ')}; none that is new enough`;
  return problem('odbc drivers', 'warning', what, fix);
}
