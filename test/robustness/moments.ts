// When a process is killed, and what it is busy with then.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedServer } from '../../lib/index.ts';
import { mebibyte } from '../support/server.ts';

/** Where a process takes seconds to start, many runs of the suite share the moments, each with a seed of its own. */
export const moments = Number(process.env['SQLVDI_TEST_MOMENTS'] ?? 50);
export const seed = 2 * Number(process.env['SQLVDI_TEST_SEED'] ?? 0);

/** A backup of Long takes longer than the latest moment; one of Short is over soon: flushed, completed and published. */
const sizes = { Long: 4096 * mebibyte, Short: 48 * mebibyte };
const latestMs = 400;
/** A short backup may take longer than the one that was measured, and something may come after it. */
const spanAndMore = 1.1;
/** How long whoever survives may take to end. */
const limitMs = 2000;

export interface Moment {
  readonly title: string;
  readonly database: keyof typeof sizes;
  readonly afterMs: number;
  /** Nothing but the interface tells of the server's death. */
  readonly silent: boolean;
  /** Files stand at the targets. */
  readonly overwrite: boolean;
}

/** Half of them early in a long backup, the others in equal parts of the whole of a short one: one somewhere in each. */
export function* momentsOf(random: () => number, spanMs: number): Generator<Moment> {
  for (let index = 0; index < moments; index++) {
    const database = index % 2 === 0 ? 'Long' : 'Short';
    const afterMs =
      database === 'Long' ? random() * latestMs : ((index - 1 + 2 * random()) / moments) * spanMs * spanAndMore;
    const title = `moment ${index}, ${afterMs.toFixed(1)} ms into ${database}`;
    yield { title, database, afterMs, silent: (index & 2) === 0, overwrite: (index & 4) === 0 };
  }
}

export async function createDatabases(server: EmbeddedServer): Promise<void> {
  for (const [name, size] of Object.entries(sizes)) await server.createDatabase(name, { size });
}

/** What stands at the targets of a backup that overwrites. */
export const before = 'what stood there before';

/** The files of two stripes, in a folder that is made for them. */
export async function targetsIn(folder: string, overwrite: boolean): Promise<string[]> {
  await mkdir(folder);
  const targets = ['a.bak', 'b.bak'].map((name) => join(folder, name));
  if (overwrite) for (const target of targets) await writeFile(target, before);
  return targets;
}

/** The first device's name is the set's. */
export function setNameIn(statement: string): string {
  const name = /VIRTUAL_DEVICE = N'([^']+)'/.exec(statement)?.[1];
  if (name === undefined) throw new Error(`no virtual device in ${statement}`);
  return name;
}

export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
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
