// Ctrl-C and its relatives: the first asks for a clean end, the second ends at once.

import type { Output } from './output.ts';

/** Why the operation was given up. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError';
  readonly signal: NodeJS.Signals;
  /** What the process exits with: 128 + the signal's number, as shells do. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals, exitCode: number) {
    super(`cancelled by ${signal}`);
    this.signal = signal;
    this.exitCode = exitCode;
  }
}

// SIGBREAK is Ctrl-Break, and SIGHUP is also what closing a console window sends on Windows.
const EXIT_CODES = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ...(process.platform === 'win32' ? ([['SIGBREAK', 149]] as const) : []),
] as const;

/** npx, npm and timeout pass on a Ctrl-C that the terminal sends to all of them: what comes this soon is the same one. */
const ECHO_MS = 1000;

/**
 * Runs `work` with a signal that a Ctrl-C aborts. Where `work` fails after that, the CancelledError is thrown in its place; what had
 * failed before is its cause. `what`: what is said then.
 */
export async function cancellable<T>(
  output: Output,
  work: (signal: AbortSignal) => Promise<T>,
  what = 'Cancelling',
): Promise<T> {
  const controller = new AbortController();
  let cancelled: CancelledError | null = null;
  let cancelledAt = Number.NEGATIVE_INFINITY;
  const handlers = EXIT_CODES.map(([name, exitCode]) => {
    const handler = () => {
      if (performance.now() - cancelledAt < ECHO_MS) return;
      if (cancelled !== null) process.exit(exitCode);
      cancelledAt = performance.now();
      cancelled = new CancelledError(name, exitCode);
      controller.abort(cancelled);
      output.note(`${what}; once more to stop at once.`);
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    throw cancelledFirst(cancelled, error);
  } finally {
    for (const remove of handlers) remove();
  }
}

function cancelledFirst(cancelled: CancelledError | null, error: unknown): unknown {
  if (cancelled === null) return error;
  // What was only aborted by it says nothing of its own.
  const follows = error === cancelled || (error instanceof Error && error.cause === cancelled);
  if (!follows) cancelled.cause = error;
  return cancelled;
}
