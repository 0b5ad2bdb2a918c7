// The databases of a server: whoever backs up all of them must know which there are.
import { type Database, readDatabases } from './sql/databases.ts';
import { checkOptions } from './transfer/check-options.ts';
import { checkLimits } from './transfer/limits.ts';
import { withServer } from './transfer/prepare.ts';
import { ask, chooseServer } from './transfer/server.ts';
import type { ServerOptions } from './transfer/server-options.ts';

/** The server's databases, by name, as the login may see them. Rejections as with `backup`, as far as they concern the server. */
export async function databases(options: ServerOptions): Promise<readonly Database[]> {
  checkOptions(options, 'databases');
  const { connectMs } = checkLimits(options.limits);
  return withServer(options, chooseServer(options), ({ execute }) =>
    ask(connectMs, options.signal, (signal) => readDatabases(execute, signal)),
  );
}
