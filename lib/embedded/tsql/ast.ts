// What a parsed statement says. Nothing here is checked against databases or devices yet.
import type { SelectStatement } from './query-ast.ts';

export interface DeviceClause {
  /** LOGICAL: a bare name, which would have to be a backup device made with sp_addumpdevice. */
  readonly media: 'VIRTUAL_DEVICE' | 'DISK' | 'TAPE' | 'URL' | 'LOGICAL';
  readonly name: string;
}

/** A part of a database that the statement is about. */
export interface FileClause {
  readonly kind: 'file' | 'filegroup';
  readonly name: string;
}

/** What every statement that moves data may say; null: not said. */
export interface TransferOptions {
  readonly blockSize: number | null;
  readonly bufferCount: number | null;
  readonly maxTransferSize: number | null;
  /** Percent between two progress messages; null: none wanted. */
  readonly stats: number | null;
}

export interface BackupStatement extends TransferOptions {
  readonly kind: 'backup';
  readonly what: 'database' | 'log';
  readonly database: string;
  /** Empty: all of it. */
  readonly files: readonly FileClause[];
  readonly devices: readonly DeviceClause[];
  readonly differential: boolean;
  readonly copyOnly: boolean;
  readonly compression: boolean;
  readonly checksum: boolean;
  /** BACKUP LOG WITH NORECOVERY: the database is left restoring. */
  readonly noRecovery: boolean;
  readonly name: string | null;
  readonly description: string | null;
  readonly mediaName: string | null;
  readonly mediaDescription: string | null;
  readonly expires: Date | null;
  readonly retainDays: number | null;
}

export interface RestoreStatement extends TransferOptions {
  readonly kind: 'restore';
  readonly what: 'database' | 'log';
  readonly database: string;
  /** Empty: all of it. */
  readonly files: readonly FileClause[];
  /** Empty: RESTORE DATABASE name WITH RECOVERY, which only ends a restore sequence. */
  readonly devices: readonly DeviceClause[];
  readonly replace: boolean;
  readonly noRecovery: boolean;
  /** The point in time to stop at. */
  readonly stopAt: Date | null;
  readonly moves: readonly { readonly logical: string; readonly physical: string }[];
  readonly file: number;
}

export interface InspectStatement extends TransferOptions {
  readonly kind: 'verify' | 'headers' | 'files' | 'label';
  readonly devices: readonly DeviceClause[];
  readonly file: number;
}

export type Statement =
  | BackupStatement
  | RestoreStatement
  | InspectStatement
  | SelectStatement
  | { readonly kind: 'use'; readonly database: string }
  /** A client's SET: accepted, without any effect. */
  | { readonly kind: 'set' }
  | { readonly kind: 'checkDatabase'; readonly database: string; readonly infoMessages: boolean }
  /** The name of a procedure, which the stand-in does not have. */
  | { readonly kind: 'procedure'; readonly name: string };
