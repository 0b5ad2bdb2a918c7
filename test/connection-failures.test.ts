// The table of failures, over a real connection: for each its error, that it comes within two seconds, and that nothing is left.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type BackupOptions,
  backup,
  type ConnectionOption,
  type Fault,
  type Progress,
  type RestoreOptions,
  relatedErrors,
  restore,
  run,
  type Sink,
  SqlServerError,
} from '../lib/index.ts';
import { loadBinding } from '../lib/vdi/load.ts';
import { filesIn, mebibyte } from './support/server.ts';
import { drivers, noMoreSocketsThan, openSockets, startTdsServer } from './support/tds.ts';

type Direction = 'backup' | 'restore';
type Context = Awaited<ReturnType<typeof startTdsServer>>;

/** What a row of the table has to work with. */
interface Trial extends Context {
  readonly direction: Direction;
  readonly connection: ConnectionOption;
  /** Begins to count: the failure is now. */
  readonly now: () => void;
  readonly controller: AbortController;
}

type Options = Partial<BackupOptions & RestoreOptions> & { readonly sql?: string };

interface Row {
  readonly name: string;
  readonly directions: readonly Direction[];
  /** Prepares the failure and gives the options that lead to it. */
  readonly arrange: (trial: Trial) => Promise<Options> | Options;
  /** The error's members, or the error itself. */
  readonly error: unknown;
  /** Whether the server's own error must be attached. */
  readonly verdict?: boolean;
}

const both = ['backup', 'restore'] as const;
const reason = new Error('enough');
const half = 4 * mebibyte;

async function faulty(trial: Trial, fault: Fault): Promise<Options> {
  await trial.server.inject(fault);
  return {};
}

/** The moment the server's first error arrives. */
const atServersError = ({ now }: Trial): Options => ({
  onMessage: ({ severity }) => {
    if (severity > 10) now();
  },
});

/** A sink that keeps what it is given, and does at the end of each call what `at` says. */
function sinkThat(at: { write?: (bytes: number) => void; flush?: () => void; complete?: () => void }): Sink {
  let bytes = 0;
  return {
    write(chunk) {
      bytes += chunk.length;
      at.write?.(bytes);
    },
    flush: () => at.flush?.(),
    complete: () => at.complete?.(),
  };
}

function failing({ now }: Trial, error: Error): () => never {
  return () => {
    now();
    throw error;
  };
}

const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
const torn = new Error('torn');

