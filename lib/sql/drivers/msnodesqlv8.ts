// The driver msnodesqlv8: Microsoft's ODBC driver, with integrated authentication on Windows.
import { settled } from '../../common/waits.ts';
import { ConnectError, DriverMissingError } from '../connection-error.ts';
import { SqlServerError } from '../error.ts';
import type { ExecuteOptions, ExecuteResult, SqlExecutor, SqlMessage } from '../executor.ts';
import { type CheckedLogin, serverText } from '../login.ts';
import { loadPeer } from './peer.ts';
import { type Run, runStatement } from './run.ts';

/** What is used of the package; its own types are not needed to build this one. */
export interface Msnodesqlv8 {
  open(
    description: { readonly conn_str: string; readonly conn_timeout: number },
    done: (error: unknown, connection: OdbcConnection) => void,
  ): void;
}

/** A connection of msnodesqlv8. */
export interface OdbcConnection {
  query(description: OdbcStatement): OdbcQuery;
  close(done: (error: unknown) => void): void;
  setUseUTC?(utc: boolean): void;
}

interface OdbcStatement {
  readonly query_str: string;
  /** Seconds; 0: none. */
  readonly query_timeout: 0;
  /** Without it a statement cannot be cancelled. */
  readonly query_polling: true;
  /** Whole numbers that JavaScript's would round come as text. */
  readonly numeric_string: true;
}

interface OdbcQuery {
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  cancelQuery(done: (error: unknown) => void): void;
}

/** How the server, ODBC and the driver's manager report. */
interface OdbcError {
  readonly message: string;
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly lineNumber?: unknown;
  readonly procName?: unknown;
  readonly serverName?: unknown;
}

/** ODBC's own. */
const usualTimeoutMs = 15_000;
/** close() of a connection that hangs. */
const closeWaitMs = 500;
/** "Data source name not found and no default driver specified", and unixODBC's "Can't open lib". */
const noSuchDriver: ReadonlySet<unknown> = new Set(['IM002', '01000']);
/** No connection, lost, or not in time: the number is then the network's (10054, say) and no server's. 08004 is the server's own. */
const withoutServer: ReadonlySet<unknown> = new Set(['08001', '08003', '08007', '08S01', '08S02', 'HYT00', 'HYT01']);
const odbcDrivers = ['ODBC Driver 18 for SQL Server', 'ODBC Driver 17 for SQL Server'] as const;

export function isOdbcConnection(value: object): boolean {
  return ['queryRaw', 'prepare', 'close', 'callproc'].every((name) => typeof Reflect.get(value, name) === 'function');
}

/** One connection string for each ODBC driver that may be there, the newest first. */
export function odbcStringsOf(login: CheckedLogin): readonly string[] {
  const { credentials, encrypt, trustServerCertificate } = login;
  const braced = (value: string) => `{${value.replaceAll('}', '}}')}}`;
  const yesNo = (value: boolean) => (value ? 'Yes' : 'No');
  const who =
    credentials === null
      ? 'Trusted_Connection=Yes'
      : `UID=${braced(credentials.user)};PWD=${braced(credentials.password)}`;
  return odbcDrivers.map(
    (driver) =>
      `Driver={${driver}};Server=${braced(serverText(login))};${who};Encrypt=${yesNo(encrypt)};` +
      `TrustServerCertificate=${yesNo(trustServerCertificate)}`,
  );
}

/**
 * Connects with the first of these strings whose ODBC driver is installed. Rejects with DriverMissingError, SqlServerError (a
 * refused login), ConnectError, or the signal's reason.
 */
export async function openMsnodesqlv8(
  strings: readonly string[],
  signal: AbortSignal | undefined,
  load: () => Promise<unknown> = importMsnodesqlv8,
  connectTimeoutMs = usualTimeoutMs,
): Promise<SqlExecutor> {
  const odbc = asModule(await loadPeer('msnodesqlv8', load));
  signal?.throwIfAborted();
  let last: unknown;
  for (const connectionString of strings) {
    try {
      const connection = await open(odbc, connectionString, signal, connectTimeoutMs);
      connection.setUseUTC?.(false);
      return await inMaster(new OdbcExecutor(connection), signal);
    } catch (error) {
      last = error;
      if (!(error instanceof ConnectError && noSuchDriver.has(stateOf(error.cause)))) throw error;
    }
  }
  throw last;
}

/** The caller's string may name a database, and a connection to it would stand in the way of its restore. */
async function inMaster(executor: SqlExecutor, signal: AbortSignal | undefined): Promise<SqlExecutor> {
  // Closing ends also what the server does not let go.
  const close = () => executor.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    await executor.execute('USE [master]', { signal });
    return executor;
  } catch (error) {
    await executor.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', close);
  }
}

// A variable, since the package has no types here.
const packageName: string = 'msnodesqlv8';

export function importMsnodesqlv8(): Promise<unknown> {
  return import(packageName);
}

