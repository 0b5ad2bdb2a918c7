// Lets other processes of the same user run T-SQL on an embedded server.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { ServerCore } from '../api.ts';
import { ownerSession } from '../batch.ts';
import { lockFolder } from '../lock.ts';
import { toFailure } from '../process/ipc.ts';
import { coreOf, type EmbeddedServer } from '../server.ts';
import { addressOf, describeInstance, makePrivate } from './address.ts';
import { encodeLine, LineReader } from './lines.ts';
import { answer, Listener } from './listener.ts';
import { type Reply, type Request, readRequest } from './protocol.ts';

/**
 * Makes an embedded server reachable for other processes of the same user on this machine, by its instance's name: for
 * {@link EmbeddedClient} and `sqlvdi embedded exec`. It is a Unix socket in a folder that only the user can enter, or a named pipe.
 */
export class EmbeddedEndpoint implements AsyncDisposable {
  /** The path of the socket or pipe. */
  readonly path: string;
  readonly #listener: Listener;
  readonly #folder: string;
  #closing: Promise<void> | null = null;

  private constructor(listener: Listener, path: string, folder: string) {
    this.#listener = listener;
    this.path = path;
    this.#folder = folder;
  }

  /**
   * Rejects with an Error where a living process already serves an instance of that name for this user. What a dead one left is
   * taken over. Close the endpoint before the server.
   */
  static async start(server: EmbeddedServer): Promise<EmbeddedEndpoint> {
    const core = coreOf(server);
    const { path, folder } = addressOf(server.instance);
    const listener = new Listener((socket) => serve(socket, core));
    try {
      await makePrivate(folder);
      await lockFolder(folder);
      const endpoint = new EmbeddedEndpoint(listener, path, folder);
      try {
        // Under the lock nobody else listens, so a socket that is there is a dead server's.
        if (dirname(path) === folder) await rm(path, { force: true });
        await listener.listen({ path });
        return endpoint;
      } catch (error) {
        await endpoint.close();
        throw error;
      }
    } catch (cause) {
      const instance = describeInstance(server.instance);
      throw new Error(`Other processes cannot be let in to ${instance}: does another server serve it?`, { cause });
    }
  }

  /** Ends all connections and what runs on them, and removes the socket. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  /** As `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #shutDown(): Promise<void> {
    await this.#listener.close();
    // What cleans /tmp may have taken it.
    if (!existsSync(this.#folder)) return;
    // The lock goes with its folder, at once: what another server puts there from now on is its own.
    const aside = `${this.#folder}.${randomUUID()}`;
    await rename(this.#folder, aside);
    await rm(aside, { recursive: true, force: true });
  }
}

/** Resolves when the connection has ended and its batch with it. */
async function serve(socket: Socket, core: ServerCore): Promise<void> {
  const reader = new LineReader();
  const connection = new AbortController();
  let session = ownerSession();
  let cancellation: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();

  const send = (reply: Reply): void => answer(socket, [encodeLine(reply)]);
  const run = async (text: string, signal: AbortSignal): Promise<void> => {
    try {
      await core.run(
        { text, parameters: new Map(), session },
        {
          signal,
          onEvent: (event) => {
            if (event.kind === 'database') session = { ...session, database: event.name };
            send({ kind: 'event', event });
          },
        },
      );
      cancellation = null;
      send({ kind: 'done' });
    } catch (error) {
      cancellation = null;
      send({ kind: 'failed', failure: toFailure(error) });
    }
  };
  const receive = (request: Request): void => {
    if (request.kind === 'cancel') cancellation?.abort(new Error('The batch was cancelled.'));
    else if (cancellation !== null) throw new Error('A batch is running already.');
    else {
      cancellation = new AbortController();
      running = run(request.text, AbortSignal.any([connection.signal, cancellation.signal]));
    }
  };

  socket.on('data', (chunk: Buffer) => {
    try {
      for (const value of reader.push(chunk)) receive(readRequest(value));
    } catch (error) {
      send({ kind: 'failed', failure: toFailure(error) });
      socket.destroySoon();
    }
  });
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  connection.abort(new Error('The client went away.'));
  await running;
}