const failures: readonly Row[] = [
  {
    name: 'unknown database',
    directions: ['backup'],
    arrange: (trial) => ({ ...atServersError(trial), database: 'Nowhere' }),
    error: { name: 'SqlServerError', number: 911 },
  },
  {
    name: 'unknown database',
    directions: ['restore'],
    arrange: async (trial) => {
      const { server, file } = trial;
      await server.modify('Sales', { pages: 1 });
      await backup({ database: 'Sales', type: 'differential', to: file('origin'), overwrite: true, embedded: server });
      return { ...atServersError(trial), database: 'Nowhere' };
    },
    error: { name: 'SqlServerError', number: 3118 },
  },
  {
    name: 'no permission',
    directions: both,
    arrange: ({ now, connection }) => {
      now();
      return { connection: { ...connection, user: 'reader' } as ConnectionOption };
    },
    error: { name: 'PermissionError', code: 'SQLVDI_NOT_SYSADMIN' },
  },
  {
    name: 'wrong password',
    directions: both,
    arrange: ({ now, connection }) => {
      now();
      return { connection: { ...connection, password: 'wrong' } as ConnectionOption };
    },
    error: { name: 'SqlServerError', number: 18456 },
  },
  {
    name: 'statement syntax error',
    directions: both,
    arrange: (trial) => ({
      ...atServersError(trial),
      sql: `${trial.direction.toUpperCase()} DATABAZE x TO {device}`,
    }),
    error: { name: 'SqlServerError', number: 102 },
  },
  {
    name: 'server never attaches',
    directions: both,
    arrange: async (trial) => {
      const attachMs = 300;
      // It passes so much after the statement was sent; what comes before is counted as well here.
      setTimeout(trial.now, attachMs);
      return { ...(await faulty(trial, { action: 'neverAttach' })), limits: { attachMs } };
    },
    error: { name: 'LimitError', limit: 'attachMs' },
  },
  {
    name: 'server goes silent mid-way',
    directions: both,
    arrange: async (trial) => {
      const idleMs = 300;
      const options = await faulty(trial, { action: 'hang', device: 0, at: { byte: half } });
      return {
        ...options,
        limits: { idleMs },
        onProgress: oncePast(half / 2, () => setTimeout(trial.now, idleMs)),
      };
    },
    error: { name: 'LimitError', limit: 'idleMs' },
  },
  ...(
    [
      ['backup', 3202],
      ['restore', 3203],
    ] as const
  ).map(
    ([direction, number]): Row => ({
      name: 'SQL error mid-way',
      directions: [direction],
      arrange: async (trial) => ({
        ...atServersError(trial),
        ...(await faulty(trial, { action: 'error', device: 0, at: { byte: half } })),
      }),
      error: { name: 'SqlServerError', number },
    }),
  ),
  {
    name: 'disk full at the server mid-way',
    directions: both,
    arrange: async (trial) => ({
      ...atServersError(trial),
      ...(await faulty(trial, { action: 'error', device: 0, at: { byte: half }, value: 112 })),
    }),
    error: { name: 'SqlServerError', message: expect.stringContaining('112') },
  },
  {
    name: 'connection lost mid-way',
    directions: both,
    arrange: async (trial) => {
      const options = await faulty(trial, { action: 'hang', device: 0, at: { byte: half } });
      const cut = () => {
        trial.now();
        trial.relay.cut();
      };
      return { ...options, onProgress: oncePast(half / 2, cut) };
    },
    error: { name: 'VdiAbortError', code: 'VD_E_ABORT' },
  },
  {
    name: 'connection lost before it attaches',
    directions: both,
    arrange: async (trial) => {
      const options = await faulty(trial, { action: 'neverAttach' });
      const cut = () => {
        trial.now();
        trial.relay.cut();
      };
      return { ...options, onProgress: oncePast(0, cut) };
    },
    error: { name: 'VdiAbortError', cause: expect.objectContaining({ code: 'SQLVDI_CONNECTION_LOST' }) },
  },
  {
    name: 'device abort mid-way',
    directions: both,
    arrange: async (trial) => ({
      ...atServersError(trial),
      ...(await faulty(trial, { action: 'abort', device: 0, at: { byte: half } })),
    }),
    error: { name: 'SqlServerError', number: 3271 },
  },
  {
    name: 'destination full mid-way',
    directions: ['backup'],
    arrange: (trial) => ({
      to: sinkThat({ write: (bytes) => (bytes > half ? failing(trial, full)() : undefined) }),
    }),
    error: full,
    verdict: true,
  },
  {
    name: 'destination throws on flush',
    directions: ['backup'],
    arrange: (trial) => ({ to: sinkThat({ flush: failing(trial, torn) }) }),
    error: torn,
    verdict: true,
  },
  {
    name: 'destination throws on complete',
    directions: ['backup'],
    arrange: (trial) => ({ to: sinkThat({ complete: failing(trial, torn) }) }),
    error: torn,
    verdict: true,
  },
  {
    name: 'source ends early',
    directions: ['restore'],
    arrange: async (trial) => {
      const bytes = await readFile(trial.file('origin'));
      const cut = async function* () {
        yield bytes.subarray(0, half);
        trial.now();
      };
      return { from: cut() };
    },
    error: { name: 'SqlServerError', number: 3203 },
  },
  {
    name: 'source throws',
    directions: ['restore'],
    arrange: (trial) => {
      const stream = createReadStream(trial.file('origin'), { end: half });
      const throwing = async function* () {
        yield* stream;
        failing(trial, torn)();
      };
      return { from: throwing() };
    },
    error: torn,
    verdict: true,
  },
  {
    name: 'server never answers',
    directions: both,
    arrange: async (trial) => {
      const connectMs = 300;
      setTimeout(trial.now, connectMs);
      return { ...(await deaf(trial, () => {})), limits: { connectMs } };
    },
    error: { name: 'LimitError', limit: 'connectMs' },
  },
  {
    name: 'cancelled while connecting',
    directions: both,
    arrange: (trial) => deaf(trial, () => cancel(trial)),
    error: reason,
  },
  ...(
    [
      ['while it has not attached', { action: 'neverAttach' }, (progress) => progress.phase === 'attaching'],
      [
        'while configuring',
        { action: 'hang', device: 0, at: { state: 'configured' } },
        (progress) => progress.elapsedMs > 0,
      ],
      ['mid-way', { action: 'hang', device: 0, at: { byte: half } }, ({ bytes }) => bytes > half / 2],
      ['while closing', { action: 'hang', device: 0, at: { state: 'close' } }, ({ bytes }) => bytes > 8 * mebibyte],
    ] satisfies [string, Fault, (progress: Progress) => boolean][]
  ).map(
    ([when, fault, reached]): Row => ({
      name: `cancelled ${when}`,
      directions: both,
      arrange: async (trial) => ({ ...(await faulty(trial, fault)), onProgress: cancelWhere(trial, reached) }),
      error: reason,
    }),
  ),
  ...(['flush', 'complete'] as const).map(
    (state): Row => ({
      name: `cancelled in ${state}`,
      directions: ['backup'],
      arrange: (trial) => ({ to: sinkThat({ [state]: () => cancel(trial) }) }),
      error: reason,
    }),
  ),
  {
    name: 'cancelled from a sink that never ends',
    directions: ['backup'],
    arrange: (trial) => ({
      to: {
        write: () => {
          cancel(trial);
          return new Promise(() => undefined);
        },
      },
    }),
    error: reason,
  },
];

