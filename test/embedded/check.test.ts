// DBCC CHECKDB reads the pages and finds what was changed behind the server's back.
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backup, restore } from '../support/operations.ts';
import { errorNumbers, MiB, serverWith, startServer, stripePaths } from './support.ts';

it('a generated, a changed and a restored database are sound', async () => {
  const server = await serverWith('Sales', 4 * MiB);
  await server.modify('Sales', { pages: 20 });
  const [path = ''] = await stripePaths(1);
  await backup({ database: 'Sales', to: path, embedded: server });
  await restore({ database: 'Copy', from: path, embedded: server });
  await server.modify('Copy', { pages: 20, seed: 2 });
  for (const database of ['Sales', 'Copy']) {
    const { messages } = await server.execute(`DBCC CHECKDB (N'${database}') WITH ALL_ERRORMSGS`);
    expect(messages.map(({ number }) => number)).toEqual([8989, 2528]);
    expect((await server.execute(`DBCC CHECKDB (${database}) WITH NO_INFOMSGS`)).messages).toEqual([]);
  }
});

it('a damaged page is found and named', async () => {
  const server = await serverWith('Sales', 4 * MiB);
  const [path = ''] = await stripePaths(1);
  await backup({ database: 'Sales', to: path, embedded: server });
  await restore({ database: 'Copy', from: path, embedded: server });
  const databases = join(server.folder, 'databases');
  const [folder = ''] = (await readdir(databases)).filter((name) => name.startsWith('copy-'));
  const [pages = ''] = (await readdir(join(databases, folder))).filter((name) => name.startsWith('pages-'));
  const file = await open(join(databases, folder, pages), 'r+');
  try {
    await file.write(Buffer.from('damage'), 0, 6, 300 * 8192 + 4000);
  } finally {
    await file.close();
  }
  const failing = server.execute("DBCC CHECKDB (N'Copy') WITH NO_INFOMSGS");
  await expect(failing).rejects.toMatchObject({
    number: 8939,
    messages: [
      { message: expect.stringContaining('page (1:300)') },
      { number: 8989, message: "CHECKDB found 0 allocation errors and 1 consistency errors in database 'Copy'." },
      { number: 2528 },
    ],
  });
});

it('a database that is restoring cannot be read', async () => {
  const server = await serverWith('Sales', MiB);
  const [path = ''] = await stripePaths(1);
  await backup({ database: 'Sales', to: path, embedded: server });
  await restore({ database: 'Copy', from: path, with: { recovery: false }, embedded: server });
  expect(await errorNumbers(server.execute("DBCC CHECKDB (N'Copy')"))).toEqual([927]);
});

it('no server, no database', async () => {
  expect(await errorNumbers((await startServer()).execute("DBCC CHECKDB ('x')"))).toEqual([911]);
});
