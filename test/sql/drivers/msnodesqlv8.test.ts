// The driver msnodesqlv8, which needs Microsoft's ODBC driver: with an object of its shape in its place.
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { ConnectError, DriverMissingError } from '../../../lib/sql/connection-error.ts';
import { odbcStringsOf, openMsnodesqlv8 } from '../../../lib/sql/drivers/msnodesqlv8.ts';
import { ConnectionLostError, SqlServerError } from '../../../lib/sql/error.ts';
import { checkLogin } from '../../../lib/sql/login.ts';

class Query extends EventEmitter {
  cancelled = false;
  cancelQuery(done: (error: unknown) => void): void {
    this.cancelled = true;
    done(null);
    this.fail({ message: '[Microsoft][ODBC Driver 18 for SQL Server]Operation canceled', sqlstate: 'HY008' });
  }

  /** As msnodesqlv8 5.5 was seen to do it: there is no 'done' then. */
  fail(...errors: readonly object[]): void {
    for (const [index, error] of errors.entries()) this.emit('error', error, index < errors.length - 1);
    this.emit('free', 0);
  }

  succeed(): void {
    this.emit('done', 0);
    this.emit('free', 0);
  }
}

/** `play` answers each statement but the USE at the beginning. */
function fake(play: (query: Query, statement: string) => void, refuse?: (connectionString: string) => object | null) {
  const log: string[] = [];
  const module = {
    open({ conn_str }: { conn_str: string }, done: (error: unknown, connection?: object) => void) {
      log.push(conn_str);
      const error = refuse?.(conn_str) ?? null;
      if (error !== null) return done([error]);
      done(null, {
        setUseUTC: (utc: boolean) => log.push(`utc ${utc}`),
        query(description: { query_str: string; query_timeout: number; query_polling: boolean }) {
          expect(description).toMatchObject({ query_timeout: 0, query_polling: true });
          const query = new Query();
          log.push(description.query_str);
          setImmediate(() =>
            description.query_str === 'USE [master]' ? query.succeed() : play(query, description.query_str),
          );
          return query;
        },
        close(closed: (error: unknown) => void) {
          log.push('close');
          closed(null);
        },
      });
    },
  };
  return {
    log,
    open: (signal?: AbortSignal) => openMsnodesqlv8(['a', 'b'], signal, async () => ({ default: module })),
  };
}

const odbcError = (code: number, severity: number, text: string) => ({
  message: `[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]${text}`,
  sqlstate: '42000',
  code,
  severity,
  lineNumber: 2,
  serverName: 'HOST',
  procName: '',
});

it('reads messages and the first result set', async () => {
  const { open, log } = fake((query) => {
    query.emit('info', { message: '[M][O][SQL Server]10 percent processed.', sqlstate: '01000', code: 3211 });
    for (const value of ['first', 'second']) {
      query.emit('meta', [{ name: 'a' }, { name: 'b' }]);
      query.emit('row', 0);
      query.emit('column', 0, value, false);
      query.emit('column', 1, null, false);
    }
    query.succeed();
  });
  const executor = await open();
  const { rows, messages } = await executor.execute('x');
  expect(rows).toEqual([{ a: 'first', b: null }]);
  expect(messages).toMatchObject([{ number: 3211, severity: 0, message: '10 percent processed.' }]);
  await executor.close();
  expect(log).toEqual(['a', 'utc false', 'USE [master]', 'x', 'close']);
});

it("rejects with the server's errors in their order", async () => {
  const { open } = fake((query) => {
    query.fail({ ...odbcError(911, 16, 'no such database'), sqlstate: '08004' }, odbcError(3013, 16, 'terminating'));
  });
  const executor = await open();
  await expect(executor.execute('x')).rejects.toMatchObject({
    name: 'SqlServerError',
    number: 911,
    message: expect.stringMatching(/^no such database/),
    messages: [{ line: 2, server: 'HOST' }, { number: 3013 }],
  });
});

