// EmbeddedServer: the stand-in for a SQL Server, as users of the package see it.
import type { Execute } from '../sql/executor.ts';
import { loadBinding } from '../vdi/load.ts';
import type { CreateDatabaseOptions, DatabaseInfo, ModifyOptions, ServerCore } from './api.ts';
import { executeOver } from './batch.ts';
import type { Fault } from './faults.ts';
import { Host } from './host.ts';
import { ServerProcess } from './process/parent.ts';

/** How {@link EmbeddedServer.start} starts. */
export interface EmbeddedServerOptions {
  /** Where the databases live; made where it is missing. One server at a time works on a folder. */
  readonly folder: string;
  /** The instance's name alone, which clients then give to createEx. Default: the default instance. */
  readonly instance?: string | undefined;
  /** Run as a process of its own, which can be killed, and which an injected fault may let die: calls then reject with a ConnectionLostError. Default false. */
  readonly process?: boolean | undefined;
}

/** What is behind a server, for the endpoints through which other processes reach it. Throws a TypeError where it is none. */
export let coreOf: (server: EmbeddedServer) => ServerCore;

/**
 * A stand-in for SQL Server's side of a backup: it understands BACKUP DATABASE | LOG … TO VIRTUAL_DEVICE, RESTORE DATABASE |
 * LOG | VERIFYONLY | HEADERONLY | FILELISTONLY | LABELONLY … FROM VIRTUAL_DEVICE and RESTORE DATABASE … WITH RECOVERY, the SELECTs
 * with which clients ask a server about itself, USE, SET and DBCC CHECKDB. It attaches to the client's virtual device set as the
 * VDI specification describes it for the server, and answers with SQL Server's own messages.
 * **It is no SQL Server**: its databases are generated pages, and it keeps backups of real servers as they are, unread.
 *
 * Differences from SQL Server worth knowing:
 * - a RESTORE that fails midway leaves an existing database as it was, and a new one absent;
 * - a stream that a real server wrote cannot be read: RESTORE LOG takes it for a log backup, RESTORE DATABASE for a differential
 *   where the database is restoring and has a full one, else for a full one; any of them makes a database that is not there yet.
 *   BACKUP gives the stream back byte for byte, on the same number of devices (else 3132);
 * - message 18210, which a real server writes to its error log, comes with the others.
 *
 * ```ts
 * await using server = await EmbeddedServer.start({ folder: 'databases' });
 * await server.createDatabase('Sales', { size: 64 * 1024 * 1024 });
 * await backup({ database: 'Sales', to: 'sales.bak', embedded: server });
 * ```
 */
export class EmbeddedServer implements AsyncDisposable {
  /**
   * Runs a statement, or a batch of several: each is run, whether the ones before it failed or not. Rejects with a
   * SqlServerError that carries all messages when one failed, and with the signal's reason when it was cancelled; by then nothing
   * of it is left. One statement at a time works on a database: another BACKUP gets error 3023, another RESTORE 3101.
   */
  readonly execute: Execute;
  /** The folder of its databases. */
  readonly folder: string;
  /** The instance's name, or null for the default instance. */
  readonly instance: string | null;
  readonly #core: ServerCore;

  static {
    coreOf = (server) => {
      if (typeof server === 'object' && server !== null && #core in server) return server.#core;
      throw new TypeError('An endpoint needs the EmbeddedServer that it lets others in to.');
    };
  }

  private constructor(core: ServerCore, folder: string, instance: string | null) {
    this.#core = core;
    this.folder = folder;
    this.instance = instance;
    this.execute = executeOver(core.run);
  }

  /**
   * Starts a server on a folder. Rejects with a TypeError or RangeError for wrong options, with an Error where a living process already
   * has one there or the folder cannot be made, and with an AddonLoadError where the native addon is missing. A lock that a dead process
   * left is taken over.
   */
  static async start(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
    const { folder, instance = null, process: ownProcess = false } = options ?? {};
    if (typeof folder !== 'string' || folder === '') {
      throw new TypeError('EmbeddedServer.start needs { folder }: the path of the folder where its databases live.');
    }
    if (instance !== null && typeof instance !== 'string') {
      throw new TypeError(`instance must be a string, not ${typeof instance}.`);
    }
    if (instance === '' || instance?.includes('\\')) {
      throw new RangeError(`instance is '${instance}'; give its name alone, without the machine's.`);
    }
    if (typeof ownProcess !== 'boolean')
      throw new TypeError(`process must be true or false, not ${typeof ownProcess}.`);
    const core = ownProcess
      ? await ServerProcess.start(folder, instance)
      : await Host.start({ folder, instance, engine: loadBinding().engine, ownProcess: false });
    return new EmbeddedServer(core, folder, instance);
  }

  /**
   * Makes a generated database. Rejects with a TypeError or RangeError for a bad size, seed or name (1 to 128 characters), and with an
   * Error where there is one of that name, or the record of it cannot be written to the folder.
   */
  async createDatabase(name: string, options: CreateDatabaseOptions): Promise<void> {
    await this.#core.createDatabase(name, options);
  }

  /**
   * Changes pages, so that differential and log backups have something to say. Rejects where the database does not exist, is
   * restoring, is in use by a statement, or is kept streams, and with a RangeError for a bad number of pages.
   */
  async modify(name: string, options: ModifyOptions): Promise<void> {
    await this.#core.modify(name, options);
  }

  /** All databases, by name. Rejects with an Error where the server is closed. */
  async databases(): Promise<readonly DatabaseInfo[]> {
    return await this.#core.databases();
  }

  /**
   * SHA-256 in lower-case hexadecimal over all pages (of kept streams: over them), for comparing: a database and the one restored
   * from its backup have the same. Rejects with an Error where the database does not exist or a statement works on it, and with a
   * TypeError or RangeError where the name is none.
   */
  async checksum(name: string): Promise<string> {
    return await this.#core.checksum(name);
  }

  /**
   * Lets something go wrong in the next statement that fits; see {@link Fault}. Rejects with a TypeError for a malformed one, and with an
   * Error for 'die' where the server is not its own process.
   */
  async inject(fault: Fault): Promise<void> {
    await this.#core.inject(fault);
  }

  /**
   * Cancels what runs (those statements reject), waits for its end, gives the folder up. May be called twice; every other call rejects with
   * an Error from then on.
   */
  async close(): Promise<void> {
    await this.#core.close();
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
