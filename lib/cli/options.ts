// The options that the commands share.

import type { Command } from 'commander';
import { collect, parseInteger, parseSize } from './parse.ts';
import { addServerOptions, type ServerFlags } from './server.ts';

export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** How a set is made and moved. */
export interface BufferFlags extends ServerFlags, OutputFlags {
  readonly setName?: string;
  readonly blockSize?: number;
  readonly bufferCount?: number;
  readonly maxTransferSize?: number;
}

export interface TransferFlags extends BufferFlags {
  readonly stats?: number;
  readonly checksum?: boolean;
  readonly continueAfterError?: boolean;
  readonly sha256?: boolean;
}

/** The part of a database, of backup and restore. */
export interface ScopeFlags {
  readonly file?: readonly string[];
  readonly filegroup?: readonly string[];
  readonly readWriteFilegroups?: boolean;
}

const stripes = {
  '--to': 'where to: a file, or - for stdout; given again, one more stripe',
  '--from': 'where from: a file, or - for stdin; given again, one more stripe',
};

export function addStripes(command: Command, flag: keyof typeof stripes): Command {
  return command.requiredOption(`${flag} <file>`, stripes[flag], collect);
}

export function addBufferOptions(command: Command): Command {
  return addServerOptions(command)
    .option('--set-name <name>', 'name of the virtual device set (default: a new GUID)')
    .option('--block-size <size>', 'BLOCKSIZE: 512 to 64k, a power of two', parseSize)
    .option('--buffer-count <n>', 'BUFFERCOUNT: transfer buffers in all', parseInteger(1, 2 ** 31 - 1))
    .option('--max-transfer-size <size>', 'MAXTRANSFERSIZE: 64k to 4m, in steps of 64k', parseSize);
}

export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document at the end (on stderr where stdout is the stream)')
    .option('-q, --quiet', 'print errors and answers only');
}

export function addTransferOptions(command: Command): Command {
  return addOutputOptions(
    addBufferOptions(command)
      .option('--stats <percent>', 'STATS: how often the server reports its progress', parseInteger(1, 100))
      .option('--checksum', 'CHECKSUM')
      .option('--no-checksum', 'NO_CHECKSUM')
      .option('--continue-after-error', 'CONTINUE_AFTER_ERROR')
      .option('--sha256', 'compute the SHA-256 of every stripe'),
  );
}

export function addScopeOptions(command: Command): Command {
  return command
    .option('--file <logical>', 'FILE: only this file of the database; may be given again', collect)
    .option('--filegroup <name>', 'FILEGROUP: only this filegroup; may be given again', collect)
    .option('--read-write-filegroups', 'READ_WRITE_FILEGROUPS: the primary and all read-write filegroups');
}

/** The WITH options that backup, restore and verify have in common. */
export function transferWith(flags: TransferFlags) {
  const { blockSize, bufferCount, maxTransferSize, stats, checksum, continueAfterError } = flags;
  return { blockSize, bufferCount, maxTransferSize, stats, checksum, continueAfterError };
}

export function scopeOf({ file, filegroup, readWriteFilegroups }: ScopeFlags) {
  return { files: file, filegroups: filegroup, readWriteFilegroups };
}
