// SIGKILL at seeded random moments, on either side: nothing is published, nothing is left, nobody waits.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ConnectionLostError, EmbeddedServer, VdiAbortError } from '../../lib/index.ts';
import type { Execute } from '../../lib/sql/executor.ts';
import { freshFolder } from '../support/folder.ts';
import { backup } from '../support/operations.ts';
import { ending, nextMessage, startChild } from '../support/process.ts';
import { seeded } from '../support/random.ts';
import { expectGone } from '../support/raw.ts';

/** Where a process takes seconds to start, many runs of the suite share the moments, each with a seed of its own. */
const moments = Number(process.env['SQLVDI_TEST_MOMENTS'] ?? 50);
const seed = 2 * Number(process.env['SQLVDI_TEST_SEED'] ?? 0);

/** A backup of this size takes longer than the latest moment. */
const databaseSize = 4 * 1024 ** 3;
const latestMs = 400;
const limitMs = 2000;

/** The first device's name is the set's. */
function setNameIn(statement: string): string {
  const name = /VIRTUAL_DEVICE = N'([^']+)'/.exec(statement)?.[1];
  if (name === undefined) throw new Error(`no virtual device in ${statement}`);
  return name;
}

async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what} took more than ${limitMs} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

describe('killed', () => {
  test(`the client, ${moments} times`, { timeout: 900_000 }, async () => {
    const path = await freshFolder();
    await using server = await EmbeddedServer.start({ folder: join(path, 'server') });
    await server.createDatabase('Big', { size: databaseSize });
    const random = seeded(seed + 1);
    for (let i = 0; i < moments; i++) {
      const target = join(path, `target-${i}`);
      await writeFile(`${target}.old`, 'untouched');
      const client = startChild('client.mjs', ['Big', `${target}-1.bak`, `${target}-2.bak`]);
      const ended = ending(client);
      const first = await nextMessage(client);
      if (typeof first !== 'object' || first === null || !('execute' in first)) throw new Error('no statement came');
      const statement = server.execute(String(first.execute)).then(
        () => 'succeeded',
        (error: unknown) => error,
      );
      await delay(random() * latestMs);
      client.kill('SIGKILL');
      const verdict = await within('the server after the death of its client', statement);
      expect(verdict, `moment ${i}`).toMatchObject({ name: 'SqlServerError' });
      await ended;
      const published = (await readdir(path)).filter((name) => name.endsWith('.bak'));
      expect(published, `moment ${i}`).toEqual([]);
      await expectGone(setNameIn(String(first.execute)));
    }
  });

  test(`the server, ${moments} times`, { timeout: 900_000 }, async () => {
    const path = await freshFolder();
    {
      await using server = await EmbeddedServer.start({ folder: join(path, 'server') });
      await server.createDatabase('Big', { size: databaseSize });
    }
    const random = seeded(seed + 2);
    for (let i = 0; i < moments; i++) {
      const target = join(path, 'target.bak');
      await writeFile(target, 'what stood there before');
      const server = startChild('server.mjs', [join(path, 'server')]);
      const died = ending(server);
      await nextMessage(server);
      let statementSent = (_setName: string): void => undefined;
      const sent = new Promise<string>((resolve) => {
        statementSent = resolve;
      });
      const execute: Execute = async (statement) => {
        server.send({ id: 0, execute: statement });
        statementSent(setNameIn(statement));
        await died;
        throw new ConnectionLostError('the connection to the server was lost');
      };
      const result = backup({ database: 'Big', to: target, overwrite: true, execute }).then(
        () => 'succeeded',
        (error: unknown) => error,
      );
      await sent;
      await delay(random() * latestMs);
      server.kill('SIGKILL');
      expect(await within('the client after the death of its server', result), `moment ${i}`).toBeInstanceOf(
        VdiAbortError,
      );
      await died;
      expect(await readFile(target, 'utf8')).toBe('what stood there before');
      expect((await readdir(path)).sort(), `moment ${i}`).toEqual(['server', 'target.bak']);
      await expectGone(await sent);
    }
  });
});
