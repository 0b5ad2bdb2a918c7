// What a client and an embedded server's endpoint say to each other. One batch at a time runs on a connection.
import type { BatchEvent } from '../batch.ts';
import { Fields } from '../json.ts';
import { type Failure, readEvent, readFailure } from '../process/ipc.ts';

/** Client to server. */
export type Request = { readonly kind: 'run'; readonly text: string } | { readonly kind: 'cancel' };

/** Server to client: events, then how the batch ended. */
export type Reply =
  | { readonly kind: 'event'; readonly event: BatchEvent }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: Failure };

export function readRequest(value: unknown): Request {
  const fields = new Fields(value);
  const kind = fields.oneOf('kind', ['run', 'cancel']);
  return kind === 'run' ? { kind, text: fields.string('text') } : { kind };
}

export function readReply(value: unknown): Reply {
  const fields = new Fields(value);
  const kind = fields.oneOf('kind', ['event', 'done', 'failed']);
  if (kind === 'event') return { kind, event: readEvent(fields.get('event')) };
  return kind === 'done' ? { kind } : { kind, failure: readFailure(fields.object('failure')) };
}
