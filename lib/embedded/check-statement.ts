// DBCC CHECKDB: reads a database's pages and compares each with what it says it is.
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { BatchContext } from './context.ts';
import type { Environment } from './environment.ts';
import { draft, fail, StatementFailure } from './messages.ts';
import { type DatabaseRecord, pageSize } from './record.ts';

const pagesPerRead = 128;
/** Of a page's own header. */
const epochOffset = 4;
/** More damaged pages than these are only counted. */
const mostReported = 200;

/** Throws a StatementFailure with message 8939 for each damaged page; 50000 for kept streams, which cannot be read. */
export async function runCheck(
  environment: Environment,
  record: DatabaseRecord,
  infoMessages: boolean,
  context: BatchContext,
): Promise<void> {
  const { content, name } = record;
  if (record.state === 'restoring') fail(927, [name], 2);
  if (content.kind === 'kept') fail(50000, ['CHECKDB of what a real SQL Server wrote']);
  // Generated pages are made as they are read: there is nothing in them that could be damaged.
  const damaged = content.kind === 'generated' ? [] : await damagedPages(environment, record, content.file, context);
  if (damaged.length > 0) {
    const errors = damaged
      .slice(0, mostReported)
      .map((page) => draft(8939, [0, -1, 0, 0, 'In-row data', `(1:${page})`, 'page content', 0, page]));
    throw new StatementFailure(...errors, draft(8989, [0, damaged.length, name]), draft(2528));
  }
  if (!infoMessages) return;
  context.inform(8989, [0, 0, name]);
  context.inform(2528, []);
}

async function damagedPages(
  environment: Environment,
  record: DatabaseRecord,
  fileName: string,
  { signal }: BatchContext,
): Promise<number[]> {
  const damaged: number[] = [];
  const pageCount = record.content.kind === 'pages' ? record.content.pageCount : 0;
  await using file = await open(environment.catalog.pathOf(record.name, fileName), 'r');
  for (let first = 0; first < pageCount; first += pagesPerRead) {
    signal.throwIfAborted();
    const pages = await readPages(file, first, Math.min(pagesPerRead, pageCount - first));
    for (let index = 0; index * pageSize < pages.length; index++) {
      const page = pages.subarray(index * pageSize, (index + 1) * pageSize);
      if (!isSound(environment, record, first + index, page)) damaged.push(first + index);
    }
    await yieldToOthers();
  }
  return damaged;
}

/** What lies behind the file's end was never written: zeros. */
async function readPages(file: FileHandle, first: number, count: number): Promise<Buffer> {
  const pages = Buffer.alloc(count * pageSize);
  for (let done = 0; done < pages.length; ) {
    const { bytesRead } = await file.read(pages, done, pages.length - done, first * pageSize + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return pages;
}

/** A page is a function of its place and its epoch: made again it must be the same. One never written is all zeros. */
function isSound({ engine }: Environment, { history }: DatabaseRecord, number: number, page: Buffer): boolean {
  const epoch = page.readUInt32LE(epochOffset);
  const { seed, compressible } = history;
  return page.equals(engine.generatePage(seed, compressible, number, epoch)) || page.every((byte) => byte === 0);
}
