// The destination that keeps nothing: for measuring, and for checking that a backup can be made at all.
import type { Sink } from './sink.ts';

/** A sink that keeps nothing; the transfer counts. `backup` recognises it and moves no byte through JavaScript. Made by {@link discard}. */
export class NullSink implements Sink {
  /** Takes every chunk, and does nothing with it. */
  write(): void {}
}

/** A destination that keeps nothing: `backup({ database, to: discard() })` measures what the server can deliver. */
export function discard(): NullSink {
  return new NullSink();
}
