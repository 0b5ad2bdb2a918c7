// One statement on one connection, whatever the driver: collects what comes, and decides how it ended.
import { messageOf } from '../../common/thrown.ts';
import { ConnectionLostError, SqlServerError } from '../error.ts';
import type { ExecuteOptions, ExecuteResult, SqlMessage, SqlValue } from '../executor.ts';
import { isError, succeeded } from '../message-kinds.ts';

/** What a driver reports to while a statement runs. */
export interface Run {
  message(message: SqlMessage): void;
  /** A row of the first result set, by column. */
  row(row: Readonly<Record<string, unknown>>): void;
  /** The statement is over; `error` is the driver's, for what the server did not report itself. Only the first call counts. */
  end(error?: unknown): void;
}

/**
 * `start` sends the statement and returns how to cancel it; after that the driver must still end it. Whatever error a
 * driver has of its own while the server reported none means that the connection is of no use any more.
 */
export async function runStatement(
  options: ExecuteOptions | undefined,
  start: (run: Run) => () => void,
): Promise<ExecuteResult> {
  const { signal, onMessage } = options ?? {};
  signal?.throwIfAborted();
  const messages: SqlMessage[] = [];
  const rows: Record<string, SqlValue>[] = [];
  let listenerFailure: { readonly error: unknown } | null = null;
  let cancel = () => {};
  const ended = new Promise<unknown>((resolve) => {
    cancel = start({
      message: (message) => {
        messages.push(message);
        try {
          onMessage?.(message);
        } catch (error) {
          // Inside the driver's own event it would bring the process down.
          listenerFailure ??= { error };
        }
      },
      row: (row) => void rows.push(toRow(row)),
      end: resolve,
    });
  });
  signal?.addEventListener('abort', cancel, { once: true });
  const error = await ended.finally(() => signal?.removeEventListener('abort', cancel));
  signal?.throwIfAborted();
  throwListenerFailure(listenerFailure);
  if (messages.some(isError)) {
    // A driver takes every error for a failure.
    if (!succeeded(messages)) throw new SqlServerError(messages);
  } else if (error !== undefined && error !== null) throw connectionLost(error);
  return { rows, messages };
}

// A variable that only callbacks assign is narrowed to its first value where it is read.
function throwListenerFailure(failure: { readonly error: unknown } | null): void {
  if (failure !== null) throw failure.error;
}

export function connectionLost(cause: unknown): ConnectionLostError {
  return new ConnectionLostError(`the connection to the server was lost: ${messageOf(cause)}`, { cause });
}

function toRow(row: Readonly<Record<string, unknown>>): Record<string, SqlValue> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toSqlValue(value)]));
}

function toSqlValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      return String(value);
  }
}
