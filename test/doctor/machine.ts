// Made-up machines that lack nothing: a test takes away or changes what it is about.
import type { Machine } from '../../lib/doctor/machine.ts';

const clsid = 'CLSID\\{40700425-0080-11D2-851F-00C04FC21759}';
export const dll = 'C:\\Program Files\\Microsoft SQL Server\\80\\COM\\sqlvdi.dll';
export const keys = {
  clsid,
  inprocServer: `${clsid}\\InprocServer32`,
  instances: 'SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance Names\\SQL',
  odbc: 'SOFTWARE\\ODBC\\ODBCINST.INI\\ODBC Drivers',
  service: (name: string) => `SYSTEM\\CurrentControlSet\\Services\\${name}`,
};

/** `hive bits key` → value's name → text. */
export type Registry = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const registry: Registry = {
  [`HKCR 64 ${keys.clsid}`]: { '': 'Client Virtual Device Set' },
  [`HKCR 64 ${keys.inprocServer}`]: { '': dll, ThreadingModel: 'Both' },
  [`HKLM 64 ${keys.instances}`]: { MSSQLSERVER: 'MSSQL16.MSSQLSERVER', SALES: 'MSSQL16.SALES' },
  [`HKLM 64 ${keys.service('MSSQLSERVER')}`]: { ObjectName: 'NT Service\\MSSQLSERVER' },
  [`HKLM 64 ${keys.service('MSSQL$SALES')}`]: { ObjectName: 'CONTOSO\\sql' },
  [`HKLM 64 ${keys.odbc}`]: { 'ODBC Driver 18 for SQL Server': 'Installed', 'Some Other Driver': 'Installed' },
};

const healthy: Machine = {
  platform: 'win32',
  arch: 'x64',
  nodeVersion: '22.10.0',
  neededNode: '20.19',
  libraryPath: '',
  addon: () => ({ path: 'C:\\app\\sqlvdi.napi.node', from: 'prebuild' }),
  library: () => ({ platform: 'win32', arch: 'x64' }),
  user: () => ({ name: 'backup', groups: [] }),
  groupId: () => null,
  umask: () => 0,
  registryText: () => null,
  registryNames: () => [],
  processToken: () => ({ elevated: true, createGlobal: true }),
  fileVersion: () => ({ version: '2022.160.1000.6', company: 'Microsoft Corporation' }),
  trySet: async (provider) => (provider === 'auto' ? 'com' : provider),
};

export function windows(changes: Partial<Machine> = {}, entries: Registry = registry): Machine {
  return {
    ...healthy,
    registryText: (hive, bits, key, name) => entries[`${hive} ${bits} ${key}`]?.[name] ?? null,
    registryNames: (hive, bits, key) => Object.keys(entries[`${hive} ${bits} ${key}`] ?? {}),
    ...changes,
  };
}

export function linux(changes: Partial<Machine> = {}): Machine {
  return {
    ...healthy,
    platform: 'linux',
    addon: () => ({ path: '/app/sqlvdi.napi.glibc.node', from: 'prebuild' }),
    library: (path) => (path === '/opt/mssql/lib/libsqlvdi.so' ? { platform: 'linux', arch: 'x64' } : 'missing'),
    user: () => ({ name: 'backup', groups: [1000, 998] }),
    groupId: (name) => (name === 'mssql' ? 998 : null),
    processToken: () => null,
    fileVersion: () => null,
    trySet: async (provider) => (provider === 'auto' ? 'libsqlvdi' : provider),
    ...changes,
  };
}
