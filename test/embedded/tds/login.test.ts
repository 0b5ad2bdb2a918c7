// Who gets in, and what those who do not are told.
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TdsEndpoint } from '../../../lib/embedded/tds/endpoint.ts';
import { MiB, startServer } from '../support.ts';
import { logins, startEndpoint, tediousConnection, tediousExecute } from './support.ts';

interface Refusal {
  readonly number: number;
  readonly state: number;
  readonly class: number;
  readonly message: string;
}

/** The errors that a refused login came with. */
async function refusalOf(endpoint: TdsEndpoint, options: object, login: object): Promise<Refusal[]> {
  const { Connection } = await import('tedious');
  const { userName, word, ...more } = { userName: 'sa', word: 'wrong', ...login };
  const authentication = { type: 'default', options: { userName, password: word }, ...more } as const;
  const connection = new Connection({
    server: '127.0.0.1',
    authentication,
    options: { port: endpoint.port, encrypt: false, ...options },
  });
  const errors: Refusal[] = [];
  connection.on('errorMessage', (error) => void errors.push(error));
  const failure = await new Promise((resolve) => connection.connect((error) => resolve(error)));
  expect(failure).toMatchObject({ code: 'ELOGIN' });
  connection.close();
  return errors;
}

describe('a login', () => {
  it.each(['7_1', '7_2', '7_3_A', '7_3_B', '7_4'])('with TDS %s gets in, and gets rows', async (tdsVersion) => {
    const { endpoint } = await startEndpoint();
    const execute = tediousExecute(await tediousConnection(endpoint, { tdsVersion }));
    const query = "SELECT 1 AS one, N'ä' AS text, SUSER_SNAME() AS login; SELECT 2";
    expect((await execute(query)).rows.slice(0, 1)).toEqual([{ one: 1, text: 'ä', login: 'sa' }]);
    const failing = execute("BACKUP LOG nowhere TO VIRTUAL_DEVICE = N'x'");
    await expect(failing).rejects.toMatchObject({ number: 911, messages: [{ line: 1 }, { number: 3013 }] });
  });

  it.each([512, 4096, 32767])('with packets of %i bytes gets what is longer', async (packetSize) => {
    const { endpoint } = await startEndpoint();
    const execute = tediousExecute(await tediousConnection(endpoint, { packetSize }));
    const long = '数据'.repeat(10_000);
    expect((await execute(`SELECT N'${long}' AS long`)).rows).toEqual([{ long }]);
  });

  it('with a wrong password, an unknown user, or an unknown database is refused as by a SQL Server', async () => {
    const { endpoint } = await startEndpoint();
    const refused = { number: 18456, state: 1, class: 14, message: "Login failed for user 'sa'." };
    expect(await refusalOf(endpoint, {}, {})).toMatchObject([refused]);
    expect(await refusalOf(endpoint, {}, { userName: 'nobody' })).toMatchObject([
      { ...refused, message: "Login failed for user 'nobody'." },
    ]);
    const database = { database: 'nowhere' };
    expect(await refusalOf(endpoint, database, { word: logins[0]?.password })).toMatchObject([
      { number: 4060, class: 11 },
      refused,
    ]);
  });

  it('to a database begins there; USE leads elsewhere', async () => {
    const { server, endpoint } = await startEndpoint();
    await server.createDatabase('Sales', { size: MiB });
    const connection = await tediousConnection(endpoint, { database: 'sales' });
    const execute = tediousExecute(connection);
    expect((await execute('SELECT DB_NAME() AS d')).rows).toEqual([{ d: 'Sales' }]);
    const changed = once(connection, 'databaseChange');
    await execute('USE master');
    expect(await changed).toEqual(['master']);
    expect((await execute('SELECT DB_NAME() AS d')).rows).toEqual([{ d: 'master' }]);
    await expect(execute('USE nowhere')).rejects.toMatchObject({ number: 911 });
    await new Promise<void>((resolve, reject) => connection.reset((error) => (error ? reject(error) : resolve())));
    expect((await execute('SELECT DB_NAME() AS d')).rows).toEqual([{ d: 'Sales' }]);
  });

  it('that is no sysadmin may look, but neither back up nor restore', async () => {
    const { server, endpoint } = await startEndpoint();
    await server.createDatabase('Sales', { size: MiB });
    const execute = tediousExecute(await tediousConnection(endpoint, {}, { userName: 'READER' }));
    expect((await execute("SELECT IS_SRVROLEMEMBER(N'sysadmin') AS s, SUSER_SNAME() AS u")).rows).toEqual([
      { s: 0, u: 'reader' },
    ]);
    const refusals = [
      ["BACKUP DATABASE Sales TO VIRTUAL_DEVICE = 'x'", 262, "BACKUP DATABASE permission denied in database 'Sales'."],
      ["BACKUP LOG Sales TO VIRTUAL_DEVICE = 'x'", 262, "BACKUP LOG permission denied in database 'Sales'."],
      [
        "RESTORE LOG Sales FROM VIRTUAL_DEVICE = 'x'",
        3110,
        "User does not have permission to RESTORE database 'Sales'.",
      ],
      ["RESTORE HEADERONLY FROM VIRTUAL_DEVICE = 'x'", 262, "CREATE DATABASE permission denied in database 'master'."],
    ] as const;
    for (const [statement, number, message] of refusals) {
      const failing = execute(statement);
      await expect(failing).rejects.toMatchObject({
        number,
        severity: 14,
        messages: [{ message }, { number: 3013 }],
      });
    }
  });

  it('that asks for encryption gets in without; one that insists ends in the client', async () => {
    const { endpoint } = await startEndpoint();
    await expect(tediousConnection(endpoint, { encrypt: true })).resolves.toBeDefined();
    await expect(tediousConnection(endpoint, { encrypt: 'strict' })).rejects.toMatchObject({ code: 'ESOCKET' });
  });
});

