// Every finding, on machines that are made up; then the real one.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type DoctorOptions, doctor, examine } from '../../lib/doctor/index.ts';
import type { Machine } from '../../lib/doctor/machine.ts';
import { thisMachine } from '../../lib/doctor/this-machine.ts';
import { AddonLoadError } from '../../lib/vdi/addon.ts';
import { createVdiError } from '../../lib/vdi/create-error.ts';
import { ProviderError } from '../../lib/vdi/provider.ts';
import { dll, keys, linux, type Registry, registry, windows } from './machine.ts';

async function found(machine: Machine, check: string, options: DoctorOptions = {}) {
  const { findings } = await examine(machine, options);
  const finding = findings.find((one) => one.check === check);
  if (!finding) throw new Error(`nothing was found of '${check}': ${findings.map((one) => one.check).join(', ')}`);
  return finding;
}

const without = (...names: readonly string[]): Registry =>
  Object.fromEntries(Object.entries(registry).filter(([name]) => !names.includes(name)));

describe('a machine that lacks nothing', () => {
  it.each([
    [
      'Windows',
      windows(),
      ['vdi class', 'vdi library', 'elevation', 'SeCreateGlobalPrivilege', 'instances', 'odbc drivers'],
    ],
    ['Linux', linux(), ['libsqlvdi.so', 'groups', 'umask']],
  ])('%s', async (_, machine, own) => {
    const { ok, findings } = await examine(machine, {});
    expect(ok).toBe(true);
    expect(findings.map(({ check }) => check)).toEqual(['platform', 'node', 'addon', ...own, 'virtual device set']);
    expect(findings.filter(({ level, fix }) => level !== 'ok' || fix !== null)).toEqual([]);
  });
});

describe('everywhere', () => {
  it.each([
    ['platform', { platform: 'darwin' }, 'darwin x64', /Windows or Linux/],
    ['platform', { arch: 'arm64' }, 'win32 arm64', /x64/],
    ['node', { nodeVersion: '20.18.3' }, '20.18.3', /20\.19 or newer/],
    ['node', { nodeVersion: '18.20.0' }, '18.20.0', /20\.19 or newer/],
  ])('%s is an error in %o', async (check, changes, what, fix) => {
    const finding = await found(windows(changes), check);
    expect(finding).toMatchObject({ level: 'error', found: what });
    expect(finding.fix).toMatch(fix);
  });

  it('accepts the lowest version of Node, and later ones', async () => {
    for (const nodeVersion of ['20.19.0', '20.20.2', '22.0.0']) {
      expect(await found(linux({ nodeVersion }), 'node')).toMatchObject({ level: 'ok' });
    }
  });

  it('says where the addon came from', async () => {
    const addon = () => ({ path: '/tmp/x.node', from: 'SQLVDI_ADDON' }) as const;
    expect((await found(linux({ addon }), 'addon')).found).toBe('/tmp/x.node (named by SQLVDI_ADDON)');
  });

  it('stops at an addon that does not load, with its advice', async () => {
    const addon = () => {
      throw new AddonLoadError([{ path: '/x/sqlvdi.node', reason: 'too old' }], 'compile it', undefined);
    };
    const { ok, findings } = await examine(linux({ addon }), {});
    expect(ok).toBe(false);
    expect(findings.at(-1)).toEqual({
      check: 'addon',
      level: 'error',
      found: '/x/sqlvdi.node: too old',
      fix: 'compile it',
    });
  });

  it('tries a set with what was asked for, and reports how the interface failed', async () => {
    const asked: unknown[] = [];
    const trySet: Machine['trySet'] = async (...options) => {
      asked.push(options);
      throw createVdiError(0x80770007, { operation: 'CreateEx', setName: 'x' });
    };
    const finding = await found(windows({ trySet }), 'virtual device set', { provider: 'com', instance: 'SALES' });
    expect(asked).toEqual([['com', 'SALES']]);
    expect(finding).toMatchObject({
      level: 'error',
      found: 'CreateEx on the instance SALES failed: VD_E_INSTANCE_NAME',
    });
    expect(finding.fix).toContain('instance');
  });

  it('reports a provider that cannot be used', async () => {
    const trySet = async () => {
      throw new ProviderError('libsqlvdi', 'not on this machine');
    };
    const finding = await found(linux({ trySet }), 'virtual device set');
    expect(finding).toMatchObject({ level: 'error', found: 'not on this machine' });
    expect(finding.fix).toContain('--provider');
  });

  it('says of the stand-in that it is one', async () => {
    const finding = await found(linux(), 'virtual device set', { provider: 'embedded' });
    expect(finding.found).toContain('which is no SQL Server');
  });

  it('makes a finding of what cannot be found out', async () => {
    const umask = () => {
      throw new Error('refused');
    };
    expect(await found(linux({ umask }), 'umask')).toMatchObject({
      level: 'error',
      found: 'cannot be found out: refused',
    });
  });
});

