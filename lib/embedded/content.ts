// A database's content as bytes: its size, its checksum, and changed pages written to a data file.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Catalog } from './catalog.ts';
import type { Environment } from './environment.ts';
import { type Change, epochs } from './ranges.ts';
import { type DatabaseRecord, keptRoles, pageSize } from './record.ts';

/** Pages generated between two turns of the event loop. */
const pagesPerTurn = 256;

export async function sizeOf(catalog: Catalog, record: DatabaseRecord): Promise<number> {
  if (record.content.kind !== 'kept') return record.content.pageCount * pageSize;
  let size = 0;
  for (const path of keptPaths(catalog, record)) size += (await stat(path)).size;
  return size;
}

/** SHA-256 over all pages in order; of kept streams over the full, the differential and the log one, device by device. */
export async function checksumOf({ catalog, engine }: Environment, record: DatabaseRecord): Promise<string> {
  const hash = createHash('sha256');
  const { content, history } = record;
  if (content.kind === 'generated') {
    let done = 0;
    for (const { first, count, epoch } of epochs(content.pageCount, history.changes)) {
      for (let page = first; page < first + count; page++) {
        hash.update(engine.generatePage(history.seed, history.compressible, page, epoch));
        if (++done % pagesPerTurn === 0) await yieldToOthers();
      }
    }
  } else if (content.kind === 'pages') await hashFile(hash, catalog.pathOf(record.name, content.file));
  else for (const path of keptPaths(catalog, record)) await hashFile(hash, path);
  return hash.digest('hex');
}

/** Puts the changes' pages into the data file; nothing to do for a generated database. */
export async function writeChanges(
  { catalog, engine }: Environment,
  record: DatabaseRecord,
  changes: readonly Change[],
): Promise<void> {
  const { content, history } = record;
  if (content.kind !== 'pages') return;
  await using file = await open(catalog.pathOf(record.name, content.file), 'r+');
  for (const { first, count, epoch } of changes) {
    for (let page = first; page < first + count; page++) {
      const bytes = engine.generatePage(history.seed, history.compressible, page, epoch);
      await file.write(bytes, 0, pageSize, page * pageSize);
    }
  }
  await file.sync();
}

function keptPaths(catalog: Catalog, record: DatabaseRecord): string[] {
  const sets = record.content.kind === 'kept' ? record.content.sets : {};
  return keptRoles.flatMap((role) => (sets[role]?.files ?? []).map((file) => catalog.pathOf(record.name, file)));
}

async function hashFile(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
}
