// One stripe of a transfer, whatever it is moved to or from.
import type { DestinationKind, OriginKind } from '../streams/adapt.ts';
import type { ServeResult } from '../streams/serve.ts';
import { serveSink } from '../streams/serve-sink.ts';
import { serveSource } from '../streams/serve-source.ts';
import type { Sink, Source } from '../streams/sink.ts';
import type { VirtualDevice } from '../vdi/device.ts';
import { FileError, systemError } from '../vdi/file-error.ts';
import type { FileTarget } from './target.ts';

/** How a stripe is moved. */
export interface MoveOptions {
  readonly sha256: boolean;
  /** Gives up waiting for a sink or source. A native transfer is ended by aborting the set instead. */
  readonly signal: AbortSignal;
  /** Called at the moment a sink or source fails. */
  readonly onError: (error: Error) => void;
}

/** A stripe's obligations to the transfer: move, then finish or abort, where there is anything to do. */
export interface Stripe {
  /** The file's absolute path, or null. */
  readonly path: string | null;
  /** Serves the device until the server closes it. */
  move(device: VirtualDevice, options: MoveOptions): Promise<ServeResult>;
  /** The statement has succeeded: makes the data durable, if the server has not asked for it, or lets the origin go. */
  finish?(): Promise<void>;
  /** The transfer failed; may come before move. */
  abort?(error: Error): Promise<void>;
}

/** A file that is written natively. Its publication is the transfer's business, since all stripes are published together. */
export class FileTargetStripe implements Stripe {
  readonly path: string;
  readonly #target: FileTarget;
  #durable = false;

  constructor(target: FileTarget) {
    this.path = target.path;
    this.#target = target;
  }

  async move(device: VirtualDevice, options: MoveOptions): Promise<ServeResult> {
    const result = await device.transferTo(this.#target.temporary, { sha256: options.sha256 }).catch((error) => {
      throw this.#ofTarget(error);
    });
    this.#durable = result.durable;
    return result;
  }

  async finish(): Promise<void> {
    if (!this.#durable) await this.#target.sync();
  }

  /** The temporary name means nothing to whoever named the target. */
  #ofTarget(error: unknown): unknown {
    if (!(error instanceof FileError) || error.path !== this.#target.temporary) return error;
    return systemError(error.code, error.errno ?? 0, error.syscall ?? 'write', this.path);
  }
}

/** Counts and forgets, natively. */
class NullStripe implements Stripe {
  readonly path = null;

  move(device: VirtualDevice, options: MoveOptions): Promise<ServeResult> {
    return device.transferTo(null, { sha256: options.sha256 });
  }
}

/** A sink served from JavaScript. */
class SinkStripe implements Stripe {
  readonly path = null;
  readonly #sink: Sink;
  #completed = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async move(device: VirtualDevice, options: MoveOptions): Promise<ServeResult> {
    const result = await serveSink(device, this.#sink, options);
    this.#completed = result.completed;
    return result;
  }

  async finish(): Promise<void> {
    if (!this.#completed) await this.#sink.complete?.();
  }

  async abort(error: Error): Promise<void> {
    await this.#sink.abort?.(error);
  }
}

/** A file that is read natively. */
class FileOriginStripe implements Stripe {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  move(device: VirtualDevice, options: MoveOptions): Promise<ServeResult> {
    return device.transferFrom(this.path, { sha256: options.sha256 });
  }
}

/** A source served from JavaScript. */
class SourceStripe implements Stripe {
  readonly path = null;
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  move(device: VirtualDevice, options: MoveOptions): Promise<ServeResult> {
    return serveSource(device, this.#source, options);
  }

  async finish(): Promise<void> {
    await this.#source.close?.();
  }

  async abort(error: Error): Promise<void> {
    await this.#source.abort?.(error);
  }
}

/** The stripe of a destination that is no file. Takes hold of a stream. */
export function destinationStripe(destination: Exclude<DestinationKind, { readonly kind: 'file' }>): Stripe {
  return destination.kind === 'null' ? new NullStripe() : new SinkStripe(destination.open());
}

/** The stripe of an origin; `path` is that of a file that has been located. Takes hold of a stream. */
export function originStripe(
  origin: Exclude<OriginKind, { readonly kind: 'file' }> | { readonly kind: 'file'; readonly path: string },
): Stripe {
  return origin.kind === 'file' ? new FileOriginStripe(origin.path) : new SourceStripe(origin.open());
}