describe('Windows', () => {
  it('misses the class', async () => {
    const machine = windows({}, without(`HKCR 64 ${keys.inprocServer}`));
    const finding = await found(machine, 'vdi class');
    expect(finding).toMatchObject({ level: 'error', found: 'not registered' });
    expect(finding.fix).toContain('regsvr32');
    expect(await found(machine, 'vdi library')).toMatchObject({ level: 'error', fix: finding.fix });
  });

  it('only warns of it where another provider was asked for', async () => {
    const machine = windows({}, without(`HKCR 64 ${keys.inprocServer}`));
    expect(await found(machine, 'vdi class', { provider: 'embedded' })).toMatchObject({ level: 'warning' });
    expect((await examine(machine, { provider: 'embedded' })).ok).toBe(true);
  });

  it('tells a class for 32-bit programs', async () => {
    const entries = { ...without(`HKCR 64 ${keys.inprocServer}`), [`HKCR 32 ${keys.inprocServer}`]: { '': dll } };
    expect(await found(windows({}, entries), 'vdi class')).toMatchObject({
      level: 'error',
      found: 'registered for 32-bit programs only, and this is a 64-bit one',
    });
  });

  it('shows the DLL with its version, also where its path is quoted', async () => {
    const entries = { ...registry, [`HKCR 64 ${keys.inprocServer}`]: { '': `"${dll}"` } };
    const asked: string[] = [];
    const library: Machine['library'] = (path) => {
      asked.push(path);
      return { platform: 'win32', arch: 'x64' };
    };
    const finding = await found(windows({ library }, entries), 'vdi library');
    expect(finding).toMatchObject({ level: 'ok', found: `${dll}, version 2022.160.1000.6, x64` });
    expect(asked).toEqual([dll]);
  });

  it.each([
    ['does not exist', 'missing', 'does not exist'],
    ['is no library', null, 'is no library'],
    ['is for 32 bits', { platform: 'win32', arch: 'ia32' }, 'is for win32 ia32, and this process for win32 x64'],
  ] as const)('says that the DLL %s', async (_, answer, text) => {
    const finding = await found(windows({ library: () => answer }), 'vdi library');
    expect(finding).toMatchObject({ level: 'error', found: `${dll} ${text}` });
    expect(finding.fix).toContain('regsvr32');
  });

  it('knows the stand-in, and warns of it', async () => {
    const own = { '': dll, 'sqlvdi stand-in': dll };
    const entries = { ...registry, [`HKCR 64 ${keys.inprocServer}`]: own };
    const finding = await found(windows({}, entries), 'vdi library');
    expect(finding).toMatchObject({ level: 'warning', found: `${dll} is sqlvdi's stand-in, which is no SQL Server` });
    expect(finding.fix).toContain('regsvr32 /u');
    const another = { ...registry, [`HKCR 64 ${keys.inprocServer}`]: { ...own, '': `${dll}2` } };
    expect((await found(windows({}, another), 'vdi library')).found).not.toContain('stand-in');
    // It needs no instance.
    expect(await found(windows({}, entries), 'instances', { instance: 'OTHER' })).toMatchObject({ level: 'warning' });
  });

  it.each([
    [{ version: '1.2.3.4', company: 'Fabrikam' }, 'version 1.2.3.4, x64, not by Microsoft (Fabrikam)'],
    [null, 'version unknown, x64, not by Microsoft (nobody named)'],
  ])("warns of somebody else's DLL: %o", async (version, text) => {
    const finding = await found(windows({ fileVersion: () => version }), 'vdi library');
    expect(finding).toMatchObject({ level: 'warning', found: `${dll}, ${text}` });
  });

  it.each([
    [{ elevated: false, createGlobal: false }, 'warning', 'warning'],
    [{ elevated: false, createGlobal: true }, 'ok', 'ok'],
    [{ elevated: true, createGlobal: false }, 'ok', 'warning'],
  ])('judges the token %o', async (token, elevation, privilege) => {
    const machine = windows({ processToken: () => token });
    expect(await found(machine, 'elevation')).toMatchObject({ level: elevation });
    expect(await found(machine, 'SeCreateGlobalPrivilege')).toMatchObject({ level: privilege });
  });

  it('lists the instances with their accounts', async () => {
    const text = 'MSSQLSERVER (runs as NT Service\\MSSQLSERVER), SALES (runs as CONTOSO\\sql)';
    expect(await found(windows(), 'instances')).toMatchObject({ level: 'ok', found: text });
    expect(await found(windows(), 'instances', { instance: 'sales' })).toMatchObject({ level: 'ok' });
    const missing = await found(windows(), 'instances', { instance: 'OTHER' });
    expect(missing).toMatchObject({ level: 'error', found: `${text}; 'OTHER' is not among them` });
    expect(missing.fix).toContain('MSSQLSERVER, SALES');
  });

  it('misses the default instance, a service, or every instance', async () => {
    const named = {
      ...without(`HKLM 64 ${keys.service('MSSQL$SALES')}`),
      [`HKLM 64 ${keys.instances}`]: { SALES: 'x' },
    };
    expect(await found(windows({}, named), 'instances')).toMatchObject({
      level: 'error',
      found: 'SALES (its service is missing); there is no default instance',
    });
    const finding = await found(windows({}, named), 'instances', { instance: 'sales' });
    expect(finding).toMatchObject({ level: 'warning', found: 'SALES (its service is missing)' });
    expect(finding.fix).toContain('MSSQL$SALES');
    const none = windows({}, without(`HKLM 64 ${keys.instances}`));
    expect(await found(none, 'instances')).toMatchObject({ level: 'error', found: 'none is installed' });
  });

  it("lists SQL Server's ODBC drivers alone", async () => {
    expect(await found(windows(), 'odbc drivers')).toMatchObject({
      level: 'ok',
      found: 'ODBC Driver 18 for SQL Server',
    });
  });

  it.each([
    [['Some Other Driver'], 'warning'],
    // Every Windows brings it along.
    [['SQL Server'], 'warning'],
    [['SQL Server', 'ODBC Driver 13 for SQL Server', 'SQL Server Native Client 11.0'], 'warning'],
    [['SQL Server', 'ODBC Driver 17 for SQL Server'], 'ok'],
    [['ODBC Driver 20 for SQL Server'], 'ok'],
  ])('judges the ODBC drivers %o', async (names, level) => {
    const drivers = Object.fromEntries(names.map((name) => [name, 'Installed']));
    const finding = await found(windows({}, { ...registry, [`HKLM 64 ${keys.odbc}`]: drivers }), 'odbc drivers');
    expect(finding.level).toBe(level);
    if (level === 'warning') expect(finding.fix).toContain('ODBC Driver 18 for SQL Server');
  });
});

