// What went wrong, in the order it was noticed, and which of it is the cause.
import { SqlServerError } from '../sql/error.ts';
import { VdiAbortError, VdiError } from '../vdi/errors.ts';
import { attachRelated } from './related.ts';

/**
 * Who reported a failure: the caller's signal; the call's own limits and callbacks, of which the server knows nothing; this
 * package, a destination or an origin; or the statement.
 */
export type FailureOrigin = 'cancelled' | 'call' | 'local' | 'statement';

interface Failure {
  readonly error: unknown;
  readonly rank: number;
}

/**
 * A native transfer reports its error only after the server was told and has closed the device, so that the statement's
 * error may arrive before its cause. Hence the ranks: a destination's or origin's own failure is never the consequence of the
 * server's, an abort without a reason nearly always is.
 */
export class Failures {
  readonly #failures: Failure[] = [];
  #closed = false;

  get any(): boolean {
    return this.#failures.length > 0;
  }

  /** The cause is the caller's signal. */
  get cancelled(): boolean {
    return this.#failures.some((failure) => failure.rank === cancelled);
  }

  add(error: unknown, origin: FailureOrigin): void {
    if (this.#failures.some((failure) => failure.error === error)) return;
    // A caller that gives up on what has failed already still wants to know why.
    const late = this.#closed || (origin === 'cancelled' && this.any);
    this.#failures.push({ error, rank: late ? consequence : rank(error, origin) });
  }

  /** From here on everything is a consequence of stopping. */
  close(): void {
    this.#closed = true;
  }

  /** The cause, with the other errors attached. A signal's reason is given as it is: it is the caller's. */
  primary(): unknown {
    const [first, ...others] = this.#failures.toSorted((a, b) => a.rank - b.rank);
    if (first === undefined) return undefined;
    if (first.rank !== cancelled) {
      attachRelated(
        first.error,
        others.map((failure) => failure.error).filter((error) => error instanceof Error),
      );
    }
    return first.error;
  }
}

const cancelled = 0;
const consequence = 6;

function rank(error: unknown, origin: FailureOrigin): number {
  if (origin === 'cancelled') return cancelled;
  if (error instanceof VdiAbortError) return 4;
  if (error instanceof VdiError) return 3;
  if (origin !== 'statement') return 1;
  // A driver that only lost its connection says less than the interface, which noticed the server's death.
  return error instanceof SqlServerError && error.number > 0 ? 2 : 5;
}
