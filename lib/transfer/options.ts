// What the operations take and give: types only.
import type { SqlMessage, SqlValue } from '../sql/executor.ts';
import type { Verdict } from '../sql/message-kinds.ts';
import type { BackupWith, InspectWith, RestoreScope, RestoreWith, Scope, VerifyWith } from '../sql/with.ts';
import type { Destination, Origin } from '../streams/adapt.ts';
import type { VdConfig } from '../vdi/config.ts';
import type { ServerOptions } from './server-options.ts';

/** How long each part of a transfer may take, in milliseconds; 0 is no limit. All of them also end at once when the statement fails. */
export interface Limits {
  /** Connecting, and asking the server what it is; what is asked of it later, for its databases or folders, by itself. Default 30,000. */
  readonly connectMs?: number | undefined;
  /**
   * From sending the statement until the server has attached to the set and configured it. A statement may first have to wait
   * for another backup of the same database. Default 300,000 (5 minutes).
   */
  readonly attachMs?: number | undefined;
  /** From the configuration until all devices are open and the server's first command has come. Default 120,000 (2 minutes). */
  readonly configureMs?: number | undefined;
  /**
   * The longest pause between two commands, over all devices, while the server owes the next one. Default 1,800,000 (30 minutes); for
   * restore, where the server may first fill its files with zeros, 21,600,000 (6 hours).
   */
  readonly idleMs?: number | undefined;
  /**
   * The longest pause while a destination or origin has the server's commands and answers none of them, and the time it may take to
   * finish after the statement has succeeded. Default 3,600,000 (an hour).
   */
  readonly holdMs?: number | undefined;
  /**
   * From the last device's close until the statement ends. A restore recovers the database in this time, which can take hours.
   * Default 300,000 (5 minutes); for restore 86,400,000 (a day). After a failure of a destination or origin the statement gets this long,
   * but at most 30,000 (30 seconds), to say what came of it.
   */
  readonly verdictMs?: number | undefined;
}

/** How far a transfer is. Sampled about five times a second. */
export interface Progress {
  /** Bytes moved so far, over all stripes. */
  readonly bytes: number;
  /** About how many bytes there will be, or null: from the server's catalog, or the size of the origin's files. Without compression only. */
  readonly totalBytes: number | null;
  /** 0 to 100: what the server reports (STATS) or what the bytes say, whichever is more; null while neither is known. 100 is said at the end only. */
  readonly percent: number | null;
  /** Since the call, in milliseconds. */
  readonly elapsedMs: number;
  /** Mean rate since the first byte. */
  readonly bytesPerSecond: number;
  /** Estimated milliseconds to go, or null where there is nothing to estimate from. */
  readonly etaMs: number | null;
  /** attaching: until the server has configured the set; finishing: since every device was closed. */
  readonly phase: 'attaching' | 'transferring' | 'finishing';
}

/** What the operations that move data have in common. */
export interface TransferOptions extends ServerOptions {
  /** The virtual device set's name, 1 to 259 characters without backslash. Default: a random GUID, which is what the VDI specification recommends. */
  readonly setName?: string | undefined;
  /** Computes each stripe's SHA-256 while it is moved. Default false. */
  readonly sha256?: boolean | undefined;
  /**
   * About five times a second, and once at the end. Asks the server for STATS = 1 where `with.stats` is not given. What it throws, or
   * rejects with, ends the transfer.
   */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Each of the server's messages as it comes. What it throws, or rejects with, ends the transfer. */
  readonly onMessage?: ((message: SqlMessage) => void) | undefined;
}

/** What {@link backup} takes. */
export interface BackupOptions extends TransferOptions, Scope {
  /** The database's name, exactly; it is quoted here. */
  readonly database: string;
  /** Default 'full'. */
  readonly type?: 'full' | 'differential' | 'log' | undefined;
  /** One destination, or one for each stripe (1 to 64). */
  readonly to: Destination | readonly Destination[];
  /** The statement's WITH clause. */
  readonly with?: BackupWith | undefined;
  /** Replace files that exist. Default false: an existing target is an error. Until the backup has succeeded the old file stands untouched. */
  readonly overwrite?: boolean | undefined;
}

/** What {@link restore} takes. */
export interface RestoreOptions extends TransferOptions, RestoreScope {
  /** The database's name, exactly; it is quoted here. */
  readonly database: string;
  /** Default 'database', for full and differential backups. */
  readonly type?: 'database' | 'log' | undefined;
  /** One origin, or one for each stripe (1 to 64). */
  readonly from: Origin | readonly Origin[];
  /** The statement's WITH clause. */
  readonly with?: RestoreWith | undefined;
}

/** What {@link verify} takes. */
export interface VerifyOptions extends TransferOptions {
  /** One origin, or one for each stripe (1 to 64). */
  readonly from: Origin | readonly Origin[];
  /** The statement's WITH clause. */
  readonly with?: VerifyWith | undefined;
}

/** What {@link headers}, {@link files} and {@link label} take. */
export interface InspectOptions extends Omit<TransferOptions, 'onProgress' | 'sha256'> {
  /** One origin, or one for each stripe (1 to 64). Only its beginning is read. */
  readonly from: Origin | readonly Origin[];
  /** The statement's WITH clause. */
  readonly with?: InspectWith | undefined;
}

/** One device of a statement of the caller's own: where its data goes to, or comes from. */
export type RunDevice =
  | {
      /** Where the device's data goes to: the statement backs up. */
      readonly to: Destination;
    }
  | {
      /** Where the device's data comes from: the statement restores. */
      readonly from: Origin;
    };

/** What {@link run} takes. */
export interface RunOptions extends TransferOptions {
  /** The statement, with {device:0} … or {device} (all of them) where VIRTUAL_DEVICE = … belongs. Within strings, names and comments they are text. */
  readonly sql: string;
  /** 1 to 64, all with `to` or all with `from`. */
  readonly devices: readonly RunDevice[];
  /** Replace files that exist. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** One stripe of a finished transfer. */
export interface StripeResult {
  /** Bytes moved. */
  readonly bytes: number;
  /** Lower-case hexadecimal, where `sha256` was asked for. */
  readonly sha256: string | null;
  /** The file's absolute path, or null where the stripe is no file. */
  readonly path: string | null;
}

/** A transfer that succeeded: the statement succeeded, every device closed, and (backup) every destination is durable and published. */
export interface TransferResult {
  /** Over all stripes. */
  readonly bytes: number;
  /** In the order of `to` or `from`. */
  readonly stripes: readonly StripeResult[];
  /** From the set's creation until everything was published, in milliseconds. Connecting is not in it. */
  readonly elapsedMs: number;
  /** What the server said, in order. */
  readonly messages: readonly SqlMessage[];
  /** What message 3014 says of pages and rate, or null where there was none. */
  readonly verdict: Verdict | null;
  /** The configuration the server chose. */
  readonly config: VdConfig;
}

/** What {@link backup} gives. */
export type BackupResult = TransferResult;

/** What {@link restore} and {@link verify} give. */
export type RestoreResult = TransferResult;

/** What {@link run} gives. */
export interface RunResult extends TransferResult {
  /** Of the first result set. */
  readonly rows: readonly Readonly<Record<string, SqlValue>>[];
}
