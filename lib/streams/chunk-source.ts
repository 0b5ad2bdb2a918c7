// Anything that yields chunks, a Node Readable included, as a source.
import { chunkReader } from './chunk.ts';
import type { Source } from './sink.ts';

export class ChunkSource implements Source {
  readonly read: Source['read'];
  readonly #iterator: AsyncIterator<unknown>;
  readonly #destroy: ((error: Error) => void) | undefined;

  /** `destroy` ends a read that is pending, where the iterable has a way to. */
  constructor(chunks: AsyncIterable<unknown>, destroy?: (error: Error) => void) {
    const iterator = chunks[Symbol.asyncIterator]();
    this.read = chunkReader(() => iterator.next());
    this.#iterator = iterator;
    this.#destroy = destroy;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  abort(error: Error): void {
    this.#destroy?.(error);
    // Not awaited: a generator that hangs in next() would never get here.
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}