function asModule(module: unknown): Msnodesqlv8 {
  for (const candidate of [module, member(module, 'default')]) {
    if (typeof member(candidate, 'open') === 'function') return candidate as Msnodesqlv8;
  }
  throw new DriverMissingError('msnodesqlv8', { cause: new TypeError('the package has no function open()') });
}

async function open(
  odbc: Msnodesqlv8,
  connectionString: string,
  signal: AbortSignal | undefined,
  connectTimeoutMs: number,
): Promise<OdbcConnection> {
  let onAbort = () => {};
  let timer: NodeJS.Timeout | undefined;
  let given = false;
  try {
    return await new Promise<OdbcConnection>((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        given = true;
        reject(reason);
      };
      onAbort = () => giveUp(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      // The package has been seen to leave conn_timeout out.
      const late = new Error(`no login within ${connectTimeoutMs} ms`);
      timer = setTimeout(() => giveUp(late), connectTimeoutMs);
      odbc.open(
        { conn_str: connectionString, conn_timeout: Math.ceil(connectTimeoutMs / 1000) },
        (error, connection) => {
          if (error) reject(error);
          // ODBC cannot be told to stop connecting: what comes too late is closed again.
          else if (given) connection.close(() => {});
          else resolve(connection);
        },
      );
    });
  } catch (error) {
    signal?.throwIfAborted();
    const cause = first(error);
    throw isServers(cause) ? new SqlServerError([toMessage(cause)]) : new ConnectError('msnodesqlv8', asError(cause));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

class OdbcExecutor implements SqlExecutor {
  readonly #connection: OdbcConnection;
  readonly #running = new Map<Run, OdbcQuery>();
  #closed: Promise<void> | undefined;

  constructor(connection: OdbcConnection) {
    this.#connection = connection;
  }

  readonly execute = (statement: string, options?: ExecuteOptions): Promise<ExecuteResult> =>
    runStatement(options, (run) => {
      const query = this.#connection.query({
        query_str: statement,
        query_timeout: 0,
        query_polling: true,
        numeric_string: true,
      });
      this.#running.set(run, query);
      let columns: readonly string[] = [];
      let sets = 0;
      let row: Record<string, unknown> | null = null;
      let failure: unknown;
      const flush = () => {
        if (row !== null && sets === 1) run.row(row);
        row = null;
      };
      query.on('meta', (meta) => {
        flush();
        sets++;
        columns = Array.isArray(meta) ? meta.map((column) => String(member(column, 'name'))) : [];
      });
      query.on('row', () => {
        flush();
        row = {};
      });
      query.on('column', (index, value) => {
        if (row !== null) row[columns[Number(index)] ?? String(index)] = value;
      });
      query.on('info', (info) => run.message({ ...toMessage(info), severity: 0 }));
      query.on('error', (error) => {
        if (isServers(error)) run.message(toMessage(error));
        else failure ??= asError(error);
      });
      const end = () => {
        flush();
        this.#running.delete(run);
        run.end(failure);
      };
      // Of a statement that failed the package says only that it was freed, and that after all of its errors.
      query.on('done', end);
      query.on('free', end);
      // Where it cannot be cancelled, closing the connection ends it.
      return () => query.cancelQuery(() => {});
    });

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // The package closes a connection only once what runs on it has ended.
    for (const query of this.#running.values()) query.cancelQuery(() => {});
    await settled(new Promise<void>((resolve) => this.#connection.close(() => resolve())), closeWaitMs);
    for (const run of this.#running.keys()) run.end(new Error('it was closed'));
    this.#running.clear();
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** ODBC gives several errors at once; the first is the cause. */
function first(error: unknown): unknown {
  return Array.isArray(error) ? error[0] : error;
}

/** open() spells it otherwise than a statement does. */
function stateOf(error: unknown): unknown {
  return member(error, 'sqlstate') ?? member(error, 'sqlState');
}

/** Whether the server itself said it. */
function isServers(error: unknown): boolean {
  return toMessage(error).number > 0 && !withoutServer.has(stateOf(error));
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  return Object.assign(new Error(String(member(error, 'message') ?? error)), { sqlstate: stateOf(error) });
}

/** ODBC has no state, and older versions of the package no severity: what is no information is then an error of the usual 16. */
function toMessage(error: unknown): SqlMessage {
  const { message, code, severity, lineNumber, procName, serverName } = error as OdbcError;
  return {
    number: typeof code === 'number' ? code : 0,
    state: 0,
    severity: typeof severity === 'number' && severity > 0 ? severity : 16,
    // "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]" is who passed it on.
    message: String(message).replace(/^(\[[^\]]*\])+/, ''),
    line: typeof lineNumber === 'number' ? lineNumber : 0,
    procedure: typeof procName === 'string' ? procName : '',
    server: typeof serverName === 'string' ? serverName : '',
  };
}
