// A Node Writable as a sink. It gets copies, since a general stream may keep what it is given.
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { toError } from '../common/thrown.ts';
import type { Sink } from './sink.ts';

/** What a Writable must have; NodeJS.WritableStream alone does not say enough. */
export type NodeWritable = Writable | NodeJS.WritableStream;

/**
 * Waits for 'drain' where the stream asks for it. flush waits until the stream has taken everything written so far; complete
 * ends the stream and waits for 'finish' (process.stdout and process.stderr are never ended). A stream cannot say that its
 * data is durable: where that matters, give a {@link Sink} whose flush and complete do.
 */
export class NodeSink implements Sink {
  readonly #stream: NodeWritable;
  #failure: Error | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  #completing = false;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(stream: NodeWritable) {
    this.#stream = stream;
    stream.on('error', this.#fail);
    stream.on('close', this.#close);
    // What it said before it came here.
    if ('destroyed' in stream && stream.destroyed) {
      if (stream.errored) this.#fail(stream.errored);
      this.#close();
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#check();
    let more = true;
    this.#lastWrite = this.#orFailure((resolve, reject) => {
      more = this.#stream.write(Buffer.from(chunk), (error) => (error ? reject(error) : resolve()));
    });
    // Whoever waits next learns of it: flush, complete or the next write.
    this.#lastWrite.catch(this.#fail);
    if (more) return;
    let drained: (() => void) | undefined;
    try {
      await this.#orFailure((resolve) => {
        drained = resolve;
        this.#stream.once('drain', resolve);
      });
    } finally {
      if (drained !== undefined) this.#stream.off('drain', drained);
    }
  }

  async flush(): Promise<void> {
    this.#check();
    await this.#lastWrite;
    this.#check();
  }

  async complete(): Promise<void> {
    await this.flush();
    if (!isStandardStream(this.#stream)) {
      this.#completing = true;
      const done = finished(this.#stream, { readable: false });
      this.#stream.end();
      await done;
    }
    this.#stream.off('error', this.#fail);
    this.#stream.off('close', this.#close);
  }

  /** Destroys the stream. The error listener stays: a failure that was reported must not end the process as well. */
  abort(error: Error): void {
    this.#fail(error);
    if (!isStandardStream(this.#stream) && 'destroy' in this.#stream) this.#stream.destroy(error);
  }

  readonly #fail = (thrown: unknown): void => {
    this.#failure ??= toError(thrown);
    for (const reject of this.#waiting) reject(this.#failure);
    this.#waiting.clear();
  };

  readonly #close = (): void => {
    if (!this.#completing) this.#fail(new Error('the destination stream was closed before everything was written'));
  };

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** A promise that the stream's failure ends too. */
  async #orFailure(start: (resolve: () => void, reject: (error: Error) => void) => void): Promise<void> {
    let rejectWaiting: ((error: Error) => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        rejectWaiting = reject;
        this.#waiting.add(reject);
        start(resolve, reject);
      });
    } finally {
      if (rejectWaiting !== undefined) this.#waiting.delete(rejectWaiting);
    }
  }
}

function isStandardStream(stream: NodeWritable): boolean {
  return stream === process.stdout || stream === process.stderr;
}
