// The state machine behind sinks and sources, command by command.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { serveSink } from '../../lib/streams/serve-sink.ts';
import { serveSource } from '../../lib/streams/serve-source.ts';
import type { Sink, Source } from '../../lib/streams/sink.ts';
import { commandCodes } from '../../lib/vdi/command-codes.ts';
import { VdiAbortError } from '../../lib/vdi/errors.ts';
import { complete, flush, read, ScriptedDevice, write } from '../support/scripted-device.ts';

const block = (fill: number, size = 1024) => Buffer.alloc(size, fill);

function collector(): Sink & { data: Buffer[]; log: string[] } {
  const data: Buffer[] = [];
  const log: string[] = [];
  return {
    data,
    log,
    write(chunk) {
      data.push(Buffer.from(chunk));
      log.push('write');
    },
    async flush() {
      log.push('flush');
    },
    async complete() {
      log.push('complete');
    },
  };
}

describe('serveSink', () => {
  it('writes in stream order and acknowledges each with its count', async () => {
    const blocks = Array.from({ length: 20 }, (_, i) => block(i, 512 * (1 + (i % 3))));
    const script = new ScriptedDevice([...blocks.map(write), flush, complete]);
    const sink = collector();
    const result = await serveSink(script.device, sink, { sha256: true });
    const all = Buffer.concat(blocks);
    expect(Buffer.concat(sink.data)).toEqual(all);
    expect(result).toEqual({
      bytes: all.length,
      sha256: createHash('sha256').update(all).digest('hex'),
      completed: true,
    });
    expect(sink.log.slice(-2)).toEqual(['flush', 'complete']);
    expect(script.answers.map(({ completion, bytes }) => [completion, bytes])).toEqual([
      ...blocks.map((one) => [0, one.length]),
      [0, 0],
      [0, 0],
    ]);
  });

  it.each(['flush', 'complete'] as const)('acknowledges %s only after the sink’s own has resolved', async (name) => {
    let release: (() => void) | undefined;
    let entered: (() => void) | undefined;
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const sink: Sink = {
      write() {},
      [name]: () => {
        entered?.();
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    };
    const script = new ScriptedDevice([write(block(1)), name === 'flush' ? flush : complete]);
    const done = serveSink(script.device, sink);
    await inside;
    // The write's answer goes out meanwhile; the other must not.
    await new Promise(setImmediate);
    expect(script.answers.map((answer) => answer.code)).toEqual([commandCodes.Write]);
    release?.();
    await done;
    expect(script.answers).toHaveLength(2);
  });

  it('never lets two calls overlap', async () => {
    let running = 0;
    let most = 0;
    const sink: Sink = {
      async write() {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
      },
    };
    await serveSink(new ScriptedDevice(Array.from({ length: 10 }, () => write(block(1)))).device, sink);
    expect(most).toBe(1);
  });

  it.each([
    ['ENOSPC', 112],
    ['EDQUOT', 112],
    ['EIO', 29],
    [undefined, 29],
  ])(
    'answers a failure with code %s as %i, everything after it too, and rejects once the device is closed',
    async (code, completion) => {
      const failure = Object.assign(new Error('no'), { code });
      let writes = 0;
      const seen: Error[] = [];
      const sink: Sink = {
        write() {
          if (++writes === 2) throw failure;
        },
      };
      const clearError = { code: commandCodes.ClearError };
      const script = new ScriptedDevice([
        write(block(1)),
        write(block(2)),
        write(block(3)),
        flush,
        clearError,
        complete,
      ]);
      await expect(serveSink(script.device, sink, { onError: (error) => seen.push(error) })).rejects.toBe(failure);
      expect(seen).toEqual([failure]);
      expect(writes).toBe(2);
      expect(script.answers.map((answer) => [answer.code, answer.completion, answer.bytes])).toEqual([
        [commandCodes.Write, 0, 1024],
        [commandCodes.Write, completion, 0],
        [commandCodes.Write, completion, 0],
        [commandCodes.Flush, completion, 0],
        [commandCodes.ClearError, 0, 0],
        [commandCodes.Complete, completion, 0],
      ]);
    },
  );

  it.each(['flush', 'complete'] as const)('a failing %s is told to the server', async (name) => {
    const sink: Sink = { write() {}, [name]: () => Promise.reject(new Error('late')) };
    const script = new ScriptedDevice([write(block(1)), flush, complete]);
    await expect(serveSink(script.device, sink)).rejects.toThrow('late');
    expect(script.answers.at(-1)).toMatchObject({ code: commandCodes.Complete, completion: 29 });
  });

  it('prefers the sink’s failure to the abort that follows', async () => {
    const script = new ScriptedDevice([write(block(1)), write(block(2))], 1);
    const sink: Sink = {
      write() {
        script.abort();
        throw new Error('disk gone');
      },
    };
    await expect(serveSink(script.device, sink)).rejects.toThrow('disk gone');
  });

  it('rejects with VdiAbortError where the server aborts', async () => {
    const script = new ScriptedDevice([write(block(1)), write(block(1))], 1);
    await expect(serveSink(script.device, { write: () => script.abort() })).rejects.toBeInstanceOf(VdiAbortError);
  });

  it('stops at once on a signal, even while the sink hangs, and answers when the sink lets go', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let letGo: (() => void) | undefined;
    const sink: Sink = {
      write: () =>
        new Promise<void>((resolve) => {
          letGo = resolve;
          controller.abort(reason);
        }),
    };
    const script = new ScriptedDevice([write(block(1))]);
    await expect(serveSink(script.device, sink, { signal: controller.signal })).rejects.toBe(reason);
    expect(script.answers).toEqual([]);
    letGo?.();
    await expect.poll(() => script.answers).toMatchObject([{ completion: 995 }]);
  });

  it('stops on a signal while it waits for the server', async () => {
    const controller = new AbortController();
    const script = new ScriptedDevice([write(block(1))], 0);
    const done = serveSink(script.device, collector(), { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
  });
});

describe('every command', () => {
  const supportedBySink = new Set(['Write', 'Flush', 'Complete', 'ClearError']);
  const supportedBySource = new Set(['Read', 'Flush', 'Complete', 'ClearError']);
  const refusedAsAborted = new Set(['Snapshot', 'MountSnapshot', 'PrepareToFreeze']);
  const expected = (name: string, supported: ReadonlySet<string>) =>
    supported.has(name) ? 0 : refusedAsAborted.has(name) ? 995 : 50;
  const all = [...Object.entries(commandCodes), ['unknown', 77] as const, ['unknown', 0] as const];

  it.each(all)('%s (%i) is answered', async (name, code) => {
    const step = name === 'Read' || name === 'Write' ? { code, size: 512 } : { code };
    const toSink = new ScriptedDevice([step]);
    await serveSink(toSink.device, collector());
    expect(toSink.answers[0]?.completion).toBe(expected(name, supportedBySink));
    const toSource = new ScriptedDevice([step]);
    await serveSource(toSource.device, { read: (into) => into.length });
    expect(toSource.answers[0]?.completion).toBe(expected(name, supportedBySource));
  });
});

/** Gives at most `most` bytes in one call. */
function sourceOf(data: Buffer, most: number): Source & { calls: number } {
  let position = 0;
  return {
    calls: 0,
    read(into) {
      this.calls++;
      const count = Math.min(most, into.length, data.length - position);
      into.set(data.subarray(position, position + count));
      position += count;
      return count;
    },
  };
}

describe('serveSource', () => {
  const data = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));

  it.each([1, 100, 1024, 100_000])('fills every read from pieces of %i bytes', async (most) => {
    const script = new ScriptedDevice([read(1024), read(2048), read(1024)]);
    const result = await serveSource(script.device, sourceOf(data, most), { sha256: true });
    expect(Buffer.concat(script.answers.map((answer) => answer.data))).toEqual(data.subarray(0, 4096));
    expect(script.answers.map(({ completion, bytes }) => [completion, bytes])).toEqual([
      [0, 1024],
      [0, 2048],
      [0, 1024],
    ]);
    expect(result).toEqual({ bytes: 4096, sha256: createHash('sha256').update(data.subarray(0, 4096)).digest('hex') });
  });

  it('answers the end as ERROR_HANDLE_EOF with the partial count, never as a short success, and does not ask again', async () => {
    const source = sourceOf(data, 700);
    const script = new ScriptedDevice([read(4096), read(1024), read(1024)]);
    const result = await serveSource(script.device, source);
    expect(script.answers.map(({ completion, bytes }) => [completion, bytes])).toEqual([
      [0, 4096],
      [38, 904],
      [38, 0],
    ]);
    expect(result.bytes).toBe(5000);
    expect(source.calls).toBe(6 + 1 + 1 + 1);
  });

  it.each([-1, 1.5, 2000, undefined, '512'])('a read that answers %s is a failure of the source', async (count) => {
    const script = new ScriptedDevice([read(512)]);
    // @ts-expect-error what a source without types may do
    await expect(serveSource(script.device, { read: () => count })).rejects.toThrow('Source.read must return');
    expect(script.answers).toMatchObject([{ completion: 30, bytes: 0 }]);
  });

  it('answers a failure as a read fault, and everything after it', async () => {
    const script = new ScriptedDevice([read(512), read(512), { code: commandCodes.ClearError }]);
    const source: Source = { read: () => Promise.reject(new Error('tape torn')) };
    await expect(serveSource(script.device, source)).rejects.toThrow('tape torn');
    expect(script.answers.map((answer) => answer.completion)).toEqual([30, 30, 0]);
  });
});
