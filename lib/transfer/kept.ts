// A backup that failed on this side when the server may have called it done: what was written is kept, and said where.

/** A file of a backup that was not published. */
export interface KeptFile {
  /** Where it was to stand: an absolute path. */
  readonly path: string;
  /** Where it stands: an absolute path in the same folder. */
  readonly kept: string;
}

/**
 * Comes among the {@link relatedErrors} of a {@link backup} that failed after all its data was durable, when the server called it done or
 * may have: the files could not be put in their places, or the server was lost, or took too long, between its last command and its
 * verdict. A server that is done may have truncated its log, so that these files may be the only copy of it. They are left as they are
 * under the names said here; verify them, then rename or remove them. After a cancellation nothing is kept.
 */
export class BackupKeptError extends Error {
  override readonly name = 'BackupKeptError';
  /** Always 'SQLVDI_BACKUP_KEPT'. */
  readonly code = 'SQLVDI_BACKUP_KEPT';
  /** In the order of the destinations. */
  readonly files: readonly KeptFile[];
  /** What to do. */
  readonly advice = 'verify what was kept, then rename it; remove it only where the server says that the backup failed';

  constructor(files: readonly KeptFile[]) {
    const names = files.map(({ path, kept }) => `'${kept}' (for '${path}')`).join(', ');
    super(`The server may have called this backup done, so what was written is kept: ${names}`);
    this.files = files;
  }
}
