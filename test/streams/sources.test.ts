// Every adapter to an origin.
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { classifyOrigin, type Origin } from '../../lib/streams/adapt.ts';
import { serveSource } from '../../lib/streams/serve-source.ts';
import type { Source } from '../../lib/streams/sink.ts';
import { read, ScriptedDevice } from '../support/scripted-device.ts';

const data = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (i * 7) % 253));
const sizes = [1, 999, 3000, 0, 6000];
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

function* pieces(): Generator<Buffer> {
  let position = 0;
  for (const size of sizes) {
    yield data.subarray(position, position + size);
    position += size;
  }
}

async function* slowPieces(fail: boolean): AsyncGenerator<Buffer> {
  let count = 0;
  for (const piece of pieces()) {
    await pause();
    if (fail && ++count === 3) throw new Error('torn');
    if (piece.length > 0) yield piece;
  }
}

function webStream(fail: boolean, type?: 'bytes'): ReadableStream<Uint8Array> {
  const chunks = slowPieces(fail);
  const pull = async (
    controller: { enqueue(chunk: Uint8Array): void; close(): void },
    byob: ReadableStreamBYOBRequest | null,
  ) => {
    const next = await chunks.next();
    if (!next.done) return controller.enqueue(new Uint8Array(next.value));
    controller.close();
    byob?.respond(0);
  };
  return type === 'bytes'
    ? new ReadableStream({ type, pull: (controller) => pull(controller, controller.byobRequest) })
    : new ReadableStream({ pull: (controller) => pull(controller, null) });
}

function plain(fail: boolean): Source {
  const chunks = slowPieces(fail);
  let rest = Buffer.alloc(0);
  return {
    async read(into) {
      if (rest.length === 0) rest = (await chunks.next()).value ?? Buffer.alloc(0);
      const count = rest.copy(into);
      rest = rest.subarray(count);
      return count;
    },
  };
}

function open(origin: Origin): Source {
  const kind = classifyOrigin(origin, 'from');
  if (kind.kind !== 'source') throw new Error('a file is no source');
  return kind.open();
}

const kinds: [string, (fail: boolean) => Origin][] = [
  ['a Readable', (fail) => Readable.from(slowPieces(fail), { objectMode: false })],
  ['a Readable of objects', (fail) => Readable.from(slowPieces(fail))],
  ['a ReadableStream', (fail) => webStream(fail)],
  ['a ReadableStream of bytes', (fail) => webStream(fail, 'bytes')],
  ['an AsyncIterable', (fail) => slowPieces(fail)],
  ['a function', (fail) => plain(fail).read],
  ['a Source', plain],
];

describe.each(kinds)('%s', (_name, make) => {
  it.each([512, 4096, 65536])('fills reads of %i bytes to its end', async (size) => {
    const script = new ScriptedDevice(Array.from({ length: Math.floor(10_000 / size) + 1 }, () => read(size)));
    const result = await serveSource(script.device, open(make(false)));
    const got = Buffer.concat(script.answers.map((answer) => answer.data.subarray(0, answer.bytes)));
    expect(got.equals(data)).toBe(true);
    expect(result.bytes).toBe(10_000);
    expect(script.answers.map((answer) => answer.completion)).toEqual([...script.answers.slice(1).map(() => 0), 38]);
  });

  it('that fails in the middle is a read fault', async () => {
    const script = new ScriptedDevice([read(512), read(512), read(4096), read(512)]);
    await expect(serveSource(script.device, open(make(true)))).rejects.toThrow('torn');
    expect(script.answers.at(-1)).toMatchObject({ completion: 30, bytes: 0 });
  });

  it('can be let go before its end', async () => {
    const source = open(make(false));
    await source.read(new Uint8Array(10));
    await source.close?.();
  });

  it('can be aborted', async () => {
    const source = open(make(false));
    await source.read(new Uint8Array(10));
    await source.abort?.(new Error('given up'));
  });
});

function end(this: Readable): void {
  this.push(null);
}

describe('abort', () => {
  it('of a Readable destroys it, which ends a read that hangs', async () => {
    const stream = new Readable({ read() {} });
    const source = open(stream);
    const reading = expect(Promise.resolve(source.read(new Uint8Array(10)))).rejects.toThrow('given up');
    await source.abort?.(new Error('given up'));
    await reading;
    expect(stream.destroyed).toBe(true);
  });

  it.each([
    ['that was not read yet', new Readable({ read() {} }), false],
    ['that has ended and does not destroy itself', new Readable({ autoDestroy: false, read: end }), true],
  ])('of a Readable %s is no error that nobody handles', async (_name, stream, ended) => {
    const source = open(stream);
    if (ended) expect(await source.read(new Uint8Array(10))).toBe(0);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    await source.abort?.(new Error('given up'));
    await closed;
  });

  it('of a generator that hangs does not wait for it', async () => {
    const hanging = (async function* (): AsyncGenerator<Buffer> {
      await new Promise(() => undefined);
      yield Buffer.alloc(1);
    })();
    const source = open(hanging);
    void source.read(new Uint8Array(10));
    await source.abort?.(new Error('given up'));
  });
});

describe('what is no origin', () => {
  it('is refused with what is one', () => {
    for (const value of [7, null, {}, [], undefined]) {
      // @ts-expect-error no origin
      expect(() => classifyOrigin(value, 'from')).toThrow('from must be a path, a file: URL, a Source');
    }
  });

  it('names streams that cannot be read', () => {
    const destroyed = Readable.from([]);
    destroyed.destroy();
    expect(() => classifyOrigin(destroyed, 'from[0]')).toThrow('from[0] is a stream that has ended or was destroyed');
    const locked = new ReadableStream<Uint8Array>();
    locked.getReader();
    expect(() => classifyOrigin(locked, 'from')).toThrow('has a reader already');
  });

  it('text is refused: it has been decoded, and the backup damaged', async () => {
    const source = open(Readable.from(['text']).setEncoding('utf8'));
    await expect(async () => source.read(new Uint8Array(10))).rejects.toThrow(
      'must yield bytes (Buffer, Uint8Array), not string; remove its encoding',
    );
  });
});
