// What is checked before anything starts: stripes, names, limits, server. One clear error each, and nothing to undo.
import { unlessAborted } from '../common/waits.ts';
import type { Execute } from '../sql/executor.ts';
import type { ServerInfo } from '../sql/server-info.ts';
import type { Destination, DestinationKind, Origin, OriginKind } from '../streams/adapt.ts';
import { classifyDestination, classifyOrigin } from '../streams/adapt.ts';
import { holdStreams } from '../streams/hold.ts';
import { maxDevices } from '../vdi/config.ts';
import { type CheckedLimits, checkLimits } from './limits.ts';
import { deviceNames } from './names.ts';
import type { RunResult, TransferOptions } from './options.ts';
import { absolutePath, locateOrigin, refuseSameFile } from './paths.ts';
import { type Plan, Transfer } from './run.ts';
import { type ChosenServer, chooseServer, type Server } from './server.ts';
import type { ServerOptions } from './server-options.ts';
import { destinationStripe, FileTargetStripe, originStripe, type Stripe } from './stripes.ts';
import { FileTarget } from './target.ts';

/** How long a size may be asked for that only the progress needs. */
const estimateMs = 1000;

/** What differs between the operations. */
export interface Operation {
  readonly options: TransferOptions;
  /** Which limits hold where the caller gave none. Default: those of a backup. */
  readonly limits?: CheckedLimits | undefined;
  /** The statement for these device names; throws where its options are wrong. */
  readonly statement: (devices: readonly string[]) => string;
  /** The stripes as the caller gave them. */
  readonly stripes: readonly unknown[];
  /** Checks the stripes, and then takes hold of them. */
  readonly prepare: () => Promise<Prepared>;
  /** Throws a ServerSupportError where this server cannot do it. */
  readonly support?: ((info: ServerInfo) => void) | undefined;
  /** Asks the server about how many bytes there will be. Only where progress is asked for, and for a moment only. */
  readonly estimate?: ((execute: Execute, signal: AbortSignal) => Promise<number | null>) | undefined;
}

/** Checked stripes. `open` takes hold of streams, so that an earlier error leaves them as they were. */
export interface Prepared {
  readonly targets: readonly FileTarget[];
  readonly open: () => readonly Stripe[];
  /** How many bytes there are where that is known, else null. */
  readonly totalBytes: number | null;
}

/** An operation of which everything has been checked that can be without the server. */
export type ReadyOperation = (server: Server) => Promise<RunResult>;

/** Checks everything, then runs the transfer. */
export async function runOperation(operation: Operation): Promise<RunResult> {
  const { options } = operation;
  options.signal?.throwIfAborted();
  const letGo = holdStreams(operation.stripes);
  try {
    const chosen = chooseServer(options);
    const run = await readyOperation(operation);
    return await withServer(options, chosen, run);
  } finally {
    letGo();
  }
}

/** Throws or rejects where the operation's options or stripes are wrong. */
export async function readyOperation(operation: Operation): Promise<ReadyOperation> {
  const { options } = operation;
  const limits = checkLimits(options.limits, operation.limits);
  const names = deviceNames(options.setName, operation.stripes.length);
  const statement = operation.statement(names.devices);
  const { targets, open, totalBytes: known } = await operation.prepare();
  return async (server) => {
    if (server.info !== null) operation.support?.(server.info);
    const totalBytes = known ?? (await estimateFor(operation, server));
    options.signal?.throwIfAborted();
    const plan: Plan = { stripes: open(), targets, names, statement, server, limits, totalBytes, options };
    return await new Transfer(plan).run();
  };
}

/** Starts the server, and ends it whatever comes of the work. */
export async function withServer<T>(
  options: ServerOptions,
  chosen: ChosenServer,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const { connectMs } = checkLimits(options.limits);
  options.signal?.throwIfAborted();
  const server = await chosen.start(connectMs);
  try {
    options.signal?.throwIfAborted();
    return await work(server);
  } finally {
    await server.close();
  }
}

async function estimateFor({ options, estimate }: Operation, server: Server): Promise<number | null> {
  // Only a connection of our own is asked: a function `execute` of the caller's is for the statement.
  if (options.onProgress === undefined || estimate === undefined || server.info === null) return null;
  const patience = AbortSignal.timeout(estimateMs);
  const signal = options.signal === undefined ? patience : AbortSignal.any([options.signal, patience]);
  try {
    const estimated = estimate(server.execute, signal);
    // A call that is cancelled does not wait for a server that lets nothing go; the statement to come must.
    return await unlessAborted(estimated, options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (patience.aborted) return null;
    throw error;
  }
}

/** The WITH clause, with STATS where progress is asked for and nothing else was said. */
export function withStats<T extends { readonly stats?: number | undefined }>(
  clause: T | undefined,
  options: TransferOptions,
): T | { readonly stats: number } | undefined {
  return options.onProgress === undefined || clause?.stats !== undefined ? clause : { ...clause, stats: 1 };
}

/** One value or an array of 1 to 64. */
export function listOf<T>(value: T | readonly T[], what: string): readonly T[] {
  const list: readonly T[] = isList(value) ? value : [value];
  if (list.length < 1 || list.length > maxDevices) {
    throw new RangeError(`${what} names ${list.length} stripes; there must be 1 to ${maxDevices}`);
  }
  // What a hole in a list is must be said too.
  return [...list];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** The stripes of a backup. */
export async function prepareDestinations(destinations: readonly Destination[], overwrite: boolean): Promise<Prepared> {
  const what = labels('to', destinations.length);
  const kinds = destinations.map((destination, index) => classifyDestination(destination, what(index)));
  refuseSameObject(kinds, 'to');
  const stripes: (() => Stripe)[] = [];
  const targets: FileTarget[] = [];
  for (const [index, kind] of kinds.entries()) {
    if (kind.kind === 'file') {
      const target = await FileTarget.prepare(kind.target, what(index), overwrite);
      targets.push(target);
      stripes.push(() => new FileTargetStripe(target));
    } else stripes.push(() => destinationStripe(kind));
  }
  refuseSameFile(targets);
  return { targets, open: () => stripes.map((make) => make()), totalBytes: null };
}

/** The stripes of a restore. */
export async function prepareOrigins(origins: readonly Origin[]): Promise<Prepared> {
  const what = labels('from', origins.length);
  const kinds = origins.map((origin, index) => classifyOrigin(origin, what(index)));
  refuseSameObject(kinds, 'from');
  const located = await Promise.all(
    kinds.map(async (kind, index) =>
      kind.kind === 'file'
        ? { kind: 'file' as const, ...(await locateOrigin(absolutePath(kind.target, what(index)), what(index))) }
        : kind,
    ),
  );
  refuseSameFile(located.filter((origin) => origin.kind === 'file'));
  const sizes = located.map((origin) => (origin.kind === 'file' ? origin.size : null));
  const totalBytes = sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
  return { targets: [], open: () => located.map(originStripe), totalBytes };
}

function labels(option: string, count: number): (index: number) => string {
  return (index) => (count === 1 ? option : `${option}[${index}]`);
}

function refuseSameObject(kinds: readonly (DestinationKind | OriginKind)[], option: string): void {
  const seen = new Set<object>();
  for (const kind of kinds) {
    if (!('identity' in kind)) continue;
    if (seen.has(kind.identity)) throw new TypeError(`${option} names the same stream or object for two stripes`);
    seen.add(kind.identity);
  }
}
