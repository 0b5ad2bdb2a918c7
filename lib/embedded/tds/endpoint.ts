// Lets SQL clients log in to an embedded server as to a SQL Server.
import { Listener } from '../endpoint/listener.ts';
import { coreOf, type EmbeddedServer } from '../server.ts';
import { serverName } from '../server-name.ts';
import { type Authenticate, serveTds } from './connection.ts';

const host = '127.0.0.1';
const highestPort = 65_535;

/** Who may log in. */
export interface TdsLogin {
  /** 1 to 128 characters; case does not matter. */
  readonly user: string;
  /** May be empty. Case matters. */
  readonly password: string;
  /** Default true. A login that is not may query, but BACKUP and RESTORE are refused as SQL Server does (262, 3110). */
  readonly sysadmin?: boolean | undefined;
}

/** How {@link TdsEndpoint.start} starts. */
export interface TdsEndpointOptions {
  /** 0 to 65,535. Default 0: one that is free. */
  readonly port?: number | undefined;
  /** At least one, each under a name of its own. */
  readonly logins: readonly TdsLogin[];
}

/**
 * Lets unmodified SQL clients (tedious, mssql, FreeTDS …) log in to an embedded server over TDS, the protocol of SQL Server, at
 * 127.0.0.1 only. TDS 7.1 to 7.4, SQL Server authentication; batches, sp_executesql and prepared statements, messages as they
 * come, cancellation. **There is no encryption:** clients give `encrypt: false`, `Encrypt=no` or the like; passwords go over the
 * loopback interface as good as plain.
 *
 * ```ts
 * await using server = await EmbeddedServer.start({ folder: 'databases' });
 * await using endpoint = await TdsEndpoint.start(server, { logins: [{ user: 'sa', password: 'secret' }] });
 * const pool = await sql.connect({ server: '127.0.0.1', port: endpoint.port, user: 'sa', password: 'secret', options: { encrypt: false } });
 * ```
 */
export class TdsEndpoint implements AsyncDisposable {
  /** Where clients connect to, on 127.0.0.1. */
  readonly port: number;
  readonly #listener: Listener;
  #closing: Promise<void> | null = null;

  private constructor(listener: Listener) {
    this.#listener = listener;
    this.port = listener.port;
  }

  /**
   * Rejects with a TypeError or RangeError for bad options, and with an Error where the port is taken. Close the endpoint before the
   * server.
   */
  static async start(server: EmbeddedServer, options: TdsEndpointOptions): Promise<TdsEndpoint> {
    const core = coreOf(server);
    const { port = 0, logins } = options ?? {};
    if (!Number.isInteger(port) || port < 0 || port > highestPort) {
      throw new RangeError(`A port is a whole number from 0 to ${highestPort}, not ${port}.`);
    }
    const authenticate = authenticateBy(logins);
    const listener = new Listener((socket) => serveTds(socket, core, serverName(server.instance), authenticate));
    try {
      await listener.listen({ host, port });
    } catch (cause) {
      throw new Error(`The port ${port} of ${host} cannot be had: does another server use it?`, { cause });
    }
    return new TdsEndpoint(listener);
  }

  /** Ends all connections, and the statements that run on them. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#listener.close();
    return this.#closing;
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function authenticateBy(logins: readonly TdsLogin[]): Authenticate {
  if (!Array.isArray(logins) || logins.length === 0)
    throw new TypeError('TdsEndpoint.start needs { logins }: at least one.');
  const known = new Map<string, TdsLogin>();
  for (const login of logins) {
    const { user, password, sysadmin = true } = login ?? {};
    if (typeof user !== 'string' || user === '' || user.length > 128 || typeof password !== 'string') {
      throw new TypeError('A login is { user, password }: a user of 1 to 128 characters, and a password.');
    }
    if (typeof sysadmin !== 'boolean') throw new TypeError(`sysadmin of '${user}' must be true or false.`);
    if (known.has(user.toLowerCase())) throw new TypeError(`There are two logins '${user}'.`);
    known.set(user.toLowerCase(), login);
  }
  return ({ user, password, integrated }) => {
    const login = known.get(user.toLowerCase());
    if (integrated || login === undefined || login.password !== password) return null;
    return { login: login.user, sysadmin: login.sysadmin ?? true };
  };
}
