// Where a command's server is written down: flags come before the environment, and that before the configuration file.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './report.ts';

/** What may be said about the server in any of the three places. The password is in none of them but the environment. */
export interface Settings {
  readonly server?: string;
  readonly user?: string;
  readonly trusted?: boolean;
  readonly driver?: string;
  readonly encrypt?: boolean;
  readonly trustServerCertificate?: boolean;
  readonly provider?: string;
  readonly instance?: string;
}

const kinds: Readonly<Record<keyof Settings, 'text' | 'truth'>> = {
  server: 'text',
  user: 'text',
  trusted: 'truth',
  driver: 'text',
  encrypt: 'truth',
  trustServerCertificate: 'truth',
  provider: 'text',
  instance: 'text',
};

/** `flags` win over SQLVDI_SERVER and its like, and these over the file: `config`, SQLVDI_CONFIG, or the user's own where it exists. */
export async function settingsOf(flags: Settings, config: string | undefined): Promise<Settings> {
  return [environmentSettings(process.env), defined(flags)].reduce(over, await fileSettings(config));
}

/** A login is one thing: what one place says of it leaves no part of another place's. */
function over(below: Settings, above: Settings): Settings {
  const merged = { ...below, ...above };
  if (above.trusted === true && above.user === undefined) return without(merged, 'user');
  if (above.user !== undefined && above.trusted === undefined) return without(merged, 'trusted');
  return merged;
}

/** %APPDATA%\sqlvdi\config.json on Windows, else $XDG_CONFIG_HOME/sqlvdi/config.json or ~/.config/sqlvdi/config.json. */
export function userConfigPath(environment: NodeJS.ProcessEnv = process.env): string {
  const folder =
    process.platform === 'win32'
      ? (environment['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'))
      : environment['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return join(folder, 'sqlvdi', 'config.json');
}

async function fileSettings(config: string | undefined): Promise<Settings> {
  const named = config ?? process.env['SQLVDI_CONFIG'];
  const path = named || userConfigPath();
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (absent && !named) return {};
    throw new UsageError(`the configuration file '${path}' cannot be read: ${String(error)}`);
  }
  return readSettings(text, path);
}

/** Throws a UsageError that names the file and the member. */
export function readSettings(text: string, path: string): Settings {
  const wrong = (what: string) => new UsageError(`the configuration file '${path}' ${what}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw wrong('is no JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong('is no JSON object');
  for (const [name, value] of Object.entries(parsed)) {
    if (name === 'password') throw wrong('has a password: give it in SQLVDI_PASSWORD or with --password-stdin');
    if (!isSetting(name)) throw wrong(`has '${name}'; known are ${Object.keys(kinds).join(', ')}`);
    const expected = kinds[name] === 'text' ? 'string' : 'boolean';
    if (typeof value !== expected) throw wrong(`has a '${name}' that is no ${expected}`);
  }
  return parsed;
}

function environmentSettings(environment: NodeJS.ProcessEnv): Settings {
  const found: [string, string | boolean][] = [];
  for (const name of Object.keys(kinds).filter(isSetting)) {
    const variable = `SQLVDI_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    found.push([name, kinds[name] === 'text' ? value : truth(value, variable)]);
  }
  return Object.fromEntries(found);
}

function truth(value: string, variable: string): boolean {
  if (/^(1|true|yes)$/i.test(value)) return true;
  if (/^(0|false|no)$/i.test(value)) return false;
  throw new UsageError(`${variable} is '${value}'; it must be true or false`);
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(kinds, name);
}

function defined(settings: Settings): Settings {
  const own = Object.entries(settings).filter(([name, value]) => isSetting(name) && value !== undefined);
  return Object.fromEntries(own);
}

function without(settings: Settings, name: keyof Settings): Settings {
  const { [name]: _, ...others } = settings;
  return others;
}
