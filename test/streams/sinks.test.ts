// Every adapter to a destination, against destinations that are fast, slow, fail at each step, or close early.
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { classifyDestination, type Destination } from '../../lib/streams/adapt.ts';
import { serveSink } from '../../lib/streams/serve-sink.ts';
import type { Sink } from '../../lib/streams/sink.ts';
import { complete, flush, ScriptedDevice, write } from '../support/scripted-device.ts';

type Behaviour = 'fast' | 'slow' | 'fails at write' | 'fails at the end' | 'closes early';

/** A destination of one kind that behaves in one way, and what it has kept. */
interface Kept {
  readonly destination: Destination;
  readonly kept: Buffer[];
  /** Writes that were taken but not finished, at most. */
  most: number;
  ended: boolean;
}

const blocks = Array.from({ length: 12 }, (_, i) => Buffer.alloc(4096, i + 1));
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

function writable(behaviour: Behaviour): Kept {
  const result: Kept = { destination: '', kept: [], most: 0, ended: false };
  let count = 0;
  const stream: Writable = new Writable({
    highWaterMark: 8192,
    write(chunk: Buffer, _encoding, callback) {
      result.most = Math.max(result.most, stream.writableLength / 4096);
      result.kept.push(chunk); // not a copy: the sink must have made one
      count++;
      if (behaviour === 'fails at write' && count === 3) callback(new Error('broken'));
      else if (behaviour === 'closes early' && count === 3) stream.destroy();
      else if (behaviour === 'slow') setImmediate(() => setImmediate(callback));
      else callback();
    },
    final(callback) {
      if (behaviour === 'fails at the end') return callback(new Error('broken'));
      result.ended = true;
      callback();
    },
  });
  return Object.assign(result, { destination: stream });
}

function webWritable(behaviour: Behaviour): Kept {
  const result: Kept = { destination: '', kept: [], most: 0, ended: false };
  let count = 0;
  const stream = new WritableStream<Uint8Array>({
    async write(chunk, controller) {
      result.kept.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      count++;
      if (behaviour === 'fails at write' && count === 3) throw new Error('broken');
      if (behaviour === 'closes early' && count === 3) controller.error(new Error('closed early'));
      if (behaviour === 'slow') await pause();
    },
    close() {
      if (behaviour === 'fails at the end') throw new Error('broken');
      result.ended = true;
    },
  });
  return Object.assign(result, { destination: stream });
}

function plain(behaviour: Behaviour): Kept {
  const result: Kept = { destination: '', kept: [], most: 0, ended: false };
  const sink: Sink = {
    async write(chunk) {
      if (behaviour === 'slow') await pause();
      result.kept.push(Buffer.from(chunk));
      if (behaviour === 'fails at write' && result.kept.length === 3) throw new Error('broken');
      if (behaviour === 'closes early' && result.kept.length === 3) throw new Error('closed early');
    },
    complete() {
      if (behaviour === 'fails at the end') throw new Error('broken');
      result.ended = true;
    },
  };
  return Object.assign(result, { destination: sink });
}

function open(destination: Destination): Sink {
  const kind = classifyDestination(destination, 'to');
  if (kind.kind !== 'sink') throw new Error(`a ${kind.kind} is no sink`);
  return kind.open();
}

describe.each([
  ['a Writable', writable],
  ['a WritableStream', webWritable],
  ['a Sink', plain],
])('%s', (_name, make) => {
  const serve = (kept: Kept) => {
    const script = new ScriptedDevice([
      ...blocks.slice(0, 6).map(write),
      flush,
      ...blocks.slice(6).map(write),
      flush,
      complete,
    ]);
    return { script, done: serveSink(script.device, open(kept.destination)) };
  };

  it.each(['fast', 'slow'] as const)(
    'that is %s gets everything in order, and has it before Complete is acknowledged',
    async (behaviour) => {
      const kept = make(behaviour);
      const { script, done } = serve(kept);
      expect(await done).toMatchObject({ bytes: 12 * 4096, completed: true });
      expect(Buffer.concat(kept.kept).equals(Buffer.concat(blocks))).toBe(true);
      expect(kept.ended).toBe(true);
      expect(kept.most).toBeLessThanOrEqual(2);
      expect(script.answers.every((answer) => answer.completion === 0)).toBe(true);
    },
  );

  it.each([
    ['fails at write', /broken/],
    ['fails at the end', /broken/],
    ['closes early', /closed/],
  ] as const)('that %s fails the backup before Complete is acknowledged', async (behaviour, message) => {
    const kept = make(behaviour);
    const { script, done } = serve(kept);
    await expect(done).rejects.toThrow(message);
    expect(script.answers).toHaveLength(15);
    expect(script.answers.at(-1)?.completion).toBe(29);
    expect(kept.ended).toBe(false);
  });

  it('throws away on abort', async () => {
    const kept = make('fast');
    const sink = open(kept.destination);
    await sink.write(Buffer.alloc(512));
    await sink.abort?.(new Error('given up'));
    expect(kept.ended).toBe(false);
  });
});

describe('flush', () => {
  it('of a Writable waits until the stream has taken every write', async () => {
    let finish: (() => void) | undefined;
    const stream = new Writable({
      highWaterMark: 1 << 20,
      write(_chunk, _encoding, callback) {
        finish = callback;
      },
    });
    const sink = open(stream);
    await sink.write(Buffer.alloc(512));
    let flushed = false;
    const flushing = Promise.resolve(sink.flush?.()).then(() => {
      flushed = true;
    });
    await pause();
    expect(flushed).toBe(false);
    finish?.();
    await flushing;
  });
});

describe('abort', () => {
  it('of a Writable ends a write that waits for drain, destroys the stream, and crashes nothing', async () => {
    const stream = new Writable({ highWaterMark: 1, write() {} });
    const sink = open(stream);
    const writing = Promise.resolve(sink.write(Buffer.alloc(512)));
    const failed = expect(writing).rejects.toThrow('given up');
    await sink.abort?.(new Error('given up'));
    await failed;
    expect(stream.destroyed).toBe(true);
  });
});

it('a function gets each write, and its error is the transfer’s', async () => {
  const kept: Buffer[] = [];
  const steps = [...blocks.map(write), flush, complete];
  const all = new ScriptedDevice(steps);
  await serveSink(
    all.device,
    open(async (chunk) => void kept.push(Buffer.from(chunk))),
  );
  expect(Buffer.concat(kept).equals(Buffer.concat(blocks))).toBe(true);
  const broken = () => Promise.reject(new Error('broken'));
  await expect(serveSink(new ScriptedDevice(steps).device, open(broken))).rejects.toThrow('broken');
});

describe('what is no destination', () => {
  it('is refused with what is one', () => {
    for (const value of [7, null, {}, Symbol('no'), [], undefined]) {
      // @ts-expect-error no destination
      expect(() => classifyDestination(value, 'to')).toThrow('to must be a path, a file: URL, a Sink');
    }
  });

  it('names streams that cannot be written', () => {
    const ended = new PassThrough();
    ended.end();
    expect(() => classifyDestination(ended, 'to[1]')).toThrow('to[1] is a stream that has ended');
    const locked = new WritableStream<Uint8Array>();
    locked.getWriter();
    expect(() => classifyDestination(locked, 'to')).toThrow('has a writer already');
  });

  it('a standard stream is never ended', async () => {
    const sink = open(process.stderr);
    await sink.complete?.();
    expect(process.stderr.writable).toBe(true);
  });
});
