// Backup and restore through the SQL drivers people have, over a real connection: the stand-in's TDS endpoint.
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import mssql from 'mssql';
import { Connection } from 'tedious';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  backup,
  type ConnectionOption,
  databases,
  files,
  headers,
  type Login,
  label,
  type Progress,
  restore,
  run,
  type SqlMessage,
  verify,
} from '../lib/index.ts';
import { provider } from './support/raw.ts';
import { filesIn, mebibyte, nothingHeld } from './support/server.ts';
import { type Driver, drivers, noMoreSocketsThan, openSockets, password, startTdsServer } from './support/tds.ts';
import { startTlsRelay } from './support/tls-relay.ts';

const hostile = 'a]b\'; DROP DATABASE [x]; --"数据 🚀" {device}';

describe.each(drivers)('%s', (driver) => {
  test('there and back: byte-identical, verdict, progress, and no connection is left', async () => {
    const { server, file, connectionBy } = await startTdsServer();
    const connection = connectionBy(driver);
    const before = openSockets();
    const progress: Progress[] = [];
    const messages: SqlMessage[] = [];
    const result = await backup({
      database: 'Sales',
      to: [file('1'), file('2')],
      connection,
      provider,
      onProgress: (one) => progress.push(one),
      onMessage: (one) => messages.push(one),
    });
    expect(result.verdict).toMatchObject({ pages: 1024, seconds: expect.any(Number) });
    expect(messages).toEqual(result.messages);
    expect(messages.filter(({ number }) => number === 3211).length).toBeGreaterThan(50);
    expect(progress.at(-1)).toMatchObject({ percent: 100, totalBytes: 8 * mebibyte });
    const from = [file('1'), file('2')];
    await verify({ from, connection, provider });
    await restore({ database: 'Copy', from, connection, provider });
    expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
    await backup({ database: 'Copy', to: file('again'), connection, provider });
    await nothingHeld();
    await noMoreSocketsThan(before);
  });

  test('headers, files and label as typed rows', async () => {
    const { file, connectionBy } = await startTdsServer();
    const options = { from: file('a'), connection: connectionBy(driver), provider } as const;
    const begun = Date.now();
    const name = "night's [1]";
    await backup({ ...options, database: 'Sales', to: file('a'), with: { name, copyOnly: true } });
    const [header] = await headers(options);
    expect(header).toMatchObject({
      backupName: name,
      backupType: 1,
      databaseName: 'Sales',
      position: 1,
      isCopyOnly: true,
      compressed: false,
      backupSize: 8388608n,
      backupSetGuid: expect.stringMatching(/^[0-9A-F-]{36}$/i),
      backupStartDate: expect.any(Date),
    });
    expect(Math.abs(Number(header?.backupStartDate) - begun)).toBeLessThan(60_000);
    expect(await files(options)).toMatchObject([
      { logicalName: 'Sales', type: 'D', size: 8388608n, fileGroupName: 'PRIMARY', fileId: 1 },
      { logicalName: 'Sales_log', type: 'L', size: 65536n, fileGroupName: null },
    ]);
    expect(await label(options)).toMatchObject({ familyCount: 1, mediaDate: expect.any(Date), isCompressed: false });
  });

  test('names, paths and texts go through unchanged, whatever they contain', async () => {
    const { server, file, connectionBy } = await startTdsServer();
    const connection = connectionBy(driver);
    await server.createDatabase(hostile, { size: mebibyte });
    const path = file("it's [a] {device:0} 数据.bak");
    await backup({ database: hostile, to: path, with: { name: hostile.slice(0, 100) }, connection, provider });
    const options = { from: path, connection, provider } as const;
    expect(await headers(options)).toMatchObject([{ databaseName: hostile, backupName: hostile.slice(0, 100) }]);
    const move = { [hostile]: file("d'[.mdf"), [`${hostile}_log`]: file('l]].ldf') };
    await restore({ ...options, database: `${hostile}2`, with: { move } });
    expect(await server.checksum(`${hostile}2`)).toBe(await server.checksum(hostile));
    await backup({ ...options, database: `${hostile}2`, to: file('again') });
    expect((await files({ ...options, from: file('again') })).map(({ physicalName }) => physicalName)).toEqual(
      Object.values(move),
    );
    expect((await server.databases()).length).toBe(3);
  });

  test("a restore into the server's own folders, beside the original", async () => {
    const { server, file, connectionBy } = await startTdsServer();
    const options = { connection: connectionBy(driver), provider } as const;
    await backup({ ...options, database: 'Sales', to: file('a') });
    const before = openSockets();
    await restore({ ...options, database: 'Copy', from: file('a'), with: { move: 'auto' } });
    expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
    await noMoreSocketsThan(before);
    await backup({ ...options, database: 'Copy', to: file('b') });
    const names = (await files({ ...options, from: file('b') })).map(({ physicalName }) => physicalName);
    expect(names).toEqual([expect.stringMatching(/[\\/]Copy\.mdf$/), expect.stringMatching(/[\\/]Copy_log\.ldf$/)]);
  });

  test('full, differential and log, and the tail', async () => {
    const { server, file, connectionBy } = await startTdsServer();
    const options = { connection: connectionBy(driver), provider } as const;
    await backup({ ...options, database: 'Sales', to: file('full') });
    await server.modify('Sales', { pages: 20 });
    await backup({ ...options, database: 'Sales', type: 'differential', to: file('diff') });
    await server.modify('Sales', { pages: 5, seed: 2 });
    await backup({ ...options, database: 'Sales', type: 'log', to: file('log'), with: { noRecovery: true } });
    expect((await databases(options)).find(({ name }) => name === 'Sales')).toMatchObject({ state: 'RESTORING' });
    const recovery = false;
    await restore({ ...options, database: 'Copy', from: file('full'), with: { recovery } });
    await restore({ ...options, database: 'Copy', from: file('diff'), with: { recovery } });
    await restore({ ...options, database: 'Copy', from: file('log'), type: 'log' });
    expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
  });

  test('a statement of the caller’s own', async () => {
    const { file, folder, connectionBy } = await startTdsServer();
    const options = { connection: connectionBy(driver), provider } as const;
    const sql = 'BACKUP DATABASE Sales TO {device:0}, {device:1} WITH COPY_ONLY';
    const devices = [{ to: file('0') }, { to: file('1') }];
    expect((await run({ ...options, sql, devices })).stripes).toHaveLength(2);
    expect(await filesIn(folder)).toEqual(['0', '1']);
    const { rows } = await run({
      ...options,
      sql: 'RESTORE HEADERONLY FROM {device}',
      devices: [{ from: file('0') }, { from: file('1') }],
    });
    expect(rows).toMatchObject([{ DatabaseName: 'Sales' }]);
  });
});

