// Web streams as sinks and sources. A WritableStream gets copies, since it may keep what it is given.
import type {
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamDefaultReader,
  WritableStream,
} from 'node:stream/web';
import { bytesOf, chunkReader } from './chunk.ts';
import type { Sink, Source } from './sink.ts';

/** Waits for the stream's back-pressure; flush waits until every write has been taken, complete closes the stream. */
export class WebSink implements Sink {
  readonly #writer;
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(stream: WritableStream<Uint8Array<ArrayBuffer>>) {
    this.#writer = stream.getWriter();
    // A failure is reported by the call that meets it; these promises must not count as unhandled.
    this.#writer.closed.catch(() => undefined);
  }

  async write(chunk: Uint8Array): Promise<void> {
    const ready = this.#writer.ready;
    await ready;
    this.#lastWrite = this.#writer.write(new Uint8Array(chunk));
    this.#lastWrite.catch(() => undefined);
    this.#writer.ready.catch(() => undefined);
  }

  async flush(): Promise<void> {
    await this.#lastWrite;
  }

  async complete(): Promise<void> {
    await this.#lastWrite;
    await this.#writer.close();
  }

  async abort(error: Error): Promise<void> {
    await this.#writer.abort(error);
  }
}

/** The largest buffer lent to a byte stream. Not the transfer buffer itself: a byte stream takes what it is lent for good. */
const loanSize = 256 * 1024;

/** A ReadableStream as a source; a byte stream is read into our own buffer. */
export function webSource(stream: ReadableStream<unknown>): Source {
  // Whether a stream is a byte stream shows only by trying: nothing is locked where it is not.
  try {
    const reader = stream.getReader({ mode: 'byob' });
    return sourceOf(reader, loanReader(reader));
  } catch {
    const reader = stream.getReader();
    return sourceOf(
      reader,
      chunkReader(() => reader.read()),
    );
  }
}

function sourceOf(reader: ReadableStreamDefaultReader | ReadableStreamBYOBReader, read: Source['read']): Source {
  // As of a sink's: a failure is reported by the call that meets it.
  reader.closed.catch(() => undefined);
  return { read, close: () => reader.cancel(), abort: (error) => reader.cancel(error) };
}

/** Reads a byte stream into a buffer lent to it again and again. */
function loanReader(reader: ReadableStreamBYOBReader): Source['read'] {
  let memory = new ArrayBuffer(loanSize);
  return async (into) => {
    const loan = new Uint8Array(memory, 0, Math.min(into.length, memory.byteLength));
    const next = await reader.read(loan);
    if (next.value === undefined) return 0;
    const bytes = bytesOf(next.value);
    memory = bytes.buffer;
    into.set(bytes);
    return bytes.length;
  };
}
