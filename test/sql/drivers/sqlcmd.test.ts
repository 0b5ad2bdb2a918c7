// The driver sqlcmd, with a program in its place that says what it was given and plays what it is told.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ConnectError, DriverMissingError } from '../../../lib/sql/connection-error.ts';
import { openSqlcmd } from '../../../lib/sql/drivers/sqlcmd.ts';
import { columnSeparator, MessageReader, readRows } from '../../../lib/sql/drivers/sqlcmd-output.ts';
import { ConnectionLostError } from '../../../lib/sql/error.ts';
import type { SqlMessage } from '../../../lib/sql/executor.ts';
import { checkLogin } from '../../../lib/sql/login.ts';
import { freshFolder } from '../../support/folder.ts';

const login = checkLogin({ server: 'host\\one,1444', user: "o'Brien", password: 'hunter2' });

/** Runs `play` as the child. What it was started with is in the file `given`. */
async function fake(play: string, who = login) {
  const folder = await freshFolder();
  const given = join(folder, 'given.json');
  const script = join(folder, 'sqlcmd.mjs');
  await writeFile(
    script,
    `import { writeFileSync } from 'node:fs';
    const { SQLCMDPASSWORD: password } = process.env;
    const variables = Object.keys(process.env).filter((name) => /^SQLCMD/i.test(name));
    writeFileSync(${JSON.stringify(given)}, JSON.stringify({ args: process.argv.slice(2), password, variables }));
    ${play}`,
  );
  const executor = openSqlcmd(who, process.execPath, [script]);
  return { executor, given: async () => JSON.parse(await readFile(given, 'utf8')) };
}

it('gives the statement as hexadecimal digits, and the password in the environment alone', async () => {
  const { executor, given } = await fake('');
  const statement = "BACKUP DATABASE [Größe\nGO\n$(x) 🚀] TO VIRTUAL_DEVICE = N'q'''";
  expect(await executor.execute(statement)).toEqual({ rows: [], messages: [] });
  const { args, password } = await given();
  expect(password).toBe('hunter2');
  expect(args.join(' ')).not.toContain('hunter2');
  expect(args).toEqual(
    expect.arrayContaining(['-S', 'host\\one,1444', '-U', "o'Brien", '-d', 'master', '-b', '-x', '-N']),
  );
  const [, digits = ''] = /0x([0-9a-f]+)/.exec(args.at(-1)) ?? [];
  expect(Buffer.from(digits, 'hex').toString('utf16le')).toBe(statement);
  expect(args.at(-1)).toMatch(
    /^SET NOCOUNT ON; DECLARE @s nvarchar\(max\) = CAST\(0x[0-9a-f]+ AS nvarchar\(max\)\); EXEC \(@s\);$/,
  );
});

it("keeps sqlcmd's own variables away from it: a time-out, say", async () => {
  vi.stubEnv('SQLCMDSTATTIMEOUT', '60');
  vi.stubEnv('SqlCmdIni', 'first.sql');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { executor, given } = await fake('');
  await executor.execute('x');
  expect((await given()).variables).toEqual(['SQLCMDPASSWORD']);
});

it('logs in as this process where that is asked for', async () => {
  const { executor, given } = await fake('');
  await executor.close();
  const trusted = openSqlcmd(checkLogin({ server: 'h', trusted: true }), process.execPath, []);
  await trusted.close();
  await expect(trusted.execute('x')).rejects.toThrow('closed');
  await expect(given()).rejects.toThrow('ENOENT');
});

it('reads messages as they come, and rows', async () => {
  const { executor } = await fake(`
    console.error('Msg 3211, Level 0, State 1, Server HOST, Line 1');
    console.error('50 percent processed.');
    console.log('a\\u001fName\\n-\\u001f----\\n1\\u001fx y\\n2\\u001fNULL\\n\\n(2 rows affected)');
  `);
  const seen: string[] = [];
  const { rows, messages } = await executor.execute('x', { onMessage: ({ message }) => seen.push(message) });
  expect(rows).toEqual([
    { a: '1', Name: 'x y' },
    { a: '2', Name: null },
  ]);
  expect(messages).toEqual([
    { number: 3211, severity: 0, state: 1, server: 'HOST', procedure: '', line: 1, message: '50 percent processed.' },
  ]);
  expect(seen).toEqual(['50 percent processed.']);
});

it("rejects with the server's errors", async () => {
  const { executor } = await fake(`
    console.error('Meldung 911, Ebene 16, Status 11, Server HOST\\\\ONE, Prozedur p, Zeile 3');
    console.error('Die Datenbank fehlt.');
    console.error('Meldung 3013, Ebene 16, Status 1, Server HOST\\\\ONE, Zeile 1');
    console.error('Abbruch.');
    process.exitCode = 1;
  `);
  await expect(executor.execute('x')).rejects.toMatchObject({
    name: 'SqlServerError',
    number: 911,
    state: 11,
    severity: 16,
    messages: [{ server: 'HOST\\ONE', procedure: 'p', line: 3 }, { number: 3013 }],
  });
});

