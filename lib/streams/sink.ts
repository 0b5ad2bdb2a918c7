// Where a backup's bytes go and where a restore's bytes come from: the two shapes an agent implements.

/**
 * A backup's destination for one stripe. Calls never overlap: each waits for the promise of the one before, so a sink that
 * is slow makes SQL Server wait (back-pressure) and needs no buffering of its own.
 */
export interface Sink {
  /**
   * Stores a chunk. **The chunk is a view of the transfer buffer itself, not a copy: it is valid until the returned promise
   * settles** (or until write returns, where it returns nothing). Copy it if it is needed for longer. Chunks are a multiple
   * of the block size, up to MAXTRANSFERSIZE bytes. Throwing or rejecting fails the backup: an error whose `code` is
   * 'ENOSPC' or 'EDQUOT' tells the server the disk is full, any other a write fault.
   */
  write(chunk: Uint8Array): Promise<void> | void;
  /**
   * Makes everything written so far durable. The server is told so only once this has resolved; after its last
   * acknowledgement it may truncate the log. May be called several times in one backup, also with nothing new written.
   */
  flush?(): Promise<void> | void;
  /**
   * Everything has been written: finish durably. Called exactly once, after the last flush; the server is told only once
   * this has resolved, and an error here fails the BACKUP and keeps the log from being truncated. Where the server cannot
   * announce the end (no CompleteEnabled), it is called after the statement has succeeded.
   */
  complete?(): Promise<void> | void;
  /**
   * The backup failed or was cancelled, at whatever point: throw away what was written. Called at most once, also after
   * complete() where another stripe or the statement failed later; nothing is called after it.
   */
  abort?(error: Error): Promise<void> | void;
}

/** A restore's origin for one stripe. Calls never overlap. */
export interface Source {
  /**
   * Fills `into` from its start as far as it can and returns the number of bytes. A short count is not the end: read is
   * called again for the rest. **0 is the end of the data.** `into` is the transfer buffer itself: it must not be touched
   * after the returned promise has settled.
   */
  read(into: Uint8Array): Promise<number> | number;
  /** The server needs no more; it may stop before the end of the data. Called once where nothing failed. */
  close?(): Promise<void> | void;
  /** The restore failed or was cancelled. Called at most once, instead of close. */
  abort?(error: Error): Promise<void> | void;
}
