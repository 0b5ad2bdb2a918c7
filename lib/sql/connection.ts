// What may be given as a connection: recognised, checked, and opened as one of this package's own.
import { DriverMissingError } from './connection-error.ts';
import { isOdbcConnection, odbcStringsOf, openMsnodesqlv8 } from './drivers/msnodesqlv8.ts';
import { isMssqlPool, type MssqlConfig, type MssqlPool, mssqlConfigOf, openMssql } from './drivers/mssql.ts';
import { openSqlcmd } from './drivers/sqlcmd.ts';
import {
  configOfTedious,
  isTediousConnection,
  openTedious,
  type TediousConfig,
  type TediousConnection,
  tediousConfigOf,
} from './drivers/tedious.ts';
import type { DriverName, SqlExecutor } from './executor.ts';
import { type CheckedLogin, checkLogin, type Login } from './login.ts';

/**
 * How to reach the SQL Server. Whatever is given, the statement runs on a connection of its own, in master, without a time-out
 * for requests; a live connection or pool only lends its settings, and is neither used nor closed.
 *
 * - a server and a login, for the driver named or, without one, the first that is installed;
 * - a driver and its own configuration (for msnodesqlv8: an ODBC connection string);
 * - a live tedious Connection or mssql ConnectionPool. A live msnodesqlv8 connection does not tell its settings: an error.
 */
export type ConnectionOption =
  | (Login & { readonly driver?: DriverName | undefined; readonly config?: undefined })
  | { readonly driver: 'tedious'; readonly config: TediousConfig | TediousConnection }
  | { readonly driver: 'mssql'; readonly config: MssqlConfig | MssqlPool | string }
  | { readonly driver: 'msnodesqlv8'; readonly config: string }
  | TediousConnection
  | MssqlPool;

/** Connects, once everything about the option has been checked. */
export type Connector = (signal: AbortSignal | undefined) => Promise<SqlExecutor>;

const drivers: readonly DriverName[] = ['tedious', 'mssql', 'msnodesqlv8', 'sqlcmd'];

/** Throws a TypeError where the option cannot be a connection. It names members, and never a value that may be a secret. */
export function connectorFor(option: ConnectionOption): Connector {
  const given: unknown = option;
  if (typeof given === 'string') {
    throw new TypeError("connection is a string; give { driver: 'msnodesqlv8' or 'mssql', config: the string }");
  }
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`connection must be an object, not ${given === null ? 'null' : typeof given}`);
  }
  if (isTediousConnection(given)) return tediousConnector(given);
  if (isMssqlPool(given)) return (signal) => openMssql(given, signal);
  if (isOdbcConnection(given)) return refuseOdbcConnection();
  const driver = driverOf(given);
  if ('config' in given && given.config !== undefined) return configConnector(driver, given.config, Object.keys(given));
  const { driver: _, config: __, ...login } = given as Login & { driver?: unknown; config?: unknown };
  return loginConnector(driver, checkLogin(login));
}

function driverOf(given: object): DriverName | null {
  if (!('driver' in given) || given.driver === undefined) return null;
  const found = drivers.find((name) => name === given.driver);
  if (found === undefined) {
    throw new TypeError(`connection.driver is '${String(given.driver)}'; there are ${drivers.join(', ')}`);
  }
  return found;
}

function configConnector(driver: DriverName | null, config: unknown, members: readonly string[]): Connector {
  const others = members.filter((name) => name !== 'driver' && name !== 'config');
  if (others.length > 0) {
    throw new TypeError(`connection.config says everything: leave connection.${others.join(', connection.')} out`);
  }
  const isObject = typeof config === 'object' && config !== null;
  switch (driver) {
    case 'tedious':
      if (isObject) return tediousConnector(config);
      break;
    case 'mssql':
      if (isObject || typeof config === 'string') return (signal) => openMssql(config, signal);
      break;
    case 'msnodesqlv8':
      if (isObject && isOdbcConnection(config)) return refuseOdbcConnection();
      if (typeof config === 'string') return (signal) => openMsnodesqlv8([config], signal);
      break;
    case 'sqlcmd':
      throw new TypeError('sqlcmd has no configuration of its own: give connection.server and a login instead');
    case null:
      throw new TypeError('connection.config needs connection.driver: which driver is it for?');
  }
  throw new TypeError(`connection.config for ${driver} cannot be ${isObject ? 'an object' : `a ${typeof config}`}`);
}

function tediousConnector(given: object): Connector {
  const config = isTediousConnection(given) ? configOfTedious(given) : given;
  return (signal) => openTedious(config, signal);
}

function refuseOdbcConnection(): never {
  throw new TypeError(
    'a live msnodesqlv8 connection does not tell its settings, and the statement needs a connection of its own: ' +
      "give { driver: 'msnodesqlv8', config: the connection string }",
  );
}

function loginConnector(driver: DriverName | null, login: CheckedLogin): Connector {
  const byDriver: Readonly<Record<DriverName, () => Connector>> = {
    tedious: () => {
      const config = tediousConfigOf(login);
      return (signal) => openTedious(config, signal, login.mustEncrypt);
    },
    mssql: () => {
      const config = mssqlConfigOf(login);
      return (signal) => openMssql(config, signal, login.mustEncrypt);
    },
    msnodesqlv8: () => (signal) => openMsnodesqlv8(odbcStringsOf(login), signal, undefined, login.connectTimeoutMs),
    sqlcmd: () => async () => openSqlcmd(login),
  };
  if (driver !== null) return byDriver[driver]();
  const candidates = drivers.filter(
    (name) => login.credentials !== null || name === 'msnodesqlv8' || name === 'sqlcmd',
  );
  const connectors = candidates.map((name) => byDriver[name]());
  return (signal) => firstInstalled(connectors, signal);
}

async function firstInstalled(connectors: readonly Connector[], signal: AbortSignal | undefined): Promise<SqlExecutor> {
  let missing: unknown;
  for (const connect of connectors) {
    try {
      return await connect(signal);
    } catch (error) {
      if (!(error instanceof DriverMissingError)) throw error;
      missing ??= error;
    }
  }
  throw missing;
}
