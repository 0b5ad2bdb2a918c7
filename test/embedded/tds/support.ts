// What the tests of the TDS endpoint share: an endpoint, and `execute` through each unmodified client.
import { spawn, spawnSync } from 'node:child_process';
import mssql from 'mssql';
import { Connection, type ConnectionConfiguration, Request } from 'tedious';
import { onTestFinished } from 'vitest';
import type { EmbeddedServer } from '../../../lib/embedded/server.ts';
import { TdsEndpoint, type TdsLogin } from '../../../lib/embedded/tds/endpoint.ts';
import { SqlServerError } from '../../../lib/sql/error.ts';
import type { Execute, SqlMessage, SqlValue } from '../../../lib/sql/executor.ts';
import { startServer } from '../support.ts';

export const password = 'p@ss wörd';
export const logins: readonly TdsLogin[] = [
  { user: 'sa', password },
  { user: 'reader', password, sysadmin: false },
];

export interface Serving {
  readonly server: EmbeddedServer;
  readonly endpoint: TdsEndpoint;
}

/** Both are closed with the test. */
export async function startEndpoint(options: Parameters<typeof startServer>[0] = {}): Promise<Serving> {
  const server = await startServer(options);
  const endpoint = await TdsEndpoint.start(server, { logins });
  onTestFinished(() => endpoint.close());
  return { server, endpoint };
}

type Options = NonNullable<ConnectionConfiguration['options']>;

/** A tedious connection, closed with the test. Rejects where the login fails. */
export async function tediousConnection(
  { port }: TdsEndpoint,
  options: Options = {},
  { userName = 'sa', word = password }: { userName?: string; word?: string } = {},
): Promise<Connection> {
  const connection = new Connection({
    server: '127.0.0.1',
    authentication: { type: 'default', options: { userName, password: word } },
    options: { port, encrypt: false, requestTimeout: 0, ...options },
  });
  onTestFinished(() => connection.close());
  connection.on('error', () => {}); // a lost connection is what some tests are about
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
  return connection;
}

interface Token {
  readonly number: number;
  readonly state: number;
  readonly class: number;
  readonly message: string;
  readonly lineNumber: number;
  readonly procName: string;
  readonly serverName: string;
}

const messageOf = (token: Token): SqlMessage => ({
  number: token.number,
  state: token.state,
  severity: token.class,
  message: token.message,
  line: token.lineNumber,
  procedure: token.procName,
  server: token.serverName,
});

export function tediousExecute(connection: Connection): Execute {
  return (statement, { signal, onMessage } = {}) =>
    new Promise((resolve, reject) => {
      const messages: SqlMessage[] = [];
      const rows: Record<string, SqlValue>[] = [];
      const receive = (token: Token): void => {
        messages.push(messageOf(token));
        onMessage?.(messageOf(token));
      };
      const cancel = (): void => void connection.cancel();
      const request = new Request(statement, (error) => {
        connection.off('infoMessage', receive).off('errorMessage', receive);
        signal?.removeEventListener('abort', cancel);
        if (!error) resolve({ rows, messages });
        else reject(messages.length > 0 && !signal?.aborted ? new SqlServerError(messages, { cause: error }) : error);
      });
      request.on('row', (columns: { value: SqlValue; metadata: { colName: string } }[]) => {
        rows.push(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value])));
      });
      connection.on('infoMessage', receive).on('errorMessage', receive);
      signal?.addEventListener('abort', cancel, { once: true });
      connection.execSqlBatch(request);
    });
}

/** A pool of mssql's, closed with the test. */
export async function mssqlPool({ port }: TdsEndpoint): Promise<mssql.ConnectionPool> {
  const options = { encrypt: false };
  const pool = new mssql.ConnectionPool({
    server: '127.0.0.1',
    port,
    user: 'sa',
    password,
    requestTimeout: 0,
    pool: { max: 3 },
    options,
  });
  onTestFinished(() => pool.close());
  return await pool.connect();
}

export function mssqlExecute(pool: mssql.ConnectionPool): Execute {
  return async (statement, { signal, onMessage } = {}) => {
    const messages: SqlMessage[] = [];
    const request = pool.request();
    request.on('info', (info: Token) => {
      messages.push(messageOf(info));
      onMessage?.(messageOf(info));
    });
    signal?.addEventListener('abort', () => request.cancel(), { once: true });
    const { recordset } = await request.batch(statement);
    return { rows: recordset ?? [], messages };
  };
}

export const hasTsql = spawnSync('tsql', ['-C']).status === 0;

/** FreeTDS' tsql. Its rows are text; its messages have no names of theirs. */
export function tsqlExecute({ port }: TdsEndpoint): Execute {
  return async (statement, { signal, onMessage } = {}) => {
    const args = ['-H', '127.0.0.1', '-p', String(port), '-U', 'sa', '-P', password, '-o', 'q', '-t', '|'];
    const child = spawn('tsql', args, { signal: signal ?? undefined, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    child.stdin.end(`${statement}\ngo\n`);
    const messages: SqlMessage[] = [];
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
      stderr = stderr.replace(
        /Msg (\d+) \(severity (\d+), state (\d+)\) from (.*?) Line (\d+):\s+"([\s\S]*?)"\n/g,
        (...found) => {
          const [, number, severity, state, server = '', line, message = ''] = found.map(String);
          messages.push({
            number: Number(number),
            severity: Number(severity),
            state: Number(state),
            line: Number(line),
            procedure: '',
            server,
            message,
          });
          const last = messages.at(-1);
          if (last !== undefined) onMessage?.(last);
          return '';
        },
      );
    });
    await new Promise<void>((resolve, reject) => child.on('error', reject).on('close', () => resolve()));
    if (messages.some(({ severity }) => severity > 10)) throw new SqlServerError(messages);
    const [heading = '', ...lines] = stdout.trimEnd().split('\n');
    const names = heading.split('|');
    const rows = lines.map((line) =>
      Object.fromEntries(line.split('|').map((cell, index) => [names[index] ?? '', cell])),
    );
    return { rows, messages };
  };
}
