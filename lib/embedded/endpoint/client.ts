// The other end: runs T-SQL on an embedded server of another process.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ConnectionLostError } from '../../sql/error.ts';
import type { Execute } from '../../sql/executor.ts';
import { type BatchOptions, executeOver } from '../batch.ts';
import { fromFailure } from '../process/ipc.ts';
import { addressOf, checkPrivate, describeInstance } from './address.ts';
import { encodeLine, LineReader } from './lines.ts';
import { type Reply, type Request, readReply } from './protocol.ts';

/** The batch that runs. */
interface Running {
  readonly options: BatchOptions;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** What a listener threw. */
  thrown: { readonly error: unknown } | null;
}

/**
 * A connection to an embedded server that another process of the same user serves (see {@link EmbeddedEndpoint} and
 * `sqlvdi embedded serve`). One batch at a time runs on it.
 *
 * ```ts
 * await using client = await EmbeddedClient.connect();
 * await client.execute("RESTORE VERIFYONLY FROM VIRTUAL_DEVICE = N'set'");
 * ```
 */
export class EmbeddedClient implements AsyncDisposable {
  /**
   * Runs one batch. Rejects with a SqlServerError where a statement fails, a ConnectionLostError where the server goes or the client is
   * closed, the signal's reason, and an Error where a batch runs already on this connection.
   */
  readonly execute: Execute;
  readonly #socket: Socket;
  readonly #reader = new LineReader();
  #running: Running | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.execute = executeOver((batch, options) => this.run(batch.text, options));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#end(new ConnectionLostError('The connection to the embedded server was lost.')));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** Rejects with an Error where no server serves that instance (default: the default instance) for this user. */
  static async connect(options: { readonly instance?: string | undefined } = {}): Promise<EmbeddedClient> {
    const instance = options.instance ?? null;
    const { path, folder } = addressOf(instance);
    try {
      await checkPrivate(folder);
      const socket = connect(path);
      await once(socket, 'connect');
      return new EmbeddedClient(socket);
    } catch (cause) {
      const start = `sqlvdi embedded serve <folder>${instance === null ? '' : ` --instance ${instance}`}`;
      throw new Error(
        `No embedded server serves ${describeInstance(instance)} for this user on this machine. Start one: ${start}`,
        { cause },
      );
    }
  }

  /**
   * As {@link execute}, with every event of every statement as it happens: messages, result sets, and changes of the database. Rejects
   * also with what `onEvent` throws, once the server has ended the batch.
   */
  async run(text: string, options: BatchOptions): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#running !== null) throw new Error('A batch is running on this connection: open another one.');
    const cancel = (): void => this.#send({ kind: 'cancel' });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#running = { options, resolve, reject, thrown: null };
        if (this.#socket.destroyed)
          this.#end(new ConnectionLostError('The connection to the embedded server is closed.'));
        this.#send({ kind: 'run', text });
        signal?.addEventListener('abort', cancel, { once: true });
      });
    } catch (error) {
      // A cancelled batch ends with the caller's own reason, once the server has let go of everything.
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends what runs, and the connection. May be called twice. */
  async close(): Promise<void> {
    if (this.#socket.closed) return;
    const closed = once(this.#socket, 'close');
    this.#socket.destroy();
    await closed;
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #send(request: Request): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeLine(request));
  }

  #receive(chunk: Buffer): void {
    try {
      for (const value of this.#reader.push(chunk)) this.#handle(readReply(value));
    } catch (cause) {
      this.#end(new Error('What answers is no embedded server of this version.', { cause }));
      this.#socket.destroy();
    }
  }

  #handle(reply: Reply): void {
    const running = this.#running;
    if (running === null) return;
    if (reply.kind === 'event') {
      try {
        if (running.thrown === null) running.options.onEvent(reply.event);
      } catch (error) {
        running.thrown = { error };
        this.#send({ kind: 'cancel' });
      }
    } else this.#end(reply.kind === 'done' ? null : fromFailure(reply.failure));
  }

  #end(failure: Error | null): void {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    if (running.thrown !== null) running.reject(running.thrown.error);
    else if (failure === null) running.resolve();
    else running.reject(failure);
  }
}
