// SIGKILL of the server at seeded random moments: the client rejects soon and leaves what stood there before, or has the whole backup.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  BackupKeptError,
  ConnectionLostError,
  EmbeddedServer,
  type Execute,
  type ExecuteResult,
  type Progress,
  relatedErrors,
  VdiAbortError,
} from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { backup, verify } from '../support/operations.ts';
import { ending, nextMessage, startChild } from '../support/process.ts';
import { seeded } from '../support/random.ts';
import { expectGone } from '../support/raw.ts';
import { nothingHeld } from '../support/server.ts';
import {
  before,
  createDatabases,
  type Moment,
  moments,
  momentsOf,
  seed,
  setNameIn,
  targetsIn,
  within,
} from './moments.ts';

/** Runs statements on a server that is a process of its own. `lost`: when the connection notices that it has ended. */
function executeOn(server: ChildProcess, lost: Promise<unknown>, onSent: (setName: string) => void): Execute {
  return async (statement, { signal } = {}) => {
    const outcome = Promise.race([
      once(server, 'message').then(([message]) => message),
      lost.then(() => {
        throw new ConnectionLostError('the connection to the server was lost');
      }),
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
    ]);
    server.send({ id: 0, execute: statement });
    onSent(setNameIn(statement));
    const answer = await outcome;
    if (typeof answer !== 'object' || answer === null || !('result' in answer)) throw new Error(JSON.stringify(answer));
    return answer.result as ExecuteResult;
  };
}

/** A backup from a server that is a process of its own; its statement has just been sent. */
async function startBackup(folder: string, to: string[], how: Pick<Moment, 'database' | 'overwrite' | 'silent'>) {
  const { database, overwrite, silent } = how;
  const server = startChild('server.mjs', [folder]);
  const died = ending(server);
  await nextMessage(server);
  const [sent, attached, closed] = [deferred<string>(), deferred<void>(), deferred<void>()];
  const onProgress = ({ phase }: Progress): void => {
    if (phase !== 'attaching') attached.resolve();
    if (phase === 'finishing') closed.resolve();
  };
  // Only before the server has attached and after it has closed its devices the interface cannot notice its death.
  const lost = silent ? Promise.all([died, closed.promise]) : died;
  const execute = executeOn(server, lost, sent.resolve);
  const result = backup({ database, to, overwrite, execute, onProgress }).then(
    () => 'succeeded',
    (error: unknown) => error,
  );
  return { server, died, attached: attached.promise, result, setName: await sent.promise };
}

function deferred<T>() {
  let resolve = (_value: T): void => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** The files that a failed backup has left because the server may have called it done. */
const keptBy = (error: unknown): string[] =>
  relatedErrors(error)
    .filter((related) => related instanceof BackupKeptError)
    .flatMap(({ files }) => files.map(({ kept }) => kept));

test(`the server is killed ${moments} times`, { timeout: 900_000 }, async () => {
  const path = await freshFolder();
  const serverFolder = join(path, 'server');
  {
    await using server = await EmbeddedServer.start({ folder: serverFolder });
    await createDatabases(server);
  }
  await using other = await EmbeddedServer.start({ folder: join(path, 'other') });

  const aloud = { database: 'Short', overwrite: false, silent: false } as const;
  const whole = await startBackup(serverFolder, await targetsIn(join(path, 'whole'), false), aloud);
  const begun = performance.now();
  expect(await whole.result).toBe('succeeded');
  const spanMs = performance.now() - begun;
  whole.server.kill('SIGKILL');
  await whole.died;

  const check = async (moment: Moment, to: string[], result: Promise<unknown>) => {
    const { title, overwrite } = moment;
    const outcome = await within(`${title}: the client after the death of its server`, result);
    const folder = join(path, title);
    const names = (await readdir(folder)).map((name) => join(folder, name)).sort();
    if (outcome === 'succeeded') {
      expect(names, title).toEqual(to);
      await verify({ from: to, embedded: other });
    } else {
      expect(outcome, title).toBeInstanceOf(VdiAbortError);
      const kept = keptBy(outcome);
      expect(names, title).toEqual([...kept, ...(overwrite ? to : [])].sort());
      if (overwrite) for (const target of to) expect(await readFile(target, 'utf8'), title).toBe(before);
      if (kept.length > 0) await verify({ from: kept, embedded: other });
    }
    await rm(folder, { recursive: true });
  };

  const checks: Promise<void>[] = [];
  for (const moment of momentsOf(seeded(seed + 2), spanMs)) {
    const to = await targetsIn(join(path, moment.title), moment.overwrite);
    const { server, died, attached, result, setName } = await startBackup(serverFolder, to, moment);
    await Promise.all([delay(moment.afterMs), moment.silent ? attached : null]);
    server.kill('SIGKILL');
    // It waits more than it works: the next moment may come meanwhile.
    const checked = check(moment, to, result).then(() => expectGone(setName));
    checked.catch(() => undefined);
    checks.push(checked);
    await died;
  }
  await Promise.all(checks);
  await nothingHeld();
});
