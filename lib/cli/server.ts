// Which server a command talks to. The stand-in is taken only where a flag names it.

import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { DriverName, Limits, Login, ProviderName, ServerOptions } from '../index.ts';
import { collectLimit, limitNames } from './limits.ts';
import { UsageError } from './report.ts';
import { settingsOf } from './settings.ts';

export interface ServerFlags {
  readonly server?: string;
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly trusted?: boolean;
  readonly driver?: string;
  readonly encrypt?: boolean;
  readonly trustServerCertificate?: boolean;
  readonly config?: string;
  readonly embedded?: string;
  readonly provider?: string;
  readonly instance?: string;
  readonly limit?: Limits;
}

/** The part of an operation's options that says where the statement goes, and for how long. */
export type CommandServer = Pick<ServerOptions, 'connection' | 'embedded' | 'provider' | 'instance' | 'limits'>;

const drivers = ['tedious', 'mssql', 'msnodesqlv8', 'sqlcmd'] as const satisfies readonly DriverName[];
export const providers = ['auto', 'com', 'libsqlvdi', 'embedded'] as const satisfies readonly (ProviderName | 'auto')[];

export function addServerOptions(command: Command): Command {
  return (
    command
      .option('--server <server>', 'the SQL Server: host, host\\instance, host,port or host\\instance,port')
      .option('--user <name>', 'SQL Server login; its password comes from SQLVDI_PASSWORD or --password-stdin')
      .option('--password-stdin', 'read the password from stdin')
      .option('--trusted', 'log in as the account this command runs as')
      .addOption(new Option('--driver <name>', 'SQL client (default: the first that is installed)').choices(drivers))
      // Both, so that neither is the default.
      .option('--encrypt', 'encrypt the connection (the default), and refuse a server that cannot')
      .option('--no-encrypt', 'do not')
      .option('--trust-server-certificate', "take the server's certificate unseen")
      .option('--config <file>', 'a configuration file (JSON)')
      .option('--embedded <folder>', 'use the stand-in server whose databases live in this folder; it is no SQL Server')
      .addOption(new Option('--provider <name>', 'how virtual device sets are made (default: auto)').choices(providers))
      .option(
        '--instance <name>',
        "the SQL Server instance, without the machine name (default: the server's, else the default instance)",
      )
      .option(
        '--limit <part=duration>',
        `how long a part may take, such as idle=2h or attach=90s; 0: no limit. The parts: ${limitNames.join(', ')}. May be given again`,
        collectLimit,
      )
  );
}

/** `stdinIsData`: stdin is a backup, and no password. */
export async function serverOf(
  flags: ServerFlags,
  { stdinIsData = false }: { readonly stdinIsData?: boolean } = {},
): Promise<CommandServer> {
  if (flags.embedded !== undefined) return embeddedServer(flags, flags.embedded);
  if (flags.trusted && flags.user !== undefined) throw new UsageError('give --user or --trusted, not both');
  const { embedded: _, config, passwordStdin = false, limit: limits, ...own } = flags;
  const settings = await settingsOf(own, config);
  const { server, user, instance, trusted = false } = settings;
  const provider = oneOf(providers, settings.provider ?? 'auto', 'provider');
  if (provider === 'embedded' && flags.provider !== 'embedded') {
    throw new UsageError('the stand-in is no SQL Server: only the flag --provider embedded itself can choose it');
  }
  if (server === undefined) throw noServer(provider);
  const driver = settings.driver === undefined ? undefined : oneOf(drivers, settings.driver, 'driver');
  // The stand-in listens on this machine alone, and has no certificate to show. Elsewhere the default is the library's.
  const { encrypt = provider === 'embedded' ? false : undefined, trustServerCertificate } = settings;
  if (trusted && passwordStdin) throw new UsageError('--trusted needs no password: leave --password-stdin out');
  if (trusted === (user !== undefined)) throw new UsageError('give a login: --user or --trusted, one of them');
  if (passwordStdin && stdinIsData) {
    throw new UsageError('stdin cannot be both the backup and the password: give the password in SQLVDI_PASSWORD');
  }
  const login: Login = trusted
    ? { server, trusted, encrypt, trustServerCertificate }
    : { server, user, password: await password(passwordStdin), encrypt, trustServerCertificate };
  return { connection: { ...login, driver }, provider, instance, limits };
}

function embeddedServer(flags: ServerFlags, embedded: string): CommandServer {
  const { server, user, trusted, instance, limit: limits } = flags;
  if (server !== undefined || user !== undefined || trusted !== undefined) {
    throw new UsageError('--embedded is a server of its own: leave --server, --user and --trusted out');
  }
  const provider = oneOf(providers, flags.provider ?? 'auto', 'provider');
  if (provider === 'libsqlvdi') {
    throw new UsageError(
      'the stand-in is not reached through libsqlvdi: --embedded goes with --provider embedded or com',
    );
  }
  // Its DLL may be the registered one (regsvr32), and is then reached as SQL Server is.
  return { embedded, provider: provider === 'auto' ? 'embedded' : provider, instance, limits };
}

function noServer(provider: string): UsageError {
  return new UsageError(
    provider === 'embedded'
      ? "the embedded provider needs a server: give --server 127.0.0.1,<port> of 'sqlvdi embedded serve', or " +
          '--embedded <folder>, where the stand-in keeps its databases'
      : 'no server to send the statement to: give --server <host> and --user <name> or --trusted; or --embedded <folder> ' +
          'for the stand-in server, which is no SQL Server',
  );
}

function oneOf<T extends string>(allowed: readonly T[], value: string, what: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`the ${what} is '${value}'; there are ${allowed.join(', ')}`);
  return found;
}

/** From stdin or the environment. */
export async function password(fromStdin: boolean): Promise<string> {
  const variable = process.env['SQLVDI_PASSWORD'];
  // No process that this one starts needs it.
  delete process.env['SQLVDI_PASSWORD'];
  if (!fromStdin) {
    if (variable !== undefined) return variable;
    throw new UsageError('no password: set SQLVDI_PASSWORD, or give --password-stdin');
  }
  if (process.stdin.isTTY) throw new UsageError('--password-stdin wants a pipe or a file, and stdin is a terminal');
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** The stand-in makes its folder where it is missing; where a database must be there already, that would only hide a slip of the pen. */
export function requireFolder(folder: string | undefined): void {
  if (folder === undefined || existsSync(folder)) return;
  throw new UsageError(
    `the stand-in's folder '${folder}' does not exist: 'sqlvdi embedded create' makes one with a database`,
  );
}
