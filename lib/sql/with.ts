// The WITH clauses of BACKUP and RESTORE, and which part of a database a statement is about: types only.

/** What BACKUP and RESTORE have in common. */
export interface CommonWith {
  /** BLOCKSIZE in bytes: a power of two, 512 to 65,536. On restore it must be the backup's. */
  readonly blockSize?: number | undefined;
  /** BUFFERCOUNT: buffers in total over all devices, at least 1. */
  readonly bufferCount?: number | undefined;
  /** MAXTRANSFERSIZE in bytes: a multiple of 65,536, from 65,536 to 4,194,304. */
  readonly maxTransferSize?: number | undefined;
  /** STATS: a message for each so many percent, 1 to 100. Default: 1 where progress is asked for, else none. */
  readonly stats?: number | undefined;
  /** CHECKSUM or NO_CHECKSUM. Default: the server's. */
  readonly checksum?: boolean | undefined;
  /** CONTINUE_AFTER_ERROR or STOP_ON_ERROR. Default: the server's (stop). */
  readonly continueAfterError?: boolean | undefined;
}

/** How a backup is compressed. Algorithms are SQL Server 2022's (QAT_DEFLATE) and 2025's (ZSTD, and its levels). */
export interface Compression {
  /** ALGORITHM. */
  readonly algorithm: 'MS_XPRESS' | 'QAT_DEFLATE' | 'ZSTD';
  /** LEVEL, of ZSTD only. Default: the server's. */
  readonly level?: 'LOW' | 'MEDIUM' | 'HIGH' | undefined;
}

/** What a backup is encrypted with: a certificate or an asymmetric key of the server's. SQL Server 2014 or newer. */
export interface Encryption {
  /** ALGORITHM. */
  readonly algorithm: 'AES_128' | 'AES_192' | 'AES_256' | 'TRIPLE_DES_3KEY';
  /** SERVER CERTIFICATE. This or `asymmetricKey`. */
  readonly certificate?: string | undefined;
  /** SERVER ASYMMETRIC KEY. */
  readonly asymmetricKey?: string | undefined;
}

/** The WITH clause of BACKUP. DIFFERENTIAL is chosen by the backup's type. */
export interface BackupWith extends CommonWith {
  /** COPY_ONLY: a backup that does not disturb the sequence of the others. Not with type 'differential'. */
  readonly copyOnly?: boolean | undefined;
  /** COMPRESSION, with an algorithm if wanted, or NO_COMPRESSION. A virtual device ignores the server's "backup compression default". */
  readonly compression?: boolean | Compression | undefined;
  /** ENCRYPTION. */
  readonly encryption?: Encryption | undefined;
  /** NAME of the backup set, up to 128 characters. */
  readonly name?: string | undefined;
  /** DESCRIPTION, up to 255 characters. */
  readonly description?: string | undefined;
  /** EXPIREDATE: a Date in this machine's time zone, or a date as the server reads it. Not with `retainDays`. */
  readonly expireDate?: Date | string | undefined;
  /** RETAINDAYS, 0 to 99,999. */
  readonly retainDays?: number | undefined;
  /** MEDIANAME, up to 128 characters. */
  readonly mediaName?: string | undefined;
  /** MEDIADESCRIPTION, up to 255 characters. */
  readonly mediaDescription?: string | undefined;
  /** FORMAT or NOFORMAT: write a new media header. Not with `init: false`. */
  readonly format?: boolean | undefined;
  /** INIT or NOINIT: overwrite the backup sets on the medium. */
  readonly init?: boolean | undefined;
  /** NORECOVERY: back up the tail of the log and leave the database restoring. Type 'log' only, not with `standby`. */
  readonly noRecovery?: boolean | undefined;
  /** STANDBY: the same, with the database left readable; the undo file's path on the server. Type 'log' only. */
  readonly standby?: string | undefined;
  /** NO_TRUNCATE: back up the log of a damaged database. Type 'log' only. */
  readonly noTruncate?: boolean | undefined;
}

/** A marked transaction, or `lsn:…`, and if wanted the time after which it is looked for. */
export type Mark =
  | string
  | {
      /** The marked transaction's name, or `lsn:` and a log sequence number. */
      readonly mark: string;
      /** AFTER: the first such transaction from this time on. A Date is written in this machine's time zone, which is the server's. */
      readonly after?: Date | string | undefined;
    };

/** The WITH clause of RESTORE. */
export interface RestoreWith extends CommonWith {
  /** FILE: which of the medium's backup sets, from 1. Default: the first. */
  readonly file?: number | undefined;
  /** REPLACE: overwrite an existing database of that name. */
  readonly replace?: boolean | undefined;
  /** true: RECOVERY; false: NORECOVERY, so that further backups can be restored. Default: the server's (RECOVERY). */
  readonly recovery?: boolean | undefined;
  /** STANDBY: readable between restores; the undo file's path on the server. Not with `recovery`. */
  readonly standby?: string | undefined;
  /**
   * MOVE: the file on the server for each logical file name. 'auto' puts every file into the server's own folders for new
   * databases, named after the database; the backup is then read twice, so every origin must be a file.
   */
  readonly move?: Readonly<Record<string, string>> | 'auto' | undefined;
  /** STOPAT: the point in time to recover to. A Date is written in this machine's time zone, which is the server's. Only one of the three stops. */
  readonly stopAt?: Date | string | undefined;
  /** STOPATMARK: recover up to and with this transaction. */
  readonly stopAtMark?: Mark | undefined;
  /** STOPBEFOREMARK: recover up to, but without this transaction. */
  readonly stopBeforeMark?: Mark | undefined;
  /** KEEP_REPLICATION. Not with `recovery: false`. */
  readonly keepReplication?: boolean | undefined;
  /** KEEP_CDC. Not with `recovery: false`. */
  readonly keepCdc?: boolean | undefined;
  /** RESTRICTED_USER: let only administrators in afterwards. Not with `recovery: false`. */
  readonly restrictedUser?: boolean | undefined;
  /** PARTIAL: the first step of a piecemeal restore. Not with `pages`. */
  readonly partial?: boolean | undefined;
}

/** The WITH clause of RESTORE VERIFYONLY. */
export interface VerifyWith extends CommonWith {
  /** FILE: which of the medium's backup sets, from 1. Default: the first. */
  readonly file?: number | undefined;
  /** MOVE: checks the room on these files' volumes. */
  readonly move?: Readonly<Record<string, string>> | undefined;
  /** LOADHISTORY: note the backup in msdb. */
  readonly loadHistory?: boolean | undefined;
}

/** The WITH clause of RESTORE HEADERONLY, FILELISTONLY and LABELONLY. */
export interface InspectWith
  extends Pick<CommonWith, 'blockSize' | 'bufferCount' | 'maxTransferSize' | 'checksum' | 'continueAfterError'> {
  /** FILE: which of the medium's backup sets, from 1. Not for LABELONLY. */
  readonly file?: number | undefined;
}

/** The part of a database that a statement is about; nothing: the whole. Of a log backup there is only the whole. */
export interface Scope {
  /** FILE: logical file names. */
  readonly files?: readonly string[] | undefined;
  /** FILEGROUP: names of filegroups. */
  readonly filegroups?: readonly string[] | undefined;
  /** READ_WRITE_FILEGROUPS: the primary and all read-write filegroups. Not with `files`. */
  readonly readWriteFilegroups?: boolean | undefined;
}

/** The part of a database that is restored. */
export interface RestoreScope extends Scope {
  /** PAGE: `file:page`, such as '1:57'. Not with the others. */
  readonly pages?: readonly string[] | undefined;
}
