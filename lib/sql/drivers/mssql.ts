// The driver mssql: pools over tedious or msnodesqlv8.
import type { ConnectionPool } from 'mssql';
import { settled, unlessAborted } from '../../common/waits.ts';
import { ConnectError, cannotEncrypt } from '../connection-error.ts';
import { SqlServerError } from '../error.ts';
import type { ExecuteOptions, ExecuteResult, SqlExecutor, SqlMessage } from '../executor.ts';
import type { CheckedLogin } from '../login.ts';
import { abandon } from './abandon.ts';
import { importMsnodesqlv8, openMsnodesqlv8 } from './msnodesqlv8.ts';
import { loadPeer } from './peer.ts';
import { type Run, runStatement } from './run.ts';

/** mssql's own configuration, as far as this package looks into it. */
export interface MssqlConfig {
  readonly server?: string | undefined;
  readonly connectionString?: string | undefined;
  readonly options?: object | undefined;
}

/** A pool of mssql, connected or not: recognised by its methods, and only its configuration and its class are used. */
export interface MssqlPool {
  readonly request: unknown;
  readonly connect: unknown;
  readonly close: unknown;
}

/** With whatever configuration: mssql's own type states one of several. */
type PoolClass = new (config: object) => ConnectionPool;

export function isMssqlPool(value: object): value is MssqlPool {
  const methods = ['request', 'connect', 'close'].map((name) => Reflect.get(value, name));
  return methods.every((method) => typeof method === 'function') && 'config' in value;
}

export function mssqlConfigOf(login: CheckedLogin): MssqlConfig {
  const { host, port, instance, credentials, encrypt, trustServerCertificate, connectTimeoutMs } = login;
  if (credentials === null) {
    throw new TypeError("mssql cannot log in as the process's own account: use the driver msnodesqlv8 or sqlcmd");
  }
  const at =
    port === null ? { options: { ...(instance !== null && { instanceName: instance }) } } : { port, options: {} };
  return {
    ...at,
    ...credentials,
    server: host,
    options: { ...at.options, encrypt, trustServerCertificate, connectTimeout: connectTimeoutMs },
  };
}

/** A pool's close() waits for what runs on it. */
const closeWaitMs = 500;

/**
 * Connects a pool of one connection; a pool over msnodesqlv8 lends its connection string to that driver instead, since of its
 * connection mssql shows nothing that could be closed. Rejects with DriverMissingError, SqlServerError (a refused login),
 * ConnectError, ServerSupportError (`mustEncrypt`, and it cannot), or the signal's reason.
 */
export async function openMssql(
  given: MssqlConfig | MssqlPool | string,
  signal: AbortSignal | undefined,
  mustEncrypt = false,
  loadOdbc = importMsnodesqlv8,
): Promise<SqlExecutor> {
  const { Pool, config } = await poolFor(given);
  signal?.throwIfAborted();
  const link: Link = { connection: null, messages: [], odbc: null, mustEncrypt, plain: false };
  const pool = new Pool(ownConfig(config, link));
  // Without a listener a lost connection would end the process; a running request is told as well.
  pool.on('error', () => {});
  const executor = new MssqlExecutor(pool, link);
  const connecting = pool.connect();
  try {
    await unlessAborted(connecting, signal);
    if (link.plain) throw cannotEncrypt();
    return executor;
  } catch (error) {
    // A pool that is still connecting refuses to be closed.
    const close = () => executor.close();
    connecting.then(close, close);
    if (link.odbc !== null) {
      const { connectionString, connectTimeoutMs } = link.odbc;
      return await openMsnodesqlv8([connectionString], signal, loadOdbc, connectTimeoutMs);
    }
    if (signal?.aborted && link.connection !== null) abandon(link.connection, connecting);
    signal?.throwIfAborted();
    if (link.plain) throw error;
    const { messages } = link;
    throw messages.length > 0 ? new SqlServerError(messages, { cause: error }) : new ConnectError('mssql', error);
  }
}

/** What is beneath the pool: a pool's own close waits for what runs. */
interface Link {
  /** The connection, where mssql shows it: it does for tedious. */
  connection: object | null;
  /** What the server said in refusing a login: mssql's own error has the text alone. */
  messages: readonly SqlMessage[];
  /** Of a pool over msnodesqlv8, what it was about to open. */
  odbc: OdbcSettings | null;
  readonly mustEncrypt: boolean;
  /** A connection was not encrypted although it must be, and was closed. */
  plain: boolean;
}

interface OdbcSettings {
  readonly connectionString: string;
  readonly connectTimeoutMs: number | undefined;
}

async function poolFor(given: MssqlConfig | MssqlPool | string): Promise<{ Pool: PoolClass; config: object }> {
  if (typeof given === 'object' && isMssqlPool(given)) {
    // The pool's own class, so that a pool over msnodesqlv8 stays one.
    const Pool: unknown = given.constructor;
    const config = Reflect.get(given, 'config');
    if (typeof Pool !== 'function' || typeof config !== 'object' || config === null) {
      throw new TypeError("this mssql pool's configuration cannot be read: give { driver: 'mssql', config } instead");
    }
    return { Pool: Pool as PoolClass, config };
  }
  const { default: mssql } = await loadPeer('mssql', () => import('mssql'));
  return {
    Pool: mssql.ConnectionPool as PoolClass,
    config: typeof given === 'string' ? mssql.ConnectionPool.parseConnectionString(given) : given,
  };
}