describe('the endpoint', () => {
  it.each([
    [{ logins: [] }, TypeError],
    [{ logins: [{ user: '', password: 'x' }] }, TypeError],
    [{ logins, port: 65_536 }, RangeError],
    [{ logins, port: -1 }, RangeError],
    [{ logins, port: 1.5 }, RangeError],
  ])('refuses %j', async (options, type) => {
    const server = await startServer();
    await expect(TdsEndpoint.start(server, options)).rejects.toBeInstanceOf(type);
  });

  it('says so where the port is taken', async () => {
    const { server, endpoint } = await startEndpoint();
    const second = TdsEndpoint.start(server, { logins, port: endpoint.port });
    await expect(second).rejects.toThrow(`The port ${endpoint.port} of 127.0.0.1 cannot be had`);
  });

  it('ends all connections when it is closed, also of those that have not logged in, and what runs on them', async () => {
    const { server, endpoint } = await startEndpoint();
    await server.createDatabase('Sales', { size: MiB });
    await server.inject({ action: 'neverAttach' });
    const silent = connect(endpoint.port, '127.0.0.1');
    onTestFinished(() => void silent.destroy());
    await once(silent, 'connect');
    const silentEnd = once(silent, 'close');
    const execute = tediousExecute(await tediousConnection(endpoint));
    const running = execute("BACKUP DATABASE Sales TO VIRTUAL_DEVICE = 'x'").catch((error: unknown) => error);
    const isFree = () => server.checksum('Sales').then(Boolean, () => false);
    await expect.poll(isFree).toBe(false);
    await endpoint.close();
    await endpoint.close();
    expect(await isFree()).toBe(true);
    expect(await running).toBeInstanceOf(Error);
    await silentEnd;
    await expect(tediousConnection(endpoint)).rejects.toMatchObject({ code: 'ESOCKET' });
  });
});
