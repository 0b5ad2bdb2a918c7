// The race between a statement and its devices, with a server that hangs where no well-behaved one does.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backup } from '../../lib/backup.ts';
import { ConnectionLostError, SqlServerError } from '../../lib/sql/error.ts';
import type { Execute, ExecuteOptions } from '../../lib/sql/executor.ts';
import { discard } from '../../lib/streams/null.ts';
import type { Sink } from '../../lib/streams/sink.ts';
import { BackupKeptError } from '../../lib/transfer/kept.ts';
import { LimitError } from '../../lib/transfer/limits.ts';
import type { BackupOptions, Progress } from '../../lib/transfer/options.ts';
import { relatedErrors } from '../../lib/transfer/related.ts';
import { flush, write } from '../support/scripted-device.ts';
import { type HangAt, message, ScriptedServer, type ServerScript } from '../support/scripted-server.ts';

const binding = vi.hoisted(() => ({ current: {} }));
vi.mock('../../lib/vdi/load.ts', () => ({ loadBinding: () => binding.current }));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sqlvdi-run-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(script: ServerScript, options: Partial<BackupOptions> = {}) {
  const server = new ScriptedServer(script);
  binding.current = server.binding;
  const done = backup({
    database: 'd',
    to: join(folder, 'a'),
    execute: server.execute,
    provider: 'embedded',
    ...options,
  });
  done.catch(() => undefined);
  return { server, done };
}

const logged = (events: string[]): Sink => ({
  write: () => void events.push('write'),
  flush: () => void events.push('flush'),
  complete: () => void events.push('complete'),
  abort: (error) => void events.push(`abort: ${error.message}`),
});

describe('success', () => {
  it('publishes every stripe and gives the result', async () => {
    const progress: Progress[] = [];
    const { done, server } = start(
      {},
      { to: [join(folder, 'a'), join(folder, 'b')], onProgress: (one) => progress.push(one) },
    );
    expect(await done).toMatchObject({
      bytes: 3072,
      stripes: [
        { bytes: 1536, sha256: null, path: expect.stringMatching(/a$/) },
        { bytes: 1536, sha256: null, path: expect.stringMatching(/b$/) },
      ],
      messages: [{ number: 3211 }, { number: 3014 }],
      config: { deviceCount: 2, features: ['writeMedia'], blockSize: 512 },
    });
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
    expect((await readFile(join(folder, 'a'))).length).toBe(1536);
    expect(progress.at(-1)).toMatchObject({ phase: 'finishing', percent: 100, bytes: 3072 });
    expect(server.log).toEqual(['createEx', 'execute', 'close']);
  });

  it('calls complete after the statement where the server did not announce the end', async () => {
    const events: string[] = [];
    await start({ steps: [write(Buffer.alloc(512)), flush] }, { to: logged(events) }).done;
    expect(events).toEqual(['write', 'flush', 'complete']);
  });

  it.each([undefined, { rowsAffected: [0] }])('whatever a caller’s execute gives: %j', async (given) => {
    await writeFile(join(folder, 'a'), 'old');
    const server = new ScriptedServer();
    binding.current = server.binding;
    const execute: unknown = async (statement: string, options: ExecuteOptions) => {
      await server.execute(statement, options);
      return given;
    };
    const done = backup({
      database: 'd',
      to: join(folder, 'a'),
      execute: execute as Execute,
      provider: 'embedded',
      overwrite: true,
    });
    await expect(done).resolves.toMatchObject({ bytes: 1536, messages: [{ number: 3211 }, { number: 3014 }] });
    expect(await readdir(folder)).toEqual(['a']);
    expect((await readFile(join(folder, 'a'))).length).toBe(1536);
  });
});

describe('failure', () => {
  it('of the statement before anything attached is given at once, and nothing is left', async () => {
    const events: string[] = [];
    const { done, server } = start({ refuse: 911 }, { to: [join(folder, 'a'), logged(events)] });
    await expect(done).rejects.toMatchObject({ name: 'SqlServerError', number: 911 });
    expect(await readdir(folder)).toEqual([]);
    expect(events).toEqual([expect.stringContaining('abort: refused')]);
    expect(server.log).toEqual(['createEx', 'execute', 'close']);
  });

  it('of a sink is the cause, with the server’s error attached; the other stripe is thrown away', async () => {
    const events: string[] = [];
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const broken: Sink = { write: () => Promise.reject(full), abort: () => void events.push('aborted') };
    const { done, server } = start({}, { to: [broken, join(folder, 'b')] });
    await expect(done).rejects.toBe(full);
    expect(relatedErrors(full)).toEqual([expect.any(SqlServerError)]);
    expect(server.devices[0]?.answers[0]?.completion).toBe(112);
    expect(await readdir(folder)).toEqual([]);
    expect(events).toEqual(['aborted']);
  });

  it('of one sink to complete after the statement publishes nothing', async () => {
    const events: string[] = [];
    const late: Sink = { write() {}, complete: () => Promise.reject(new Error('late')) };
    const { done } = start(
      { steps: [write(Buffer.alloc(512)), flush] },
      { to: [late, logged(events), join(folder, 'c')] },
    );
    await expect(done).rejects.toThrow('late');
    expect(events.at(-1)).toBe('abort: late');
    expect(await readdir(folder)).toEqual([]);
  });

  it('of a callback is one of the call', async () => {
    const onMessage = () => {
      throw new Error('callback');
    };
    await expect(start({}, { onMessage }).done).rejects.toThrow('callback');
    await expect(start({}, { onProgress: onMessage }).done).rejects.toThrow('callback');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is clear where the statement never uses the set', async () => {
    const execute = async () => ({ rows: [], messages: [] });
    await expect(start({}, { execute }).done).rejects.toThrow(
      'the statement ended without using the virtual device set',
    );
  });
});

