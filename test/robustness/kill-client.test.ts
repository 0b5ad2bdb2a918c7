// SIGKILL of the client at seeded random moments: nothing but a whole backup is published, the server does not wait, nothing is left.
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type BackupOptions, EmbeddedServer } from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { restore } from '../support/operations.ts';
import { ending, nextMessage, startChild } from '../support/process.ts';
import { seeded } from '../support/random.ts';
import { expectGone } from '../support/raw.ts';
import { nothingHeld } from '../support/server.ts';
import { before, createDatabases, moments, momentsOf, seed, setNameIn, targetsIn, within } from './moments.ts';

/** A client as a process of its own, whose statement has just begun. `verdict`: the statement's. */
async function startClient(server: EmbeddedServer, options: Omit<BackupOptions, 'execute'>) {
  const client = startChild('client.mjs', [JSON.stringify(options)]);
  const ended = ending(client);
  const first = await nextMessage(client);
  if (typeof first !== 'object' || first === null || !('execute' in first)) throw new Error('no statement came');
  const statement = String(first.execute);
  // The client may be dead.
  const answer = (message: object) => client.send({ id: 0, ...message }, () => undefined);
  const verdict = server.execute(statement).then(
    ({ messages }) => {
      answer({ result: { rows: [], messages } });
      return 'succeeded';
    },
    (error: unknown) => {
      answer({ error: String(error) });
      return error;
    },
  );
  return { client, ended, verdict, setName: setNameIn(statement) };
}

/** What stands at a stripe's target, and where its data is: there, once it is published, until then under the temporary name. */
async function stripeAt(folder: string, target: string) {
  const names = await readdir(folder);
  const content = names.includes(basename(target)) ? await readFile(target) : null;
  const state = content === null || content.equals(Buffer.from(before)) ? (content?.toString() ?? null) : 'a backup';
  const temporary = names.find((name) => name.startsWith(`.${basename(target)}.`) && name.endsWith('.sqlvdi-partial'));
  return { state, path: state === 'a backup' ? target : join(folder, temporary ?? 'no temporary file') };
}

test(`the client is killed ${moments} times`, { timeout: 900_000 }, async () => {
  const path = await freshFolder();
  await using server = await EmbeddedServer.start({ folder: join(path, 'server') });
  await createDatabases(server);
  const original = await server.checksum('Short');

  const whole = await startClient(server, { database: 'Short', to: await targetsIn(join(path, 'whole'), false) });
  const begun = performance.now();
  expect(await nextMessage(whole.client)).toHaveProperty('done');
  const spanMs = performance.now() - begun;
  await whole.ended;

  for (const { title, database, afterMs, overwrite } of momentsOf(seeded(seed + 1), spanMs)) {
    const folder = join(path, 'killed');
    const to = await targetsIn(folder, overwrite);
    const { client, ended, verdict, setName } = await startClient(server, { database, to, overwrite });
    await delay(afterMs);
    client.kill('SIGKILL');
    const said = await within(`${title}: the server after the death of its client`, verdict);
    await ended;
    await nothingHeld();
    await expectGone(setName);
    const stripes = await Promise.all(to.map((target) => stripeAt(folder, target)));
    for (const { state } of stripes) {
      expect([overwrite ? before : null, ...(said === 'succeeded' ? ['a backup'] : [])], title).toContain(state);
    }
    if (said === 'succeeded') {
      // What a server calls done is whole, also where it was not published any more.
      const from = stripes.map((stripe) => stripe.path);
      await restore({ database: 'Copy', from, with: { replace: true }, embedded: server });
      expect(await server.checksum('Copy'), title).toBe(original);
    } else {
      expect(said, title).toMatchObject({ name: 'SqlServerError' });
    }
    await rm(folder, { recursive: true });
  }
});