/** The caller's settings, and on top of them what a backup needs; see the driver tedious. */
function ownConfig(config: object, link: Link): object {
  const before: unknown = Reflect.get(config, 'beforeConnect');
  const options: unknown = Reflect.get(config, 'options');
  return {
    ...config,
    database: 'master',
    requestTimeout: 0,
    stream: false,
    arrayRowMode: false,
    parseJSON: false,
    pool: { min: 0, max: 1 },
    options: {
      appName: 'sqlvdi',
      ...(typeof options === 'object' ? options : {}),
      database: 'master',
      requestTimeout: 0,
      useUTC: false,
    },
    beforeConnect(connection: unknown) {
      if (typeof before === 'function') Reflect.apply(before, config, [connection]);
      link.odbc = odbcSettingsOf(connection);
      if (link.odbc !== null) throw new Error('the pool is not to connect by itself');
      takeLink(connection, link);
    },
  };
}

/** A pool over msnodesqlv8 shows what it gives to that package's open(), and no connection. */
function odbcSettingsOf(shown: unknown): OdbcSettings | null {
  if (typeof shown !== 'object' || shown === null) return null;
  const connectionString: unknown = Reflect.get(shown, 'conn_str');
  if (typeof connectionString !== 'string') return null;
  const seconds: unknown = Reflect.get(shown, 'conn_timeout');
  return {
    connectionString,
    connectTimeoutMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined,
  };
}

/** mssql makes one connection to try, and another for the first request. */
function takeLink(connection: unknown, link: Link): void {
  if (typeof connection !== 'object' || connection === null) return;
  const on: unknown = Reflect.get(connection, 'on');
  if (typeof on !== 'function') return;
  const messages: SqlMessage[] = [];
  Reflect.apply(on, connection, ['errorMessage', (token: unknown) => void messages.push(toMessage(token))]);
  let secure = false;
  const onSecure = () => {
    secure = true;
  };
  const onConnect = (error: unknown) => {
    if (error || secure || !link.mustEncrypt) return;
    link.plain = true;
    closeConnection(connection);
  };
  Reflect.apply(on, connection, ['secure', onSecure]);
  Reflect.apply(on, connection, ['connect', onConnect]);
  link.connection = connection;
  link.messages = messages;
}

function closeConnection(connection: object): void {
  const close: unknown = Reflect.get(connection, 'close');
  if (typeof close === 'function') Reflect.apply(close, connection, []);
}

class MssqlExecutor implements SqlExecutor {
  readonly #pool: ConnectionPool;
  readonly #link: Link;
  readonly #running = new Set<Run>();

  constructor(pool: ConnectionPool, link: Link) {
    this.#pool = pool;
    this.#link = link;
  }

  readonly execute = (statement: string, options?: ExecuteOptions): Promise<ExecuteResult> =>
    runStatement(options, (run) => {
      const request = this.#pool.request();
      request.stream = true;
      this.#running.add(run);
      const end = (error?: unknown) => {
        this.#running.delete(run);
        run.end(error);
      };
      let sets = 0;
      let failure: unknown;
      request.on('info', (info: unknown) => run.message(toMessage(info)));
      request.on('recordset', () => {
        sets++;
      });
      request.on('row', (row: Readonly<Record<string, unknown>>) => {
        if (sets === 1) run.row(row);
      });
      request.on('error', (error: unknown) => {
        if (isServerMessage(error)) run.message(toMessage(error));
        else failure ??= error;
      });
      request.on('done', () => end(failure));
      // The promise says the same as the events.
      request.batch(statement).catch(end);
      return () => request.cancel();
    });

  async close(): Promise<void> {
    const { connection } = this.#link;
    if (connection !== null) closeConnection(connection);
    await settled(this.#pool.close(), closeWaitMs);
    // Where there was no connection to close, this is all that ends them.
    for (const run of this.#running) run.end(new Error('it was closed'));
    this.#running.clear();
  }
}

/** Errors of the server have a severity; mssql's own have none. */
function isServerMessage(error: unknown): error is object {
  return typeof error === 'object' && error !== null && 'class' in error && typeof error.class === 'number';
}

function toMessage(from: unknown): SqlMessage {
  const member = (name: string): unknown =>
    typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined;
  const number = (name: string): number => (typeof member(name) === 'number' ? Number(member(name)) : 0);
  const text = (name: string): string => (typeof member(name) === 'string' ? String(member(name)) : '');
  return {
    number: number('number'),
    state: number('state'),
    severity: number('class'),
    message: text('message'),
    line: number('lineNumber'),
    procedure: text('procName'),
    server: text('serverName'),
  };
}