describe('Linux', () => {
  it('finds the library where LD_LIBRARY_PATH says, before its own folder', async () => {
    const library: Machine['library'] = () => ({ platform: 'linux', arch: 'x64' });
    const machine = linux({ library, libraryPath: ':/srv/lib/:/other' });
    expect(await found(machine, 'libsqlvdi.so')).toMatchObject({ level: 'ok', found: '/srv/lib/libsqlvdi.so' });
  });

  it('misses it, naming each folder', async () => {
    const machine = linux({ library: () => 'missing', libraryPath: '/srv/lib' });
    const finding = await found(machine, 'libsqlvdi.so');
    expect(finding).toMatchObject({ level: 'error', found: 'not in /srv/lib, /opt/mssql/lib' });
    expect(await found(machine, 'libsqlvdi.so', { provider: 'embedded' })).toMatchObject({ level: 'warning' });
  });

  it.each([
    ['is no library', null],
    ['is for linux arm64', { platform: 'linux', arch: 'arm64' }],
  ] as const)('says that it %s', async (text, answer) => {
    const finding = await found(linux({ library: () => answer }), 'libsqlvdi.so');
    expect(finding).toMatchObject({ level: 'error', found: `/opt/mssql/lib/libsqlvdi.so ${text}` });
  });

  it('warns of a user outside the group mssql, and of a missing group', async () => {
    const outside = linux({ user: () => ({ name: 'backup', groups: [1000] }) });
    const finding = await found(outside, 'groups');
    expect(finding.level).toBe('warning');
    expect(finding.fix).toContain('usermod -aG mssql backup');
    expect(await found(linux({ user: () => ({ name: 'mssql', groups: [] }) }), 'groups')).toMatchObject({
      level: 'ok',
    });
    expect(await found(linux({ groupId: () => null }), 'groups')).toMatchObject({
      level: 'warning',
      found: 'there is no group mssql',
    });
  });

  it('warns of a umask that takes rights from the group, unless it is the server’s own user', async () => {
    const machine = linux({ umask: () => 0o022 });
    expect(await found(machine, 'umask')).toMatchObject({
      level: 'warning',
      found: '0022 takes rights from the group, which SQL Server needs',
    });
    expect(await found(linux({ umask: () => 0o007 }), 'umask')).toMatchObject({ level: 'ok', found: '0007' });
    const own = { umask: () => 0o022, user: () => ({ name: 'mssql', groups: [] }) };
    expect(await found(linux(own), 'umask')).toMatchObject({ level: 'ok' });
  });
});

describe('the machine of this test', () => {
  it('has a platform, a Node and an addon that do, and the stand-in makes a set', async () => {
    const { findings } = await doctor({ provider: 'embedded', instance: undefined });
    for (const check of ['platform', 'node', 'addon', 'virtual device set']) {
      expect(findings).toContainEqual(expect.objectContaining({ check, level: 'ok' }));
    }
    // Nothing was refused or broke: registry, token, groups could all be read.
    expect(findings.filter(({ found: text }) => text.startsWith('cannot be found out'))).toEqual([]);
    expect(findings.every(({ level, fix }) => (level === 'ok') === (fix === null))).toBe(true);
  });

  it('may have a user without a name, as in a container', async () => {
    vi.spyOn(os, 'userInfo').mockImplementation(() => {
      throw new Error('uv_os_get_passwd returned ENOENT');
    });
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    expect(thisMachine.user().name).toBe(String(process.getuid?.() ?? ''));
    const { findings } = await doctor({ provider: 'embedded' });
    expect(findings.filter(({ found: text }) => text.startsWith('cannot be found out'))).toEqual([]);
  });
});