describe('a failure when the server may be done, and its log truncated', () => {
  /** The files that the error says were kept, each where its message says so. */
  async function keptBy(done: Promise<unknown>, cause: object) {
    const error: unknown = await done.catch((thrown) => thrown);
    expect(error).toMatchObject(cause);
    const kept = relatedErrors(error).find((one) => one instanceof BackupKeptError);
    for (const file of kept?.files ?? []) {
      expect(kept?.message).toContain(`'${file.kept}' (for '${file.path}')`);
      expect((await readFile(file.kept)).length).toBe(1536);
    }
    return kept?.files ?? [];
  }

  it('because a target has appeared meanwhile keeps every stripe beside its target, and that file as it is', async () => {
    await writeFile(join(folder, 'a'), 'old');
    const to = [join(folder, 'b'), join(folder, 'c')];
    const onMessage = () => void writeFile(join(folder, 'c'), 'another');
    const files = await keptBy(start({}, { to, onMessage }).done, { code: 'EEXIST' });
    expect(files.map(({ path }) => path)).toEqual(to);
    const names = files.map(({ kept }) => basename(kept));
    expect((await readdir(folder)).sort()).toEqual([...names, 'a', 'c'].sort());
    expect(await readFile(join(folder, 'c'), 'utf8')).toBe('another');
  });

  it('because its verdict does not come keeps what was written', async () => {
    const { done } = start({ hangAt: 'verdict' }, { limits: { verdictMs: 50 } });
    const files = await keptBy(done, { limit: 'verdictMs' });
    expect(await readdir(folder)).toEqual(files.map(({ kept }) => basename(kept)));
    expect(files).toHaveLength(1);
  });

  it('because it was lost keeps what was written', async () => {
    const { done } = start({ verdict: new ConnectionLostError('lost') });
    const files = await keptBy(done, { code: 'VD_E_ABORT' });
    expect(files).toHaveLength(1);
  });

  it('but says that it failed keeps nothing', async () => {
    const { done } = start({ verdict: new SqlServerError([message(3013, 16, 'terminating abnormally')]) });
    expect(await keptBy(done, { number: 3013 })).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('cancelling', () => {
  it.each([
    ['attach', false],
    ['transfer', false],
    ['transfer', true],
    ['close', false],
    ['verdict', false],
  ] satisfies [HangAt, boolean][])(
    'with a server that hangs at %s (the close too: %s) rejects with the reason within two seconds and leaves nothing',
    async (hangAt, closeHangs) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const events: string[] = [];
      const to = [join(folder, 'a'), logged(events)];
      const { done, server } = start({ hangAt, closeHangs, deaf: true }, { to, signal: controller.signal });
      await vi.waitFor(() => expect(server.log).toContain('execute'));
      const begun = performance.now();
      controller.abort(reason);
      await expect(done).rejects.toBe(reason);
      expect(performance.now() - begun).toBeLessThan(2100);
      expect(events.at(-1)).toBe('abort: enough');
      expect(server.log.at(-1)).toBe('close');
      if (!closeHangs) expect(await readdir(folder)).toEqual([]);
    },
  );

  /** Cancelled when every device is closed; then the statement ends in its own way. */
  function cancelledLate(verdict: (reason: Error) => void) {
    const controller = new AbortController();
    const reason = new Error('enough');
    const server = new ScriptedServer();
    binding.current = server.binding;
    let finishing = () => {};
    const allClosed = new Promise<void>((resolve) => {
      finishing = resolve;
    });
    const done = backup({
      database: 'd',
      type: 'log',
      to: join(folder, 'a'),
      execute: async (...parameters) => {
        const result = await server.execute(...parameters);
        await allClosed;
        controller.abort(reason);
        verdict(reason);
        return result;
      },
      provider: 'embedded',
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'finishing' && finishing(),
    });
    return { done, reason };
  }

  it('when the server has everything does not undo what it calls done: its log may be truncated', async () => {
    await expect(cancelledLate(() => {}).done).resolves.toMatchObject({ bytes: 1536 });
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('when every device has acknowledged Complete waits for the verdict, whose statement it leaves alone', async () => {
    const controller = new AbortController();
    const server = new ScriptedServer({ hangAt: 'close' });
    binding.current = server.binding;
    let statement: AbortSignal | undefined;
    const done = backup({
      database: 'd',
      type: 'log',
      to: join(folder, 'a'),
      execute: async (sql, options) => {
        const result = await server.execute(sql, options);
        controller.abort(new Error('enough'));
        statement = options?.signal;
        expect(statement?.aborted).toBe(false);
        for (const device of server.devices) device.close();
        return result;
      },
      provider: 'embedded',
      signal: controller.signal,
    });
    await expect(done).resolves.toMatchObject({ bytes: 1536 });
    expect(statement?.aborted).toBe(false);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('when the server has everything rejects with the reason where the statement is cancelled', async () => {
    const { done, reason } = cancelledLate(() => {
      throw new SqlServerError([message(3204, 16, 'cancelled')]);
    });
    await expect(done).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual([]);
  });

  it('before the start does nothing at all', async () => {
    const { done, server } = start({}, { signal: AbortSignal.abort('no') });
    await expect(done).rejects.toBe('no');
    expect(server.log).toEqual([]);
  });

  it('ends a sink that hangs, in write or in complete', async () => {
    for (const name of ['write', 'complete'] as const) {
      const controller = new AbortController();
      const hanging = () => {
        controller.abort(new Error('enough'));
        return new Promise<void>(() => undefined);
      };
      const { done } = start({}, { to: { write() {}, [name]: hanging }, signal: controller.signal });
      await expect(done).rejects.toThrow('enough');
    }
  });
});

describe('limits', () => {
  it.each([
    ['attach', 'attachMs'],
    ['transfer', 'configureMs'],
    ['verdict', 'verdictMs'],
  ] as const)('a server that hangs at %s passes %s', async (hangAt, limit) => {
    const { done } = start({ hangAt, deaf: true }, { to: discard(), limits: { [limit]: 50 } });
    const error: unknown = await done.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ limit, message: expect.stringContaining(`within 50 ms (limits.${limit})`) });
  });

  it('a server that stops sending passes idleMs', async () => {
    const { done } = start({ hangAt: 'close' }, { to: discard(), limits: { idleMs: 50 } });
    await expect(done).rejects.toMatchObject({ limit: 'idleMs' });
  });

  const never = () => new Promise<never>(() => undefined);

  it.each<[string, Sink]>([
    ['write', { write: never }],
    ['flush', { write() {}, flush: never }],
    ['complete', { write() {}, complete: never }],
  ])('a sink that hangs in %s passes holdMs', async (_, to) => {
    await expect(start({}, { to, limits: { holdMs: 50 } }).done).rejects.toMatchObject({ limit: 'holdMs' });
  });

  it('so does one that hangs when the statement has succeeded', async () => {
    const steps = [write(Buffer.alloc(512)), flush];
    const { done } = start({ steps }, { to: { write() {}, complete: never }, limits: { holdMs: 50 } });
    await expect(done).rejects.toMatchObject({ limit: 'holdMs' });
  });

  it('a server that says nothing of a failure that it was told of has verdictMs', async () => {
    const broken: Sink = { write: () => Promise.reject(new Error('full')) };
    const { done } = start({ hangAt: 'verdict', deaf: true }, { to: broken, limits: { verdictMs: 50 } });
    await expect(done).rejects.toThrow('full');
  });

  it('must be times', async () => {
    await expect(start({}, { limits: { idleMs: -1 } }).done).rejects.toThrow('limits.idleMs is -1');
  });
});

describe('options', () => {
  it('name what is wrong before anything starts', async () => {
    const refused = async (options: Partial<BackupOptions>, message: string) => {
      const { done, server } = start({}, options);
      await expect(done).rejects.toThrow(message);
      expect(server.log).toEqual([]);
    };
    await refused({ to: [] }, 'to names 0 stripes; there must be 1 to 64');
    await refused({ to: Array.from({ length: 65 }, () => discard()) }, 'to names 65 stripes');
    await refused({ setName: 'a\\b' }, 'contains a backslash');
    await refused({ setName: 'x'.repeat(258), to: [discard(), discard()] }, 'at most 259');
    await refused({ execute: undefined }, 'no server: give connection');
    await refused({ embedded: folder }, 'give execute or embedded, not both');
    await refused({ database: '' }, 'database is empty');
    // @ts-expect-error no such provider
    await refused({ provider: 'magic' }, "'magic' is no provider");
  });
});