test.each(drivers)('%s: a server that cannot encrypt is refused where that is asked for', async (driver) => {
  const { file, folder, connectionBy } = await startTdsServer(mebibyte);
  const before = openSockets();
  const { encrypt: _, ...login } = connectionBy(driver) as Login & { driver: Driver };
  const options = { database: 'Sales', to: file('a'), provider } as const;
  await expect(backup({ ...options, connection: { ...login, encrypt: true } })).rejects.toMatchObject({
    name: 'ServerSupportError',
    message: expect.stringContaining('encrypt: true'),
  });
  expect(await filesIn(folder)).toEqual([]);
  await noMoreSocketsThan(before);
  await backup({ ...options, connection: login });
});

test.skipIf(spawnSync('openssl', ['version']).status !== 0).each(drivers)('%s: one that can is not', async (driver) => {
  const { file, relay, connectionBy } = await startTdsServer(mebibyte);
  const [key, cert] = [file('key.pem'), file('cert.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x', '-keyout', key, '-out', cert];
  expect(spawnSync('openssl', made).status).toBe(0);
  const port = await startTlsRelay(relay.port, { key: await readFile(key), cert: await readFile(cert) });
  const login = { ...(connectionBy(driver) as Login), server: `127.0.0.1,${port}`, encrypt: true } as const;
  const options = { database: 'Sales', provider } as const;
  await backup({ ...options, to: file('a'), connection: { ...login, trustServerCertificate: true } });
  await expect(backup({ ...options, to: file('b'), connection: login })).rejects.toMatchObject({
    name: 'ConnectError',
  });
});

test('every form of a connection', async () => {
  const { server, file, relay, connectionBy } = await startTdsServer(mebibyte);
  const authentication = { type: 'default', options: { userName: 'sa', password } } as const;
  const options = { port: relay.port, encrypt: false, database: 'Sales', requestTimeout: 1, useColumnNames: true };
  const config = { server: '127.0.0.1', authentication, options };
  const live = new Connection(config);
  onTestFinished(() => live.close());
  await new Promise<void>((resolve, reject) => live.connect((error) => (error ? reject(error) : resolve())));
  const poolConfig = {
    server: '127.0.0.1',
    port: relay.port,
    user: 'sa',
    password,
    requestTimeout: 1,
    arrayRowMode: true,
    options: { encrypt: false },
  };
  const pool = new mssql.ConnectionPool(poolConfig);
  onTestFinished(() => pool.close());
  await pool.connect();
  const forms: ConnectionOption[] = [
    connectionBy('tedious'),
    { server: `127.0.0.1,${relay.port}`, user: 'sa', password, encrypt: false },
    { driver: 'tedious', config },
    live,
    { driver: 'tedious', config: live },
    { driver: 'mssql', config: poolConfig },
    { driver: 'mssql', config: `Server=127.0.0.1,${relay.port};User Id=sa;Password="${password}";Encrypt=false` },
    pool,
    { driver: 'mssql', config: pool },
  ];
  for (const [index, connection] of forms.entries()) {
    await backup({ database: 'Sales', to: file(`${index}`), connection, provider });
    await restore({ database: `Copy ${index}`, from: file(`${index}`), connection, provider });
  }
  expect((await server.databases()).length).toBe(1 + forms.length);
  // Lent, and neither used nor closed.
  expect(live).toMatchObject({ closed: false });
  expect(pool.connected).toBe(true);
});

test.each<Driver>(['tedious', 'mssql'])('%s: the list of databases', async (driver) => {
  const { connectionBy } = await startTdsServer(mebibyte);
  const list = await databases({ connection: connectionBy(driver), provider });
  expect(list).toContainEqual({
    name: 'Sales',
    id: expect.any(Number),
    state: 'ONLINE',
    recoveryModel: 'FULL',
    sourceId: null,
    standby: false,
  });
});
