// The server under test, and what the tests ask of it beside backups: databases, changes, and whether two are the same.
import type { ConnectionOption } from '../../lib/sql/connection.ts';
import { connectorFor } from '../../lib/sql/connection.ts';
import type { Execute, SqlExecutor } from '../../lib/sql/executor.ts';
import { quoteIdentifier, quoteString } from '../../lib/sql/quote.ts';
import type { ProviderName } from '../../lib/vdi/native.ts';
import { isStandIn, login, provider } from './environment.ts';
import { startStandIn } from './stand-in.ts';

export interface ServerUnderTest {
  /** What every operation takes. */
  readonly options: { readonly connection: ConnectionOption; readonly provider: 'auto' | ProviderName };
  /** The same for the command line; the password is in the environment. */
  readonly command: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
  /** Makes a database of some 32 MiB that keeps its log. */
  createDatabase(name: string): Promise<void>;
  /** Changes its content. */
  change(name: string): Promise<void>;
  /** The same for databases of the same content. */
  fingerprint(name: string): Promise<string>;
  /** Rejects where the database is damaged. */
  checkDatabase(name: string): Promise<void>;
  /** Where the files of a copy go; undefined where that need not be said. */
  moves(original: string, copy: string): Promise<Record<string, string> | undefined>;
  /** Drops what was made. */
  close(): Promise<void>;
}

/** @param instance null: the default instance */
export async function startServer(instance: string | null): Promise<ServerUnderTest> {
  if (isStandIn) return await startStandIn(instance);
  if (login === null) throw new Error('SQLVDI_REAL_SERVER is not set');
  const { user, password } = login;
  const server = instance === null ? login.server : `${login.server.split(',')[0]}\\${instance}`;
  const account = user === undefined ? { trusted: true } : { user, password };
  // The certificate that the server made for itself.
  const connection = { server, ...account, trustServerCertificate: true };
  const command = {
    args: [
      ...['--server', server, '--provider', provider, '--trust-server-certificate'],
      ...(user === undefined ? ['--trusted'] : ['--user', user]),
    ],
    env: password === undefined ? {} : { SQLVDI_PASSWORD: password },
  };
  const executor = await connectorFor(connection)(undefined);
  return new RealServer(executor, { connection, provider }, command);
}

class RealServer implements ServerUnderTest {
  readonly options: ServerUnderTest['options'];
  readonly command: ServerUnderTest['command'];
  readonly #execute: Execute;
  readonly #executor: SqlExecutor;
  readonly #made = new Set<string>();

  constructor(executor: SqlExecutor, options: ServerUnderTest['options'], command: ServerUnderTest['command']) {
    this.#executor = executor;
    this.#execute = executor.execute;
    this.options = options;
    this.command = command;
  }

  async createDatabase(name: string): Promise<void> {
    const database = quoteIdentifier(name, 'database');
    this.#made.add(name);
    await this.#execute(`CREATE DATABASE ${database}`);
    await this.#execute(`ALTER DATABASE ${database} SET RECOVERY FULL`);
    await this.#execute(`CREATE TABLE ${database}.dbo.Items (Id int IDENTITY PRIMARY KEY, Data binary(4000) NOT NULL)`);
    await this.#insert(name, 8000);
  }

  async change(name: string): Promise<void> {
    await this.#insert(name, 500);
  }

  /** Each row is half random and half zeros, so that compression has something to do. */
  async #insert(name: string, rows: number): Promise<void> {
    await this.#execute(
      `INSERT INTO ${quoteIdentifier(name, 'database')}.dbo.Items (Data) SELECT TOP (${rows}) CAST(CRYPT_GEN_RANDOM(2000) AS binary(4000)) ` +
        'FROM sys.all_objects AS one CROSS JOIN sys.all_objects AS other',
    );
  }

  async fingerprint(name: string): Promise<string> {
    const { rows } = await this.#execute(
      `SELECT COUNT_BIG(*) AS items, CHECKSUM_AGG(BINARY_CHECKSUM(*)) AS total FROM ${quoteIdentifier(name, 'database')}.dbo.Items`,
    );
    return rows.map(({ items, total }) => `${items} items, ${total}`).join();
  }

  async checkDatabase(name: string): Promise<void> {
    await this.#execute(`DBCC CHECKDB (${quoteString(name, 'database')}) WITH NO_INFOMSGS`);
  }

  async moves(original: string, copy: string): Promise<Record<string, string>> {
    this.#made.add(copy);
    const { rows } = await this.#execute(
      `SELECT name, physical_name FROM sys.master_files WHERE database_id = DB_ID(${quoteString(original, 'database')})`,
    );
    // The copy's files beside the original's.
    return Object.fromEntries(
      rows.map(({ name, physical_name }) => [
        String(name),
        String(physical_name).replace(/[^\\/]*(\.\w+)$/, `${copy}_${name}$1`),
      ]),
    );
  }

  async close(): Promise<void> {
    try {
      for (const name of this.#made) {
        await this.#execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(name, 'database')}`);
        await this.#execute(
          `EXEC msdb.dbo.sp_delete_database_backuphistory @database_name = ${quoteString(name, 'database')}`,
        );
      }
    } finally {
      await this.#executor.close();
    }
  }
}
