// The driver tedious: a TDS client in JavaScript.
import type { Connection, ConnectionConfiguration, Request } from 'tedious';
import { unlessAborted } from '../../common/waits.ts';
import { ConnectError, cannotEncrypt } from '../connection-error.ts';
import { SqlServerError } from '../error.ts';
import type { ExecuteOptions, ExecuteResult, SqlExecutor, SqlMessage } from '../executor.ts';
import type { CheckedLogin } from '../login.ts';
import { abandon } from './abandon.ts';
import { loadPeer } from './peer.ts';
import { runStatement } from './run.ts';

/** tedious' own configuration, as far as this package looks into it. */
export interface TediousConfig {
  readonly server?: string | undefined;
  readonly authentication?: object | undefined;
  readonly options?: object | undefined;
}

/** A tedious connection, connected or not: recognised by its methods, and only its configuration is used. */
export interface TediousConnection {
  readonly execSqlBatch: unknown;
  readonly connect: unknown;
}

export function isTediousConnection(value: object): value is TediousConnection {
  return 'execSqlBatch' in value && typeof value.execSqlBatch === 'function' && 'connect' in value;
}

/** The configuration of a connection there is. Throws a TypeError where it cannot be had. */
export function configOfTedious(connection: TediousConnection): TediousConfig {
  const config = 'config' in connection ? connection.config : undefined;
  if (typeof config !== 'object' || config === null || !('server' in config) || typeof config.server !== 'string') {
    throw new TypeError(
      "this tedious Connection's configuration cannot be read: give { driver: 'tedious', config } instead",
    );
  }
  return { ...config, server: config.server };
}

export function tediousConfigOf(login: CheckedLogin): TediousConfig {
  const { host, port, instance, credentials, encrypt, trustServerCertificate, connectTimeoutMs } = login;
  if (credentials === null) {
    throw new TypeError("tedious cannot log in as the process's own account: use the driver msnodesqlv8 or sqlcmd");
  }
  const options = { userName: credentials.user, password: credentials.password };
  return {
    server: host,
    authentication: { type: 'default', options },
    options: {
      ...(port === null ? instance !== null && { instanceName: instance } : { port }),
      encrypt,
      trustServerCertificate,
      connectTimeout: connectTimeoutMs,
    },
  };
}

/**
 * Connects. Rejects with DriverMissingError, SqlServerError (a refused login), ConnectError, ServerSupportError (`mustEncrypt`, and it
 * cannot), or the signal's reason.
 */
export async function openTedious(
  config: TediousConfig,
  signal: AbortSignal | undefined,
  mustEncrypt = false,
): Promise<SqlExecutor> {
  const tedious = await loadPeer('tedious', () => import('tedious'));
  signal?.throwIfAborted();
  const connection = new tedious.Connection(ownConfig(config));
  // A running request is told as well; without a listener a lost connection would end the process.
  connection.on('error', () => {});
  let secure = false;
  connection.on('secure', () => {
    secure = true;
  });
  await connect(connection, signal);
  if (mustEncrypt && !secure) {
    connection.close();
    throw cannotEncrypt();
  }
  return new TediousExecutor(connection, tedious.Request);
}

/**
 * The caller's settings, and on top of them what a backup needs: no request time-out; rows in the one form that is read here;
 * master, since a connection to the database itself would stand in the way of its restore; local times, which are the
 * server's own, as it is this machine.
 */
function ownConfig(config: TediousConfig): ConnectionConfiguration {
  const options: Record<string, unknown> = {
    appName: 'sqlvdi',
    ...config.options,
    database: 'master',
    requestTimeout: 0,
    useColumnNames: false,
    camelCaseColumns: false,
    columnNameReplacer: undefined,
    rowCollectionOnDone: false,
    rowCollectionOnRequestCompletion: false,
    useUTC: false,
  };
  // A connection's own configuration has the default port beside the instance; tedious wants one of the two.
  if (options['instanceName'] !== undefined) delete options['port'];
  return { ...config, options } as ConnectionConfiguration;
}

async function connect(connection: Connection, signal: AbortSignal | undefined): Promise<void> {
  const messages: SqlMessage[] = [];
  const onError = (token: Token) => void messages.push(toMessage(token));
  connection.on('errorMessage', onError);
  const connecting = new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  try {
    await unlessAborted(connecting, signal);
  } catch (error) {
    const close = () => connection.close();
    connecting.then(close, close);
    if (signal?.aborted) abandon(connection, connecting);
    signal?.throwIfAborted();
    throw messages.length > 0 ? new SqlServerError(messages, { cause: error }) : new ConnectError('tedious', error);
  } finally {
    connection.off('errorMessage', onError);
  }
}

class TediousExecutor implements SqlExecutor {
  readonly #connection: Connection;
  readonly #Request: typeof Request;

  constructor(connection: Connection, RequestClass: typeof Request) {
    this.#connection = connection;
    this.#Request = RequestClass;
  }

  readonly execute = (statement: string, options?: ExecuteOptions): Promise<ExecuteResult> =>
    runStatement(options, (run) => {
      const connection = this.#connection;
      const onMessage = (token: Token) => run.message(toMessage(token));
      const request = new this.#Request(statement, (error) => {
        connection.off('infoMessage', onMessage);
        connection.off('errorMessage', onMessage);
        run.end(error);
      });
      let sets = 0;
      request.on('columnMetadata', () => {
        sets++;
      });
      request.on('row', (columns: readonly Column[]) => {
        if (sets === 1) run.row(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value])));
      });
      connection.on('infoMessage', onMessage);
      connection.on('errorMessage', onMessage);
      connection.execSqlBatch(request);
      return () => void connection.cancel();
    });

  async close(): Promise<void> {
    this.#connection.close();
  }
}

interface Column {
  readonly metadata: { readonly colName: string };
  readonly value: unknown;
}

/** What tedious gives for the server's INFO and ERROR tokens. */
interface Token {
  readonly number: number;
  readonly state: number;
  readonly class: number;
  readonly message: string;
  readonly serverName: string;
  readonly procName: string;
  readonly lineNumber: number;
}

function toMessage(token: Token): SqlMessage {
  return {
    number: token.number,
    state: token.state,
    severity: token.class,
    message: token.message,
    line: token.lineNumber,
    procedure: token.procName,
    server: token.serverName,
  };
}
