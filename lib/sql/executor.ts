// What this package needs of a SQL driver: to run a T-SQL statement, report its messages, cancel it, and close.

/** A value of a result row. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null;

/** One message the server sent while a statement ran: an information message (severity up to 10) or an error. */
export interface SqlMessage {
  /** The message's number, for example 3014 "… successfully processed …". */
  readonly number: number;
  /** Tells apart the places in the server that raise the same number. */
  readonly state: number;
  /** 0 to 10: information; 11 to 25: an error. */
  readonly severity: number;
  /** The text, in the server's language. */
  readonly message: string;
  /** The line of the statement it is about, counted from 1. */
  readonly line: number;
  /** The stored procedure that raised it, or an empty string. */
  readonly procedure: string;
  /** The server's name, or an empty string where the driver does not say. */
  readonly server: string;
}

/** What goes with one call of {@link Execute}. */
export interface ExecuteOptions {
  /** Ends the statement: the driver cancels it and the promise rejects. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each message as it arrives, in order, before the promise settles. */
  readonly onMessage?: ((message: SqlMessage) => void) | undefined;
}

/** What a statement that succeeded gave. */
export interface ExecuteResult {
  /** The rows of the first result set; empty for BACKUP and RESTORE DATABASE. */
  readonly rows: readonly Readonly<Record<string, SqlValue>>[];
  /** Every message, in order. */
  readonly messages: readonly SqlMessage[];
}

/**
 * Runs one T-SQL statement on a connection that is a member of sysadmin (the VDI specification asks for it; db_backupoperator
 * is not enough) and that has **no time-out for requests**: a backup takes as long as it takes.
 *
 * Rejects with a {@link SqlServerError} that carries all messages when the server reported an error.
 */
export type Execute = (statement: string, options?: ExecuteOptions) => Promise<ExecuteResult>;

/** The SQL clients a connection can be made with; sqlcmd is the last resort. */
export type DriverName = 'tedious' | 'mssql' | 'msnodesqlv8' | 'sqlcmd';

/**
 * One connection to a SQL Server, this package's own: nobody else sends anything on it. A driver owes:
 *
 * - one statement at a time, in the order it is called, with no time-out of its own;
 * - every message of the statement, in the server's order, **before** the promise settles, and as it arrives;
 * - SqlServerError where the server reported an error, ConnectionLostError where the connection ended without one, and the
 *   signal's reason where the signal ended it: the driver then asks the server to cancel (TDS attention) and waits for it to agree;
 * - that close() ends whatever runs, at once and without asking the server, and leaves no socket, process or timer.
 */
export interface SqlExecutor {
  readonly execute: Execute;
  /** Never rejects, may be called twice. A statement that runs rejects with ConnectionLostError. */
  close(): Promise<void>;
}
