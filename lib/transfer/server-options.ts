// Which server a call is for: types only.
import type { EmbeddedServer } from '../embedded/server.ts';
import type { ConnectionOption } from '../sql/connection.ts';
import type { Execute } from '../sql/executor.ts';
import type { ProviderName } from '../vdi/native.ts';
import type { Limits } from './options.ts';

/** The server: `connection`, `execute` or `embedded`, and one of them only. */
export interface ServerOptions {
  /**
   * How to reach the SQL Server. The call makes a connection of its own, checks on it that the login is a member of sysadmin,
   * reads edition, version and instance, and closes it in the end.
   */
  readonly connection?: ConnectionOption | undefined;
  /** Runs the statement on the server, on a connection of the caller's. Nothing is checked or asked beforehand. */
  readonly execute?: Execute | undefined;
  /** The embedded stand-in instead of a SQL Server: one that runs, or the folder of its databases (started for this call). Never chosen silently. */
  readonly embedded?: EmbeddedServer | string | undefined;
  /** Who supplies the interface. Default 'auto': com on Windows, libsqlvdi on Linux; 'embedded' where `embedded` is given. */
  readonly provider?: ProviderName | 'auto' | undefined;
  /** The SQL Server instance's name alone, without the machine's. Default: the connection's; without one the default instance. */
  readonly instance?: string | undefined;
  /** Cancels: the call rejects with the signal's reason, and nothing is left behind. What the server has called done by then stays done. */
  readonly signal?: AbortSignal | undefined;
  /** Time limits. */
  readonly limits?: Limits | undefined;
}
