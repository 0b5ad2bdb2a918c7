// The chunks of a stream as bytes.
import type { Source } from './sink.ts';

/** The bytes of a chunk, without copying. Text is refused: it has been decoded, and the backup is damaged already. */
export function bytesOf(chunk: unknown): Uint8Array<ArrayBuffer> {
  if (ArrayBuffer.isView(chunk)) {
    if (!(chunk.buffer instanceof ArrayBuffer))
      throw new TypeError('a stream yielded shared memory; give it as a copy');
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  const kind = chunk === null ? 'null' : typeof chunk;
  const hint = kind === 'string' ? '; remove its encoding, so that it yields Buffers' : '';
  throw new TypeError(`a stream of a backup must yield bytes (Buffer, Uint8Array), not ${kind}${hint}`);
}

/** Reads chunk after chunk; what does not fit is kept for the next read. */
export function chunkReader(
  next: () => Promise<{ readonly done?: boolean; readonly value?: unknown }>,
): Source['read'] {
  let rest = new Uint8Array(0);
  return async (into) => {
    while (rest.length === 0) {
      const { done, value } = await next();
      if (done) return 0;
      rest = bytesOf(value);
    }
    const count = Math.min(into.length, rest.length);
    into.set(rest.subarray(0, count));
    rest = rest.subarray(count);
    return count;
  };
}
