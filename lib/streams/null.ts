// The destination that keeps nothing: for measuring, and for checking that a backup can be made at all.
import type { Sink } from './sink.ts';

/** A sink that counts and forgets. `backup` recognises it and moves no byte through JavaScript. Made by {@link discard}. */
export class NullSink implements Sink {
  write(): void {}
}

/** A destination that counts and forgets: `backup({ database, to: discard() })` measures what the server can deliver. */
export function discard(): NullSink {
  return new NullSink();
}
