// Batches, calls, attention and lost connections, by unmodified tedious and mssql.
import mssql from 'mssql';
import { Request, TYPES } from 'tedious';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EmbeddedServer } from '../../../lib/embedded/server.ts';
import { newestVersion } from '../../../lib/embedded/tds/login.ts';
import { resultSetTokens } from '../../../lib/embedded/tds/rows.ts';
import { VirtualDeviceSet } from '../../../lib/vdi/set.ts';
import { MiB } from '../support.ts';
import { mssqlPool, startEndpoint, tediousConnection, tediousExecute } from './support.ts';

const statement = "BACKUP DATABASE Sales TO VIRTUAL_DEVICE = 'x'";

const isFree = (server: EmbeddedServer) => server.checksum('Sales').then(Boolean, () => false);

/** An endpoint whose next BACKUP of Sales runs until it is cancelled. */
async function withEndlessBackup() {
  const serving = await startEndpoint();
  await serving.server.createDatabase('Sales', { size: MiB });
  await serving.server.inject({ action: 'neverAttach' });
  return serving;
}

describe('a batch', () => {
  it('gives every type, and NULL of each', async () => {
    const { endpoint } = await startEndpoint();
    const pool = await mssqlPool(endpoint);
    const types = ['bit', 'tinyint', 'smallint', 'int', 'bigint', 'float', 'nvarchar(9)', 'datetime', 'numeric(25,0)'];
    const nulls = types.map((type, index) => `CAST(NULL AS ${type}) AS n${index}`).join(', ');
    const { recordset } = await pool.request().query(
      `SELECT CAST(1 AS bit) AS b, CAST(255 AS tinyint) AS t, CAST(-32768 AS smallint) AS s, -2147483648 AS i,
        CAST('-9223372036854775808' AS bigint) AS l, 1.5 AS f, N'it''s 🚀' AS n, CAST('2024-02-29T12:30:15.25' AS datetime) AS d,
        CAST(-12345678901234567890 AS numeric(25,0)) AS m, CAST('0b1e2f30-0000-1111-2222-333344445555' AS uniqueidentifier) AS g,
        ${nulls}, CAST(NULL AS uniqueidentifier) AS n9, CAST(NULL AS varbinary(9)) AS n10`,
    );
    const [row] = recordset;
    expect(row).toMatchObject({
      b: true,
      t: 255,
      s: -32_768,
      i: -(2 ** 31),
      l: '-9223372036854775808',
      f: 1.5,
      n: "it's 🚀",
      m: -12_345_678_901_234_567_000,
      g: '0B1E2F30-0000-1111-2222-333344445555',
    });
    // mssql takes the server's clock for UTC's.
    expect(row.d.toISOString()).toBe('2024-02-29T12:30:15.250Z');
    for (let index = 0; index <= 10; index++) expect(row[`n${index}`]).toBeNull();
  });

  it('gives every result set, and an empty one its columns', async () => {
    const { endpoint } = await startEndpoint();
    const { recordsets, rowsAffected } = await (await mssqlPool(endpoint))
      .request()
      .query("SELECT 1 AS a; SET NOCOUNT ON; SELECT name FROM sys.databases WHERE name = 'none'; SELECT 2 AS b");
    expect(recordsets).toEqual([[{ a: 1 }], [], [{ b: 2 }]]);
    expect(rowsAffected).toEqual([1, 0, 1]);
  });

  it('goes on after an error, tells all of them, and the connection lives', async () => {
    const { endpoint } = await startEndpoint();
    const execute = tediousExecute(await tediousConnection(endpoint));
    const failing = execute("\nBACKUP LOG a TO VIRTUAL_DEVICE = 'x'\n\nRESTORE DATABASE b WITH RECOVERY; USE master");
    const lines = {
      messages: [{ line: 2 }, { line: 2 }, { number: 911, line: 4 }, { number: 3013 }, { number: 5701 }],
    };
    await expect(failing).rejects.toMatchObject({ number: 911, state: 11, severity: 16, ...lines });
    await expect(execute('KILL 51')).rejects.toMatchObject({ number: 156 });
    await expect(execute('sp_who2')).rejects.toMatchObject({ number: 2812, message: /sp_who2/ });
    expect((await execute('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect((await execute('')).rows).toEqual([]);
  });

  it('shows progress while it runs', async () => {
    const { server, endpoint } = await startEndpoint();
    await server.createDatabase('Sales', { size: 8 * MiB });
    const set = new VirtualDeviceSet({ provider: 'embedded' });
    onTestFinished(() => set[Symbol.asyncDispose]());
    await set.createEx(null, 'x', { deviceCount: 1 });
    const percents: string[] = [];
    const execute = tediousExecute(await tediousConnection(endpoint));
    const running = execute(`${statement} WITH STATS = 10`, {
      onMessage: ({ message }) => void percents.push(message),
    });
    await set.getConfiguration();
    const device = await set.openDevice('x');
    let half = false;
    let bytes = 0;
    for await (const command of device.commands()) {
      bytes += command.buffer?.length ?? 0;
      if (!half && bytes > 4 * MiB) {
        // The server waits for this command, and its client has heard about the others.
        half = true;
        await expect.poll(() => percents).toContain('40 percent processed.');
      }
      await command.complete();
    }
    await running;
    expect(percents).toContain('100 percent processed.');
  });
});

describe('a call', () => {
  it('has parameters of every type', async () => {
    const { endpoint } = await startEndpoint();
    const request = (await mssqlPool(endpoint)).request();
    const date = new Date('2024-02-29T12:30:15.250Z');
    const given = {
      text: ['Größe 🚀', mssql.NVarChar],
      narrow: ['plain', mssql.VarChar],
      long: ['x'.repeat(9000), mssql.NVarChar(mssql.MAX)],
      int: [-7, mssql.Int],
      tiny: [200, mssql.TinyInt],
      big: ['9007199254740993', mssql.BigInt],
      bit: [true, mssql.Bit],
      float: [1.25, mssql.Float],
      real: [0.5, mssql.Real],
      decimal: [-12.5, mssql.Decimal(10, 2)],
      bytes: [Buffer.from([0, 1, 255]), mssql.VarBinary],
      guid: ['0B1E2F30-0000-1111-2222-333344445555', mssql.UniqueIdentifier],
      date: [date, mssql.DateTime],
      date2: [date, mssql.DateTime2(3)],
      none: [null, mssql.NVarChar],
    } as const;
    for (const [name, [value, type]] of Object.entries(given)) request.input(name, type, value);
    const { recordset } = await request.query(`SELECT ${Object.keys(given).map((name) => `@${name} AS ${name}`)}`);
    const expected = Object.fromEntries(Object.entries(given).map(([name, [value]]) => [name, value]));
    expect(recordset).toEqual([expected]);
  });

  it("rounds a day's last millisecond up to the next day, as SQL Server does", () => {
    const bytesOf = (text: string) =>
      resultSetTokens({ columns: [{ name: '', type: 'datetime' }], rows: [[new Date(text)]] }, newestVersion).subarray(
        -8,
      );
    expect(bytesOf('2024-01-31T23:59:59.999')).toEqual(bytesOf('2024-02-01T00:00:00'));
    expect(bytesOf('2024-01-31T23:59:59.997').readUInt32LE(4)).toBe(86_400 * 300 - 1);
  });

  it('gives parameters to BACKUP as data', async () => {
    const { server, endpoint } = await startEndpoint();
    const name = 'it\'s [a] "database"; SELECT 1 --';
    await server.createDatabase(name, { size: MiB });
    const request = (await mssqlPool(endpoint)).request().input('db', name).input('device', "no'where");
    const failing = request.query('BACKUP DATABASE @db TO VIRTUAL_DEVICE = @device');
    await expect(failing).rejects.toMatchObject({
      precedingErrors: [{ number: 3201, message: expect.stringContaining("'no'where'") }, { number: 18210 }],
    });
    await expect(request.query('SELECT @other')).rejects.toMatchObject({ number: 137 });
  });

  it('prepares, executes more than once, and unprepares', async () => {
    const { endpoint } = await startEndpoint();
    const prepared = new mssql.PreparedStatement(await mssqlPool(endpoint)).input('n', mssql.Int);
    await prepared.prepare('SELECT @n AS n');
    for (const n of [1, 2]) expect((await prepared.execute({ n })).recordset).toEqual([{ n }]);
    await prepared.unprepare();
  });

  it('of an unknown procedure, transactions and bulk load are refused, and the connection lives', async () => {
    const { endpoint } = await startEndpoint();
    const connection = await tediousConnection(endpoint);
    const call = new Promise((resolve) => connection.callProcedure(new Request('sp_helpdb', resolve)));
    expect(await call).toMatchObject({ number: 2812 });
    const begun = new Promise((resolve) => connection.beginTransaction(resolve));
    expect(await begun).toMatchObject({ number: 50000, message: expect.stringContaining('transactions') });
    const bulk = new Promise((resolve) => {
      const load = connection.newBulkLoad('t', (error) => resolve(error));
      load.addColumn('a', TYPES.Int, { nullable: true });
      connection.execBulkLoad(load, [[1]]);
    });
    expect(await bulk).toMatchObject({ number: 156 });
    expect((await tediousExecute(connection)('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('what ends a statement', () => {
  it('attention: it is answered, and the connection lives', async () => {
    const { server, endpoint } = await withEndlessBackup();
    const execute = tediousExecute(await tediousConnection(endpoint));
    const cancellation = new AbortController();
    const running = execute(statement, { signal: cancellation.signal }).catch((error: unknown) => error);
    await expect.poll(() => isFree(server)).toBe(false);
    cancellation.abort();
    expect(await running).toMatchObject({ code: 'ECANCEL' });
    expect(await isFree(server)).toBe(true);
    expect((await execute('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it("a request's time-out, through mssql's pool", async () => {
    const { server, endpoint } = await withEndlessBackup();
    const pool = await mssqlPool(endpoint);
    const request = pool.request();
    const running = request.query(statement).catch((error: unknown) => error);
    await expect.poll(() => isFree(server)).toBe(false);
    request.cancel();
    expect(await running).toMatchObject({ code: 'ECANCEL' });
    await expect.poll(() => isFree(server)).toBe(true);
    expect((await pool.request().query('SELECT 1 AS one')).recordset).toEqual([{ one: 1 }]);
  });

  it('a connection that goes away', async () => {
    const { server, endpoint } = await withEndlessBackup();
    const connection = await tediousConnection(endpoint);
    const running = tediousExecute(connection)(statement).catch((error: unknown) => error);
    await expect.poll(() => isFree(server)).toBe(false);
    connection.close();
    expect(await running).toBeInstanceOf(Error);
    await expect.poll(() => isFree(server)).toBe(true);
  });

  it('a server process that dies: an error, not silence', async () => {
    const { server, endpoint } = await startEndpoint({ process: true });
    await server.createDatabase('Sales', { size: MiB });
    const execute = tediousExecute(await tediousConnection(endpoint));
    expect((await execute('SELECT name FROM sys.databases')).rows).toEqual([{ name: 'Sales' }]);
    await server.close();
    await expect(execute('SELECT 1')).rejects.toMatchObject({ number: 50001 });
  });
});
