// Flags before the environment, and that before the file.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UsageError } from '../../lib/cli/report.ts';
import { type ServerFlags, serverOf } from '../../lib/cli/server.ts';
import { readSettings, settingsOf, userConfigPath } from '../../lib/cli/settings.ts';
import { freshFolder } from '../support/folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await freshFolder();
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  vi.stubEnv('APPDATA', folder);
});
afterEach(() => vi.unstubAllEnvs());

async function configured(settings: object, path = userConfigPath()): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(settings));
  return path;
}

test('nothing anywhere', async () => {
  expect(await settingsOf({}, undefined)).toEqual({});
});

test("the user's own file, then the environment, then flags", async () => {
  await configured({ server: 'file', user: 'file', encrypt: false, driver: 'mssql' });
  expect(await settingsOf({}, undefined)).toEqual({ server: 'file', user: 'file', encrypt: false, driver: 'mssql' });
  vi.stubEnv('SQLVDI_USER', 'environment');
  vi.stubEnv('SQLVDI_TRUST_SERVER_CERTIFICATE', 'yes');
  vi.stubEnv('SQLVDI_ENCRYPT', '1');
  const settings = await settingsOf({ driver: 'tedious' }, undefined);
  expect(settings).toEqual({
    server: 'file',
    user: 'environment',
    encrypt: true,
    driver: 'tedious',
    trustServerCertificate: true,
  });
});

test('another file by SQLVDI_CONFIG, and another by --config', async () => {
  await configured({ server: 'own' });
  vi.stubEnv('SQLVDI_CONFIG', await configured({ server: 'variable' }, join(folder, 'a.json')));
  expect(await settingsOf({}, undefined)).toEqual({ server: 'variable' });
  expect(await settingsOf({}, await configured({ server: 'flag' }, join(folder, 'b.json')))).toEqual({
    server: 'flag',
  });
});

test('a login of one place leaves none of another', async () => {
  await configured({ server: 's', trusted: true });
  expect(await settingsOf({ user: 'u' }, undefined)).toEqual({ server: 's', user: 'u' });
  vi.stubEnv('SQLVDI_USER', 'u');
  expect(await settingsOf({}, undefined)).toEqual({ server: 's', user: 'u' });
  expect(await settingsOf({ trusted: true }, undefined)).toEqual({ server: 's', trusted: true });
});

test.each([
  ['{', 'is no JSON'],
  ['[]', 'is no JSON object'],
  ['{"password": "hunter2"}', 'give it in SQLVDI_PASSWORD'],
  ['{"sever": "s"}', "has 'sever'; known are server, user"],
  ['{"encrypt": "no"}', "has a 'encrypt' that is no boolean"],
])('a file with %s is refused', (text, message) => {
  expect(() => readSettings(text, 'f')).toThrow(UsageError);
  expect(() => readSettings(text, 'f')).toThrow(message);
  expect(() => readSettings(text, 'f')).toThrow(/^(?!.*hunter2)/s);
});

test('a file that is named must be there', async () => {
  await expect(settingsOf({}, join(folder, 'none'))).rejects.toThrow('cannot be read');
});

test('the server of a command', async () => {
  vi.stubEnv('SQLVDI_PASSWORD', 'p');
  expect(await serverOf({ server: 'h', user: 'u', driver: 'sqlcmd' })).toMatchObject({
    connection: { driver: 'sqlcmd', server: 'h', user: 'u', password: 'p', encrypt: undefined },
    provider: 'auto',
  });
  // Taken, so that no process that is started from here inherits it.
  expect(process.env['SQLVDI_PASSWORD']).toBeUndefined();
  vi.stubEnv('SQLVDI_PASSWORD', '');
  expect(await serverOf({ server: 'h', user: 'u', provider: 'embedded', instance: 'i' })).toMatchObject({
    connection: { password: '', encrypt: false },
    provider: 'embedded',
    instance: 'i',
  });
  expect(await serverOf({ server: 'h', trusted: true, encrypt: true })).toMatchObject({
    connection: { trusted: true, encrypt: true },
  });
  const limit = { idleMs: 1 };
  expect(await serverOf({ embedded: 'f', limit })).toMatchObject({ limits: limit });
  expect(await serverOf({ server: 'h', trusted: true, limit })).toMatchObject({ limits: limit });
  expect(await serverOf({ embedded: 'f' })).toMatchObject({ embedded: 'f', provider: 'embedded' });
  expect(await serverOf({ embedded: 'f', provider: 'com' })).toMatchObject({ embedded: 'f', provider: 'com' });
});

const refused: readonly [ServerFlags & { readonly stdinIsData?: boolean }, string][] = [
  [{ server: 'h' }, 'give a login'],
  [{ server: 'h', user: 'u' }, 'no password'],
  [{ server: 'h', user: 'u', trusted: true }, 'not both'],
  [{ server: 'h', trusted: true, passwordStdin: true }, 'needs no password'],
  [{ server: 'h', user: 'u', passwordStdin: true, stdinIsData: true }, 'both the backup and the password'],
  [{ embedded: 'f', server: 'h' }, 'a server of its own'],
  [{ server: 'h', user: 'u', driver: 'odbc' }, "the driver is 'odbc'"],
];

test.each(refused)('%j is refused', async ({ stdinIsData = false, ...flags }, message) => {
  await expect(serverOf(flags, { stdinIsData })).rejects.toThrow(message);
});

test('two logins of two variables are refused', async () => {
  vi.stubEnv('SQLVDI_TRUSTED', 'true');
  vi.stubEnv('SQLVDI_USER', 'u');
  await expect(serverOf({ server: 'h' })).rejects.toThrow('one of them');
});

test('only a flag chooses the stand-in', async () => {
  vi.stubEnv('SQLVDI_PROVIDER', 'embedded');
  vi.stubEnv('SQLVDI_PASSWORD', 'p');
  await expect(serverOf({ server: 'h', user: 'u' })).rejects.toThrow('only the flag --provider embedded');
});
