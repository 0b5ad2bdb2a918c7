// Which server runs the statement, and who supplies the interface it is reached through.
import { settled, unlessAborted } from '../common/waits.ts';
import type { EmbeddedServer } from '../embedded/server.ts';
import { type Connector, connectorFor } from '../sql/connection.ts';
import type { Execute, SqlExecutor } from '../sql/executor.ts';
import { checkServer, readServerInfo, type ServerInfo } from '../sql/server-info.ts';
import type { ProviderName } from '../vdi/native.ts';
import { resolveProvider } from '../vdi/provider.ts';
import { LimitError } from './limits.ts';
import type { ServerOptions } from './server-options.ts';

/** A server ready for statements, one after the other. */
export interface Server {
  readonly execute: Execute;
  readonly provider: ProviderName;
  /** The instance's name, or null for the default instance. */
  readonly instance: string | null;
  /** What the server said about itself; null where it was not asked. */
  readonly info: ServerInfo | null;
  /** Ends what was started for this call. */
  close(): Promise<void>;
}

/** A server that has been decided on. */
export interface ChosenServer {
  /** Reaches it, in so many milliseconds (0: no limit). Rejects with what prevents it, LimitError, or the signal's reason. */
  start(connectMs: number): Promise<Server>;
}

/** Throws a TypeError where there is no server or more than one, and a ProviderError where the provider cannot be used. */
export function chooseServer(options: ServerOptions): ChosenServer {
  const { connection, execute, embedded, instance = null, signal } = options;
  const given = Object.entries({ connection, execute, embedded }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const names = given.map(([name]) => name).join(' or ');
    throw new TypeError(`give ${names}, not ${given.length === 2 ? 'both' : 'all'}: there can be one server only`);
  }
  if (connection !== undefined) {
    const connect = connectorFor(connection);
    const provider = resolveProvider(options.provider ?? 'auto');
    return { start: (connectMs) => startConnection(connect, { provider, instance, signal, connectMs }) };
  }
  if (execute !== undefined) {
    if (typeof execute !== 'function') throw new TypeError(`execute must be a function, not ${typeof execute}`);
    const provider = resolveProvider(options.provider ?? 'auto');
    return { start: async () => ({ execute, provider, instance, info: null, close: async () => {} }) };
  }
  if (embedded === undefined) {
    throw new TypeError(
      'no server: give connection (how to reach your SQL Server), execute (it runs a statement there), or embedded ' +
        "(the stand-in's folder)",
    );
  }
  if (typeof embedded !== 'string' && typeof embedded?.execute !== 'function') {
    throw new TypeError('embedded must be an EmbeddedServer, or the path of its folder');
  }
  const provider = resolveProvider(options.provider ?? 'embedded');
  const start = async (): Promise<Server> => {
    const server = typeof embedded === 'string' ? await startIn(embedded, instance) : embedded;
    return {
      execute: server.execute,
      provider,
      instance: instance ?? server.instance,
      info: null,
      close: async () => (typeof embedded === 'string' ? server.close() : undefined),
    };
  };
  return { start };
}

interface StartOptions {
  readonly provider: ProviderName;
  readonly instance: string | null;
  readonly signal: AbortSignal | undefined;
  readonly connectMs: number;
}

/** A driver's close, which owes to be quick. */
const closeWaitMs = 1000;

/** A connection of this call's own, checked. */
export async function startConnection(connect: Connector, options: StartOptions): Promise<Server> {
  const { provider, instance, connectMs } = options;
  return withinLimit(connectMs, options.signal, async (signal) => {
    let executor: SqlExecutor | undefined;
    try {
      executor = await connect(signal);
      // Closing the connection ends a question that the server neither answers nor lets go.
      const info = await unlessAborted(readServerInfo(executor.execute, signal), signal);
      checkServer(info);
      const opened = executor;
      const { execute } = opened;
      const close = () => settled(opened.close(), closeWaitMs);
      return { execute, provider, instance: instance ?? info.instance, info, close };
    } catch (error) {
      if (executor !== undefined) await settled(executor.close(), closeWaitMs);
      throw error;
    }
  });
}

/** What the server answers, or a rejection with LimitError (connectMs; 0: no limit) or the signal's reason, whether or not it lets go. */
export function ask<T>(
  connectMs: number,
  signal: AbortSignal | undefined,
  question: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withinLimit(connectMs, signal, (either) => unlessAborted(question(either), either));
}

/** The longest delay that a timer takes; a longer one would be over at once. */
const longestTimerMs = 2 ** 31 - 1;

async function withinLimit<T>(
  connectMs: number,
  given: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer =
    connectMs > 0 && connectMs <= longestTimerMs
      ? setTimeout(() => limit.abort(new LimitError('connectMs', connectMs)), connectMs)
      : undefined;
  try {
    return await work(given === undefined ? limit.signal : AbortSignal.any([given, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function startIn(folder: string, instance: string | null): Promise<EmbeddedServer> {
  // The operations do not depend on the stand-in: it is loaded where it is asked for.
  const { EmbeddedServer } = await import('../embedded/server.ts');
  return EmbeddedServer.start({ folder, instance: instance ?? undefined });
}