it.each([0, 10054])('is a lost connection where ODBC fails and the server says nothing (%i)', async (code) => {
  const { open } = fake((query) => {
    query.fail({ message: '[Microsoft][ODBC]Communication link failure', sqlstate: '08S01', code });
  });
  await expect((await open()).execute('x')).rejects.toBeInstanceOf(ConnectionLostError);
});

it('cancels', async () => {
  const controller = new AbortController();
  const { open } = fake(() => controller.abort('enough'));
  await expect((await open()).execute('x', { signal: controller.signal })).rejects.toBe('enough');
});

it('ends what runs where it is closed', async () => {
  const { open } = fake(() => void executor.close());
  const executor = await open();
  await expect(executor.execute('x')).rejects.toBeInstanceOf(ConnectionLostError);
});

it.each(['IM002', '01000'])('takes the ODBC driver that is there (%s)', async (sqlState) => {
  const { open, log } = fake(
    (query) => query.succeed(),
    (string) => (string === 'a' ? { message: 'Data source name not found', sqlState, code: 0 } : null),
  );
  await (await open()).close();
  expect(log.slice(0, 2)).toEqual(['a', 'b']);
});

it('tells a refused login from a server that is not there', async () => {
  const refused = fake(
    () => {},
    () => odbcError(18456, 14, "Login failed for user 'u'."),
  );
  await expect(refused.open()).rejects.toBeInstanceOf(SqlServerError);
  await expect(refused.open()).rejects.toMatchObject({ number: 18456 });
  for (const [sqlState, code] of [
    ['HYT00', 0],
    ['08001', 10061],
  ] as const) {
    const absent = fake(
      () => {},
      () => ({ message: '[M][O]TCP Provider: refused', sqlState, code }),
    );
    await expect(absent.open()).rejects.toBeInstanceOf(ConnectError);
  }
});

it('is given up while the server does not answer', async () => {
  const controller = new AbortController();
  let cancelled = false;
  const query = Object.assign(new EventEmitter(), {
    cancelQuery: () => {
      cancelled = true;
    },
  });
  const connection = {
    query: () => {
      setImmediate(() => controller.abort('enough'));
      return query;
    },
    // It waits for the statement.
    close: () => {},
  };
  const module = { open: (_: object, done: (error: unknown, connection: object) => void) => done(null, connection) };
  const opening = openMsnodesqlv8(['a'], controller.signal, async () => module);
  await expect(opening).rejects.toBe('enough');
  expect(cancelled).toBe(true);
});

it('waits for a login no longer than it may, and closes one that comes later', async () => {
  const log: string[] = [];
  let answer = () => {};
  const module = {
    open(_: object, done: (error: unknown, connection: object) => void) {
      answer = () => done(null, { close: () => log.push('close') });
    },
  };
  const opening = openMsnodesqlv8(['a'], undefined, async () => module, 20);
  await expect(opening).rejects.toBeInstanceOf(ConnectError);
  await expect(opening).rejects.toThrow('no login within 20 ms');
  answer();
  expect(log).toEqual(['close']);
});

it('is missing', async () => {
  const absent = Object.assign(new Error("Cannot find package 'msnodesqlv8'"), { code: 'ERR_MODULE_NOT_FOUND' });
  const open = openMsnodesqlv8(['a'], undefined, () => Promise.reject(absent));
  await expect(open).rejects.toBeInstanceOf(DriverMissingError);
  await expect(open).rejects.toMatchObject({ driver: 'msnodesqlv8', advice: 'npm install msnodesqlv8' });
});

it('writes connection strings in which every value stays a value', () => {
  const [string = ''] = odbcStringsOf(
    checkLogin({ server: 'h\\i', user: 'a;b', password: 'x}y;PWD=z', encrypt: false }),
  );
  expect(string).toBe(
    'Driver={ODBC Driver 18 for SQL Server};Server={h\\i};UID={a;b};PWD={x}}y;PWD=z};Encrypt=No;TrustServerCertificate=No',
  );
  expect(odbcStringsOf(checkLogin({ server: '.,1', trusted: true }))[1]).toBe(
    'Driver={ODBC Driver 17 for SQL Server};Server={localhost,1};Trusted_Connection=Yes;Encrypt=Yes;TrustServerCertificate=No',
  );
});
