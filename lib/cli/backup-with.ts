// The options of backup that become its WITH clause.

import { type Command, InvalidArgumentError } from 'commander';
import type { BackupOptions, BackupWith, Compression, Encryption } from '../index.ts';
import { type TransferFlags, transferWith } from './options.ts';
import { parseInteger } from './parse.ts';
import { UsageError } from './report.ts';

export interface BackupFlags extends TransferFlags {
  readonly type: NonNullable<BackupOptions['type']>;
  readonly copyOnly?: boolean;
  readonly compression?: boolean | Compression;
  readonly encryption?: Encryption['algorithm'];
  readonly certificate?: string;
  readonly asymmetricKey?: string;
  readonly name?: string;
  readonly description?: string;
  readonly mediaName?: string;
  readonly mediaDescription?: string;
  readonly expireDate?: string;
  readonly retainDays?: number;
  readonly format?: boolean;
  readonly init?: boolean;
  readonly recovery: boolean;
  readonly standby?: string;
  readonly truncate: boolean;
}

export function addBackupWith(command: Command): Command {
  return command
    .option('--copy-only', 'COPY_ONLY')
    .option('--compression [algorithm]', 'COMPRESSION; MS_XPRESS, QAT_DEFLATE, ZSTD or ZSTD:LOW …', parseCompression)
    .option('--no-compression', 'NO_COMPRESSION')
    .option('--encryption <algorithm>', 'ENCRYPTION: AES_128, AES_192, AES_256 or TRIPLE_DES_3KEY')
    .option('--certificate <name>', "the server's certificate to encrypt with")
    .option('--asymmetric-key <name>', "the server's asymmetric key to encrypt with")
    .option('--name <text>', 'NAME of the backup set')
    .option('--description <text>', 'DESCRIPTION of the backup set')
    .option('--media-name <text>', 'MEDIANAME')
    .option('--media-description <text>', 'MEDIADESCRIPTION')
    .option('--expire-date <date>', 'EXPIREDATE')
    .option('--retain-days <n>', 'RETAINDAYS', parseInteger(0, 99_999))
    .option('--format', 'FORMAT')
    .option('--init', 'INIT')
    .option('--no-recovery', 'NORECOVERY: the tail of the log; leaves the database restoring')
    .option('--standby <file>', 'STANDBY: the same, readable; the undo file on the server')
    .option('--no-truncate', 'NO_TRUNCATE: the log of a damaged database');
}

/** 'ZSTD:LOW' -> the algorithm and its level. */
function parseCompression(text: string): Compression {
  const match = /^(MS_XPRESS|QAT_DEFLATE|ZSTD)(?::(LOW|MEDIUM|HIGH))?$/.exec(text.toUpperCase());
  if (match === null) throw new InvalidArgumentError('Give MS_XPRESS, QAT_DEFLATE, ZSTD or ZSTD:LOW, :MEDIUM, :HIGH.');
  // The types are the pattern's own alternatives.
  return { algorithm: match[1] as Compression['algorithm'], level: match[2] as Compression['level'] };
}

export function backupWith(flags: BackupFlags): BackupWith {
  const { copyOnly, compression, name, description, mediaName, mediaDescription, expireDate, retainDays } = flags;
  const { format, init, standby, recovery, truncate } = flags;
  return {
    ...transferWith(flags),
    copyOnly,
    compression,
    encryption: encryptionOf(flags),
    name,
    description,
    mediaName,
    mediaDescription,
    expireDate,
    retainDays,
    format,
    init,
    standby,
    noRecovery: recovery ? undefined : true,
    noTruncate: truncate ? undefined : true,
  };
}

function encryptionOf({ encryption: algorithm, certificate, asymmetricKey }: BackupFlags): Encryption | undefined {
  if (algorithm !== undefined) return { algorithm, certificate, asymmetricKey };
  if (certificate === undefined && asymmetricKey === undefined) return undefined;
  throw new UsageError('--certificate and --asymmetric-key go with --encryption <algorithm>');
}
