// What may be given as a connection, and what is said of what may not.
import { describe, expect, it } from 'vitest';
import { type ConnectionOption, connectorFor } from '../../lib/sql/connection.ts';
import { ConnectError } from '../../lib/sql/connection-error.ts';

const methods = (...names: string[]) => Object.fromEntries(names.map((name) => [name, () => {}]));

describe('accepted', () => {
  const pool = { ...methods('request', 'connect', 'close'), config: { server: 'h' } };
  const tedious = { ...methods('execSqlBatch', 'connect'), config: { server: 'h', options: {} } };
  it.each<[string, unknown]>([
    ['a server and a login', { server: 'h', user: 'u', password: 'p' }],
    ['a trusted login', { server: 'h', trusted: true }],
    ['a driver, a server and a login', { driver: 'sqlcmd', server: 'h\\i,1', user: 'u', password: '' }],
    ["tedious' configuration", { driver: 'tedious', config: { server: 'h' } }],
    ["mssql's configuration", { driver: 'mssql', config: { server: 'h' } }],
    ["mssql's connection string", { driver: 'mssql', config: 'Server=h' }],
    ["msnodesqlv8's connection string", { driver: 'msnodesqlv8', config: 'Driver={x}' }],
    ['a live tedious connection', tedious],
    ['a live mssql pool', pool],
    ['a live tedious connection with its driver', { driver: 'tedious', config: tedious }],
    ['a live mssql pool with its driver', { driver: 'mssql', config: pool }],
  ])('%s', (_name, option) => {
    expect(connectorFor(option as ConnectionOption)).toBeTypeOf('function');
  });
});

describe('refused', () => {
  const odbc = methods('queryRaw', 'prepare', 'close', 'callproc');
  it.each<[string, unknown, string]>([
    ['nothing', null, 'must be an object, not null'],
    ['a string', 'Server=h', "give { driver: 'msnodesqlv8' or 'mssql', config"],
    ['an unknown driver', { driver: 'odbc', server: 'h' }, "connection.driver is 'odbc'"],
    ['a configuration without a driver', { config: { server: 'h' } }, 'which driver is it for?'],
    ['a configuration and a server', { driver: 'tedious', config: {}, server: 'h' }, 'leave connection.server out'],
    ['a wrong configuration', { driver: 'tedious', config: 'x' }, 'connection.config for tedious cannot be a string'],
    ['a configuration for sqlcmd', { driver: 'sqlcmd', config: {} }, 'sqlcmd has no configuration'],
    ['no server', { user: 'u', password: 'p' }, 'connection.server must be a string'],
    ['a bad server', { server: 'a,b', user: 'u', password: 'p' }, "connection.server is 'a,b'"],
    ['a bad port', { server: 'a,70000', user: 'u', password: 'p' }, "connection.server is 'a,70000'"],
    ['no user', { server: 'h', password: 'p' }, 'connection.user is missing'],
    ['no password', { server: 'h', user: 'u' }, 'connection.password is missing'],
    [
      'a user and trusted',
      { server: 'h', user: 'u', trusted: true },
      'leave connection.user and connection.password out',
    ],
    ['a misspelt member', { server: 'h', username: 'u' }, 'connection.username is not known'],
    ['a truth that is none', { server: 'h', trusted: true, encrypt: 'no' }, 'connection.encrypt must be true or false'],
    ['trusted through tedious', { driver: 'tedious', server: 'h', trusted: true }, 'msnodesqlv8 or sqlcmd'],
    ['trusted through mssql', { driver: 'mssql', server: 'h', trusted: true }, 'msnodesqlv8 or sqlcmd'],
    ['a live msnodesqlv8 connection', odbc, 'does not tell its settings'],
    ['the same with its driver', { driver: 'msnodesqlv8', config: odbc }, 'does not tell its settings'],
    ['a tedious connection without settings', methods('execSqlBatch', 'connect'), 'configuration cannot be read'],
  ])('%s', (_name, option, message) => {
    expect(() => connectorFor(option as ConnectionOption)).toThrow(TypeError);
    expect(() => connectorFor(option as ConnectionOption)).toThrow(message);
  });

  it.each([999, 1500.5, 2 ** 31, Number.POSITIVE_INFINITY])('a login within %d ms', (connectTimeoutMs) => {
    const option = { server: 'h', user: 'u', password: 'p', connectTimeoutMs };
    expect(() => connectorFor(option)).toThrow(RangeError);
    expect(() => connectorFor(option)).toThrow('from 1000 to 3600000');
  });

  it('without a word of the password', () => {
    for (const option of [
      { server: 'a;b', user: 'u', password: 'hunter2' },
      { server: 'Server=h;User Id=u;Password=hunter2', user: 'u', password: 'p' },
      { server: 'h', user: 'u', password: 'hunter2', trusted: true },
      { driver: 'sqlcmd', config: 'PWD=hunter2' },
      'PWD=hunter2',
    ]) {
      expect(() => connectorFor(option as ConnectionOption)).toThrow(/^(?!.*hunter2)/s);
    }
  });
});

describe.each(['tedious', 'mssql'] as const)('%s', (driver) => {
  it('reaches nobody: ConnectError with the cause, and nothing of the password', async () => {
    const connect = connectorFor({ driver, server: 'localhost,1', user: 'u', password: 'hunter2' });
    const error: unknown = await connect(undefined).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ code: 'SQLVDI_CONNECT', driver, cause: expect.any(Error) });
    expect(String(error)).toContain('ECONNREFUSED');
    expect(String(error)).not.toContain('hunter2');
  });

  it('gives up connecting with the reason', async () => {
    const connect = connectorFor({ driver, server: '127.0.0.1,1', user: 'u', password: 'p' });
    await expect(connect(AbortSignal.abort('enough'))).rejects.toBe('enough');
  });
});
