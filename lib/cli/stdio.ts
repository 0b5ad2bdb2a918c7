// '-' as a destination or origin: the process's own stdout and stdin, with back-pressure.

import { fstatSync, fsync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Destination, Origin, Sink } from '../index.ts';
import { UsageError } from './report.ts';

const writeFd = promisify(write);
const fsyncFd = promisify(fsync);
const STDOUT = 1;

/** The values of --to as backup() takes them. */
export function destinationsOf(names: readonly string[]): Destination[] {
  checkDashes(names, '--to', process.stdout.isTTY, 'stdout is a terminal: send it into a file or a pipe');
  return names.map((name) => (name === '-' ? stdoutDestination() : name));
}

/** The values of --from as restore() and verify() take them. */
export function originsOf(names: readonly string[]): Origin[] {
  checkDashes(names, '--from', process.stdin.isTTY, 'stdin is a terminal: give it a file or a pipe');
  return names.map((name) => (name === '-' ? process.stdin : name));
}

function checkDashes(names: readonly string[], flag: string, isTerminal: boolean, refusal: string): void {
  const dashes = names.filter((name) => name === '-').length;
  if (dashes > 1) throw new UsageError(`${flag} - can be given once only`);
  if (dashes === 1 && isTerminal) throw new UsageError(refusal);
}

/** A file that stdout was redirected to is fsynced; of a pipe's other end nothing can be known beyond that it took the bytes. */
function stdoutDestination(): Destination {
  const target = fstatSync(STDOUT);
  // process.stdout would write to a file or a device on the JavaScript thread.
  return target.isFIFO() || target.isSocket() ? process.stdout : fileSink(target.isFile());
}

function fileSink(durable: boolean): Sink {
  return {
    async write(chunk) {
      let done = 0;
      while (done < chunk.byteLength) {
        const { bytesWritten } = await writeFd(STDOUT, chunk, done, chunk.byteLength - done, null);
        done += bytesWritten;
      }
    },
    async flush() {
      if (durable) await fsyncFd(STDOUT);
    },
  };
}
