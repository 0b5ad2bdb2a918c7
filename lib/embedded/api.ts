// What an embedded server does for its users, in this process or in another: the types both share.
import type { RunBatch } from './batch.ts';
import type { Fault } from './faults.ts';

/** What a generated database is made of. */
export interface CreateDatabaseOptions {
  /** In bytes: a multiple of 8 KiB, at least 8 KiB. The pages are made on the fly, so even a huge one needs no disk. */
  readonly size: number;
  /** What the content is generated from, 0 to 2^32-1. Default 1. The same seed gives the same content. */
  readonly seed?: number | undefined;
  /** Whether the content compresses well. Default false. */
  readonly compressible?: boolean | undefined;
}

/** What {@link EmbeddedServer.modify} changes. */
export interface ModifyOptions {
  /** How many pages (of 8 KiB) change, 1 to the database's number of pages. */
  readonly pages: number;
  /** Decides which, 0 to 2^32-1. Default 1. */
  readonly seed?: number | undefined;
}

/** A database of the embedded server. */
export interface DatabaseInfo {
  /** As it was created; case does not matter. */
  readonly name: string;
  /** restoring: a RESTORE … WITH NORECOVERY waits for more. */
  readonly state: 'online' | 'restoring';
  /**
   * generated: made on the fly; pages: restored, in a data file;
   * kept: streams that a real SQL Server wrote, kept as they are.
   */
  readonly kind: 'generated' | 'pages' | 'kept';
  /** In bytes. */
  readonly size: number;
  /** Number of 8 KiB pages; 0 for a kept one. */
  readonly pages: number;
}

export interface ServerCore {
  readonly run: RunBatch;
  createDatabase(name: string, options: CreateDatabaseOptions): Promise<void>;
  modify(name: string, options: ModifyOptions): Promise<void>;
  databases(): Promise<readonly DatabaseInfo[]>;
  checksum(name: string): Promise<string>;
  inject(fault: Fault): Promise<void>;
  close(): Promise<void>;
}
