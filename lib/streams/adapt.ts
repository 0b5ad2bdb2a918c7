// Which kind of destination or origin a value is.
import type { Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import { ChunkSource } from './chunk-source.ts';
import { NodeSink, type NodeWritable } from './node-sink.ts';
import { NullSink } from './null.ts';
import type { Sink, Source } from './sink.ts';
import { WebSink, webSource } from './web.ts';

/**
 * Where one stripe of a backup goes: a file (path or `file:` URL; written natively under a temporary name, made durable and
 * published by a rename), a {@link Sink}, a function that does what {@link Sink.write} does, a Node or Web stream (each gets copies of
 * the data; an error of the stream ends the transfer, also one before its first byte), or {@link discard}(). A function alone makes
 * nothing durable.
 */
export type Destination =
  | string
  | URL
  | Sink
  | Sink['write']
  | Writable
  | NodeJS.WritableStream
  | WritableStream<Uint8Array<ArrayBuffer>>
  | NullSink;

/**
 * Where one stripe of a restore comes from: a file (path or `file:` URL), a {@link Source}, a function that does what
 * {@link Source.read} does, a Node or Web stream, or anything that yields chunks.
 */
export type Origin =
  | string
  | URL
  | Source
  | Source['read']
  | Readable
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** A destination by its kind. `open` makes the sink; a stream is taken hold of only then. */
export type DestinationKind =
  | { readonly kind: 'file'; readonly target: string | URL }
  | { readonly kind: 'null' }
  | { readonly kind: 'sink'; readonly identity: object; readonly open: () => Sink };

/** An origin by its kind. */
export type OriginKind =
  | { readonly kind: 'file'; readonly target: string | URL }
  | { readonly kind: 'source'; readonly identity: object; readonly open: () => Source };

/** Throws a TypeError that says what is allowed where the value is no destination, or a stream that cannot be written any more. */
export function classifyDestination(value: Destination, what: string): DestinationKind {
  if (typeof value === 'string' || value instanceof URL) return { kind: 'file', target: value };
  if (value instanceof NullSink) return { kind: 'null' };
  if (isWebWritable(value)) {
    if (value.locked) throw new TypeError(`${what} is a WritableStream that has a writer already`);
    return { kind: 'sink', identity: value, open: () => new WebSink(value) };
  }
  if (isNodeWritable(value)) {
    if (!value.writable) throw new TypeError(`${what} is a stream that has ended or was destroyed`);
    return { kind: 'sink', identity: value, open: () => new NodeSink(value) };
  }
  if (typeof value === 'function') return { kind: 'sink', identity: value, open: () => ({ write: value }) };
  // A Buffer has a write() too.
  if (has(value, 'write') && !ArrayBuffer.isView(value)) return { kind: 'sink', identity: value, open: () => value };
  throw new TypeError(
    `${what} must be a path, a file: URL, a Sink, a function, a Writable, a WritableStream or discard()`,
  );
}

/** Throws a TypeError that says what is allowed where the value is no origin, or a stream that cannot be read any more. */
export function classifyOrigin(value: Origin, what: string): OriginKind {
  if (typeof value === 'string' || value instanceof URL) return { kind: 'file', target: value };
  if (isWebReadable(value)) {
    if (value.locked) throw new TypeError(`${what} is a ReadableStream that has a reader already`);
    return { kind: 'source', identity: value, open: () => webSource(value) };
  }
  if (isNodeReadable(value)) {
    if (value.destroyed || value.readableEnded)
      throw new TypeError(`${what} is a stream that has ended or was destroyed`);
    return { kind: 'source', identity: value, open: () => new ChunkSource(value, (error) => destroy(value, error)) };
  }
  if (typeof value === 'function') return { kind: 'source', identity: value, open: () => ({ read: value }) };
  if (isSource(value)) return { kind: 'source', identity: value, open: () => value };
  if (isAsyncIterable(value)) return { kind: 'source', identity: value, open: () => new ChunkSource(value) };
  throw new TypeError(
    `${what} must be a path, a file: URL, a Source, a function, a Readable, a ReadableStream or an AsyncIterable of bytes`,
  );
}

function has(value: unknown, ...methods: string[]): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof Reflect.get(value, method) === 'function');
}

// Recognised by their methods, since streams may come from other implementations and realms.
function isWebWritable(value: unknown): value is WritableStream<Uint8Array<ArrayBuffer>> {
  return has(value, 'getWriter');
}

export function isNodeWritable(value: unknown): value is NodeWritable {
  return has(value, 'write', 'end', 'on', 'once');
}

function isWebReadable(value: unknown): value is ReadableStream<Uint8Array> {
  return has(value, 'getReader');
}

export function isNodeReadable(value: unknown): value is Readable {
  return has(value, 'pipe', 'on', 'destroy') && isAsyncIterable(value);
}

/** A stream that nobody listens to any more would end the process with an error that was reported already. */
function destroy(stream: Readable, error: Error): void {
  stream.on('error', () => undefined);
  stream.destroy(error);
}

function isSource(value: unknown): value is Source {
  return has(value, 'read');
}

function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}