it("says in sqlcmd's own words that there is no connection", async () => {
  const { executor } = await fake(`console.error('Sqlcmd: Error: Login timeout expired.'); process.exitCode = 1;`);
  const error: unknown = await executor.execute('x').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectError);
  expect(String(error)).toContain('Login timeout expired');
});

it('and that a newer one encrypts all the same', async () => {
  const fails = `console.error('Sqlcmd: Error: certificate verify failed.'); process.exitCode = 1;`;
  const plain = { server: 'h', user: 'u', password: 'p', encrypt: false } as const;
  const { executor } = await fake(fails, checkLogin(plain));
  await expect(executor.execute('x')).rejects.toThrow(/verify failed.*sqlcmd 18 and newer encrypt all the same/);
  const trusting = await fake(fails, checkLogin({ ...plain, trustServerCertificate: true }));
  await expect(trusting.executor.execute('x')).rejects.toThrow(/verify failed\.$/);
});

it('refuses a statement that no command line takes', async () => {
  const { executor, given } = await fake('');
  await expect(executor.execute('x'.repeat(40_000))).rejects.toBeInstanceOf(RangeError);
  await expect(executor.execute('x'.repeat(40_000))).rejects.toThrow(/has 40000 characters.*use another driver/);
  await expect(given()).rejects.toThrow('ENOENT');
  await executor.execute('x'.repeat(7_000));
});

it('that sqlcmd is missing', async () => {
  const executor = openSqlcmd(login, join(await freshFolder(), 'no-sqlcmd'));
  await expect(executor.execute('x')).rejects.toBeInstanceOf(DriverMissingError);
  await expect(executor.execute('x')).rejects.toMatchObject({
    driver: 'sqlcmd',
    advice: expect.stringMatching(/tedious.* PATH/),
  });
  // Neither tedious nor mssql can log in so.
  const trusted = openSqlcmd(checkLogin({ server: 'h', trusted: true }), join(await freshFolder(), 'no-sqlcmd'));
  await expect(trusted.execute('x')).rejects.toMatchObject({
    advice: "run 'npm install msnodesqlv8', or put sqlcmd on the PATH",
  });
});

it('ends the process where it is cancelled, and where it is closed', async () => {
  const { executor } = await fake(
    `console.error('Msg 1, Level 0, State 1, Server H, Line 1\\nready'); setInterval(() => {}, 1000);`,
  );
  const controller = new AbortController();
  const cancelled = executor.execute('x', { signal: controller.signal, onMessage: () => controller.abort('enough') });
  await expect(cancelled).rejects.toBe('enough');
  const begun: Promise<unknown>[] = [];
  const lost = new Promise((resolve) => {
    begun.push(executor.execute('x', { onMessage: () => resolve(executor.close()) }));
  });
  await lost;
  await expect(begun[0]).rejects.toSatisfy(
    (error) => error instanceof ConnectionLostError || error instanceof ConnectError,
  );
});

it.each([
  'Msg 911, Level 16, State 1, Server HOST\\ONE, Line 3',
  '消息 911，级别 16，状态 1，服务器 HOST\\ONE，第 3 行',
  'メッセージ 911、レベル 16、状態 1、サーバー HOST\\ONE、行 3',
])('a header in any language: %s', (line) => {
  const seen: SqlMessage[] = [];
  const reader = new MessageReader((message) => seen.push(message));
  for (const one of [line, 'text']) reader.line(one);
  const expected = {
    number: 911,
    severity: 16,
    state: 1,
    server: 'HOST\\ONE',
    procedure: '',
    line: 3,
    message: 'text',
  };
  expect(seen).toEqual([expected]);
});

it("sqlcmd's own words are no message of the server's", () => {
  const seen: string[] = [];
  const reader = new MessageReader(({ message }) => seen.push(message));
  const lost = 'Sqlcmd: Error: Communication link failure.';
  for (const line of ['Msg 3211, Level 0, State 1, Server S, Line 1', '10 percent', lost]) reader.line(line);
  expect(seen).toEqual(['10 percent']);
  expect(reader.ownLines).toEqual([lost]);
});

it('a value of several lines is one value', () => {
  const u = columnSeparator;
  expect(readRows(`name${u}b\r\n-${u}-\r\nfirst\r\n\r\nthird${u}1\r\nx${u}2\r\n\r\n(2 rows affected)`)).toEqual([
    { name: 'first\n\nthird', b: '1' },
    { name: 'x', b: '2' },
  ]);
});

it('a text of several lines is several messages of one number', () => {
  const seen: SqlMessage[] = [];
  const reader = new MessageReader((message) => seen.push(message));
  for (const line of ['before', 'Msg 5, Level 16, State 2, Server S, Line 1', 'one', '', 'two']) reader.line(line);
  expect(reader.ownLines).toEqual(['before']);
  expect(seen.map(({ number, message }) => [number, message])).toEqual([
    [5, 'one'],
    [5, 'two'],
  ]);
});

it('no rows where there is no result set', () => {
  expect(readRows('')).toEqual([]);
  expect(readRows('\r\n(0 rows affected)\r\n')).toEqual([]);
});