/** A server that accepts connections, and says nothing. */
async function deaf(trial: Trial, onConnection: () => void): Promise<Options> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    onConnection();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { connection: { ...trial.connection, server: `127.0.0.1,${port}` } as ConnectionOption };
}

function cancel({ now, controller }: Trial): void {
  now();
  controller.abort(reason);
}

function cancelWhere(trial: Trial, reached: (progress: Progress) => boolean): (progress: Progress) => void {
  return (progress) => {
    if (reached(progress) && !trial.controller.signal.aborted) cancel(trial);
  };
}

/** Once, when so many bytes have been moved. */
function oncePast(bytes: number, act: () => void): (progress: Progress) => void {
  let done = false;
  return (progress) => {
    if (done || progress.bytes < bytes) return;
    done = true;
    act();
  };
}

const measured: string[] = [];
afterAll(() => {
  process.stdout.write(`\nFrom the failure to the rejection, in milliseconds:\n${measured.join('\n')}\n`);
});

describe.each(drivers)('%s', (driver) => {
  const table = failures.flatMap((row) => row.directions.map((direction) => ({ ...row, direction })));
  test.each(table)('$direction: $name', async ({ name, direction, arrange, error: expected, verdict = false }) => {
    const context = await startTdsServer();
    const { server, folder, file } = context;
    const provider = 'embedded';
    await backup({ database: 'Sales', to: file('origin'), embedded: server });
    const before = openSockets();
    let failedAt = 0;
    const controller = new AbortController();
    const trial: Trial = {
      ...context,
      direction,
      connection: context.connectionBy(driver),
      controller,
      now: () => {
        failedAt ||= performance.now();
      },
    };
    const { sql, ...options } = await arrange(trial);
    const common = { connection: trial.connection, provider, signal: controller.signal, ...options } as const;
    const to = options.to ?? file('target');
    const from = options.from ?? file('origin');
    const outcome =
      sql !== undefined
        ? run({ ...common, sql, devices: [direction === 'backup' ? { to: file('target') } : { from: file('origin') }] })
        : direction === 'backup'
          ? backup({ database: 'Sales', ...common, to })
          : restore({ database: 'Copy', ...common, from });
    const error: unknown = await outcome.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const milliseconds = performance.now() - failedAt;

    if (expected instanceof Error) expect(error).toBe(expected);
    else expect(error).toMatchObject(expected as object);
    if (verdict) expect(relatedErrors(error)).toContainEqual(expect.any(SqlServerError));
    expect(failedAt, 'the failure came about').toBeGreaterThan(0);
    expect(milliseconds).toBeLessThan(2000);
    measured.push(`${milliseconds.toFixed(0).padStart(6)}  ${driver}, ${direction}: ${name}`);

    expect(await filesIn(folder)).toEqual(['origin']);
    expect((await server.databases()).map((one) => one.name)).toEqual(['Sales']);
    const nothing = { clientSets: 0, serverSets: 0, devices: 0, threads: 0, mappings: 0, views: 0 };
    await expect.poll(() => loadBinding().census(), { timeout: 5000 }).toMatchObject(nothing);
    await noMoreSocketsThan(before);
    // And the server is none the worse for it.
    await backup({ database: 'Sales', to: file('after'), connection: trial.connection, provider });
  });
});
