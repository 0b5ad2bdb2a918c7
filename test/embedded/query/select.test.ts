// SELECT as SQL clients use it: about the server, its databases and files.
import { describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../../lib/embedded/server.ts';
import { errorNumbers, MiB, startServer } from '../support.ts';

async function rows(server: EmbeddedServer, text: string) {
  return (await server.execute(text)).rows;
}

describe('SELECT', () => {
  it.each<[string, unknown]>([
    [
      'SELECT 1 AS a, -2 b, 1.25 [c d], NULL AS "e", 9007199254740993 AS f',
      { a: 1, b: -2, 'c d': 1.25, e: null, f: 2n ** 53n + 1n },
    ],
    ["SELECT N'it''s' AS 'a', 'b' AS __proto__", JSON.parse('{"a":"it\'s","__proto__":"b"}')],
    ['SELECT @@TRANCOUNT AS a, COUNT(*) AS b', { a: 0, b: 1 }],
    [
      "SELECT CAST('12' AS int) AS a, CAST(12 AS nvarchar(4000)) AS b, CAST(NULL AS bigint) AS c",
      { a: 12, b: '12', c: null },
    ],
    ["SELECT CAST('2024-02-29' AS datetime) AS a", { a: new Date(2024, 1, 29) }],
    [
      "SELECT IS_SRVROLEMEMBER(N'sysadmin') AS a, IS_SRVROLEMEMBER('dbcreator') AS b, IS_SRVROLEMEMBER('none') AS c",
      { a: 1, b: 0, c: null },
    ],
    [
      "SELECT HAS_PERMS_BY_NAME(NULL, NULL, N'CONTROL SERVER') AS a, ISNULL(NULL, 7) AS b, COALESCE(NULL, NULL) AS c",
      { a: 1, b: 7, c: null },
    ],
    [
      "SELECT SERVERPROPERTY('EngineEdition') AS a, SERVERPROPERTY(N'Nothing') AS b, SERVERPROPERTY('InstanceName') AS c",
      { a: 3, b: null, c: null },
    ],
    [
      "SELECT CAST(SERVERPROPERTY('ProductMajorVersion') AS int) AS a, DB_NAME() AS b, DB_ID('none') AS c",
      { a: 16, b: 'master', c: null },
    ],
  ])('%s', async (text, expected) => {
    expect(await rows(await startServer(), text)).toEqual([expected]);
  });

  it('says what it is to whoever asks', async () => {
    const server = await startServer({ instance: 'CI' });
    const [row] = await rows(
      server,
      "SELECT @@VERSION AS v, @@SERVERNAME AS s, SERVERPROPERTY('Edition') AS e, SERVERPROPERTY('InstanceName') i",
    );
    expect(row).toMatchObject({
      v: expect.stringMatching(/stand-in/),
      e: expect.stringMatching(/no SQL Server/),
      i: 'CI',
    });
    expect(row?.['s']).toMatch(/^[^\\]+\\CI$/);
  });

  it('knows the databases, their files and sizes', async () => {
    const server = await startServer();
    await server.createDatabase('b', { size: MiB });
    await server.createDatabase('A', { size: 2 * MiB });
    expect(
      await rows(
        server,
        'SELECT name, database_id, state_desc, recovery_model_desc FROM sys.databases ORDER BY name DESC',
      ),
    ).toEqual([
      { name: 'b', database_id: 6, state_desc: 'ONLINE', recovery_model_desc: 'FULL' },
      { name: 'A', database_id: 5, state_desc: 'ONLINE', recovery_model_desc: 'FULL' },
    ]);
    expect(
      await rows(server, "SELECT d.name FROM sys.databases AS d WHERE d.NAME = N'a' AND database_id <> 6"),
    ).toEqual([{ name: 'A' }]);
    expect(
      await rows(
        server,
        'SELECT COUNT(*) AS n, MAX(name) AS m, MIN(database_id) AS i FROM sys.databases WHERE database_id > 5',
      ),
    ).toEqual([{ n: 1, m: 'b', i: 6 }]);
    expect(
      await rows(server, "SELECT name, type_desc, size FROM sys.master_files WHERE database_id = DB_ID('a')"),
    ).toEqual([
      { name: 'A', type_desc: 'ROWS', size: 256 },
      { name: 'A_log', type_desc: 'LOG', size: 8 },
    ]);
    expect(await rows(server, 'USE b; SELECT physical_name AS p FROM sys.database_files WHERE file_id = 1')).toEqual([
      { p: 'b.mdf' },
    ]);
  });

  it('knows how large a backup will be', async () => {
    const server = await startServer();
    await server.createDatabase('a ] b', { size: 8 * MiB });
    const query = (column: string) =>
      rows(server, `SELECT SUM(${column}) AS pages FROM [a ]] b].sys.dm_db_file_space_usage`);
    expect(await query('allocated_extent_page_count')).toEqual([{ pages: 1024n }]);
    await server.modify('a ] b', { pages: 1, seed: 1 });
    expect(await query('modified_extent_page_count')).toEqual([{ pages: 8n }]);
    expect(await rows(server, 'SELECT SUM(total_page_count) AS pages FROM sys.dm_db_file_space_usage')).toEqual([
      { pages: null },
    ]);
  });

  it.each<[string, number]>([
    ['SELECT', 102],
    ['SELECT 1 FROM', 102],
    ['SELECT 1 +', 102],
    ['SELECT nothing', 207],
    ['SELECT nothing FROM sys.databases', 207],
    ['SELECT 1 FROM dbo.t', 208],
    ['SELECT 1 FROM nowhere.sys.databases', 208],
    ['SELECT NOTHING()', 195],
    ["SELECT CAST('x' AS int)", 245],
    ["SELECT CAST('31.02.2024' AS datetime)", 245],
    ['SELECT CAST(1 AS geography)', 243],
    ['SELECT CAST(300 AS tinyint)', 8115],
    ['SELECT @nothing', 137],
    ['SELECT @@NOTHING', 137],
  ])('%s -> %i', async (text, number) => {
    expect(await errorNumbers((await startServer()).execute(text))).toEqual([number]);
  });
});

describe('what clients send besides', () => {
  it.each([
    'SET QUOTED_IDENTIFIER ON',
    'set ansi_nulls on\nset textsize 2147483647\nset transaction isolation level read committed\nset language us_english',
    'SET NOCOUNT ON; USE [master]; SELECT 1',
    '',
    ' ; ;-- nothing\n',
  ])('is accepted: %j', async (text) => {
    await expect((await startServer()).execute(text)).resolves.toBeDefined();
  });

  it.each<[string, number]>([
    ['KILL 51', 156],
    ['SELECT 1; sp_who', 102],
    ['sp_who', 2812],
    ["EXEC master.dbo.xp_cmdshell 'x'", 2812],
    ['USE nowhere', 911],
    ['USE', 102],
    ['SET', 102],
    ['DBCC SHRINKFILE (x)', 2526],
    ["DBCC CHECKDB(N'nowhere')", 911],
  ])('is refused: %s -> %i', async (text, number) => {
    expect(await errorNumbers((await startServer()).execute(text))).toEqual([number]);
  });

  it('is not begun where a later part is not understood', async () => {
    const server = await startServer();
    const messages: number[] = [];
    const failing = server.execute('USE master; SELEC', { onMessage: ({ number }) => void messages.push(number) });
    expect(await errorNumbers(failing)).toEqual([102]);
    expect(messages).toEqual([102]);
  });
});
