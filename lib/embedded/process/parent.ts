// The embedded server in a process of its own, seen from the process that started it.
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../common/package-folder.ts';
import { ConnectionLostError } from '../../sql/error.ts';
import type { CreateDatabaseOptions, DatabaseInfo, ModifyOptions, ServerCore } from '../api.ts';
import type { Batch, BatchEvent, BatchOptions, RunBatch } from '../batch.ts';
import type { Fault } from '../faults.ts';
import { type Call, fromFailure, type Reply, type Request, readDatabases, readReply } from './ipc.ts';

/** How long the process may take to close itself before it is killed. */
const closeWaitMs = 15_000;

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onEvent: ((event: BatchEvent) => void) | undefined;
}

export class ServerProcess implements ServerCore {
  private readonly child: ChildProcess;
  private readonly pending = new Map<number, Pending>();
  private readonly exited: Promise<void>;
  private nextId = 1;
  private death: Error | null = null;
  private closing: Promise<void> | null = null;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        this.die(new ConnectionLostError(`The embedded server's process ${child.pid} ended ${how}.`));
        resolve();
      });
      child.once('error', (error) => {
        this.die(new Error("The embedded server's process could not be started.", { cause: error }));
        if (child.pid === undefined) resolve();
      });
    });
    child.on('message', (value: unknown) => this.receive(value));
    this.letGo();
  }

  static async start(folder: string, instance: string | null): Promise<ServerProcess> {
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const child = fork(entryPath(), [], { serialization: 'advanced', stdio: [...stdio], execArgv: [] });
    const server = new ServerProcess(child);
    try {
      await server.call({ method: 'start', folder, instance });
    } catch (error) {
      child.kill('SIGKILL');
      await server.exited;
      throw error;
    }
    return server;
  }

  readonly run: RunBatch = async (batch: Batch, { signal, onEvent }: BatchOptions): Promise<void> => {
    signal?.throwIfAborted();
    const id = this.nextId;
    const listener = new AbortController();
    const cancel = (): void => this.send({ kind: 'cancel', id });
    const forward = (event: BatchEvent): void => {
      try {
        onEvent(event);
      } catch (error) {
        listener.abort(error);
        cancel();
      }
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await this.call({ method: 'run', batch }, forward);
      listener.signal.throwIfAborted();
    } catch (error) {
      // A cancelled batch ends with the caller's own reason, once the server has let go of everything.
      listener.signal.throwIfAborted();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  };

  async createDatabase(name: string, options: CreateDatabaseOptions): Promise<void> {
    await this.call({ method: 'createDatabase', name, options });
  }

  async modify(name: string, options: ModifyOptions): Promise<void> {
    await this.call({ method: 'modify', name, options });
  }

  async databases(): Promise<readonly DatabaseInfo[]> {
    return readDatabases(await this.call({ method: 'databases' }));
  }

  async checksum(name: string): Promise<string> {
    return String(await this.call({ method: 'checksum', name }));
  }

  async inject(fault: Fault): Promise<void> {
    await this.call({ method: 'inject', fault });
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    if (this.death !== null) return;
    const timer = setTimeout(() => this.child.kill('SIGKILL'), closeWaitMs);
    try {
      await this.call({ method: 'close' });
    } catch {
      // It died meanwhile: closed all the same.
    }
    this.child.ref();
    if (this.child.connected) this.child.disconnect();
    await this.exited;
    clearTimeout(timer);
  }

  private call(call: Call, onEvent?: (event: BatchEvent) => void): Promise<unknown> {
    if (this.death !== null) return Promise.reject(this.death);
    if (this.closing !== null && call.method !== 'close')
      return Promise.reject(new Error('The embedded server is closed.'));
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.pending.set(id, { resolve, reject, onEvent });
      this.child.channel?.ref();
      this.send({ kind: 'call', id, call });
    });
  }

  private send(request: Request): void {
    // A failed send means the process is gone; its exit rejects whatever is pending.
    if (this.child.connected) this.child.send(request, () => {});
  }

  private receive(value: unknown): void {
    let reply: Reply;
    try {
      reply = readReply(value);
    } catch (cause) {
      this.die(new Error("The embedded server's process sent something that is no reply.", { cause }));
      this.child.kill('SIGKILL');
      return;
    }
    const pending = this.pending.get(reply.id);
    if (pending === undefined) return;
    if (reply.kind === 'event') {
      pending.onEvent?.(reply.event);
      return;
    }
    this.pending.delete(reply.id);
    if (reply.kind === 'done') pending.resolve(reply.value);
    else pending.reject(fromFailure(reply.failure));
    if (this.pending.size === 0) this.letGo();
  }

  private die(error: Error): void {
    this.death ??= error;
    for (const { reject } of this.pending.values()) reject(this.death);
    this.pending.clear();
  }

  /** An idle server does not keep its parent alive. */
  private letGo(): void {
    this.child.unref();
    this.child.channel?.unref();
  }
}

/** The compiled entry, also where this file runs uncompiled. */
function entryPath(): string {
  const compiled = join(packageFolder(), 'dist', 'embedded', 'process', 'main.js');
  if (existsSync(compiled)) return compiled;
  throw new Error(
    `An embedded server in a process of its own runs compiled: ${compiled} is missing. Run 'npm run build' first.`,
  );
}
