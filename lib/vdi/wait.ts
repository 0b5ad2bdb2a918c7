// Waits of the interface that an AbortSignal can end without harming the object that waits.
import { VdiTimeoutError } from './errors.ts';

/** What the interface takes for "for ever". */
const infinite = 0xffffffff;

/** Milliseconds as the interface takes them: a whole number from 0, or Infinity. */
export function nativeTimeout(timeoutMs: number, name = 'timeoutMs'): number {
  if (timeoutMs === Number.POSITIVE_INFINITY) return infinite;
  if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
    throw new RangeError(`${name} is ${String(timeoutMs)}; it must be 0 or more milliseconds, or Infinity`);
  }
  return Math.min(Math.ceil(timeoutMs), infinite - 1);
}

/**
 * Runs a wait that `cancel` ends with VD_E_TIMEOUT. Where the signal ended it, rejects with the signal's reason; a result that
 * came all the same is given, never lost.
 */
export async function cancellableWait<T>(
  signal: AbortSignal | undefined,
  cancel: () => void,
  wait: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await wait();
  } catch (error) {
    if (signal?.aborted && error instanceof VdiTimeoutError) throw signal.reason;
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
