// The entry of the embedded server's own process: does what the parent asks, and ends when the parent is gone.
import { loadBinding } from '../../vdi/load.ts';
import type { ServerCore } from '../api.ts';
import { Host } from '../host.ts';
import { type Call, type Reply, type Request, toFailure } from './ipc.ts';

let host: ServerCore | null = null;
const cancellations = new Map<number, AbortController>();

function send(reply: Reply): void {
  // The parent may be gone already; 'disconnect' deals with that.
  if (process.connected) process.send?.(reply, () => {});
}

async function perform(id: number, call: Call): Promise<unknown> {
  if (call.method === 'start') {
    host = await Host.start({
      folder: call.folder,
      instance: call.instance,
      engine: loadBinding().engine,
      ownProcess: true,
    });
    return undefined;
  }
  if (host === null) throw new Error('The embedded server is not started.');
  switch (call.method) {
    case 'run': {
      const cancellation = new AbortController();
      cancellations.set(id, cancellation);
      try {
        return await host.run(call.batch, {
          signal: cancellation.signal,
          onEvent: (event) => send({ kind: 'event', id, event }),
        });
      } finally {
        cancellations.delete(id);
      }
    }
    case 'createDatabase':
      return await host.createDatabase(call.name, call.options);
    case 'modify':
      return await host.modify(call.name, call.options);
    case 'databases':
      return await host.databases();
    case 'checksum':
      return await host.checksum(call.name);
    case 'inject':
      return await host.inject(call.fault);
    case 'close':
      return await host.close();
  }
}

async function receive(request: Request): Promise<void> {
  if (request.kind === 'cancel') {
    cancellations.get(request.id)?.abort();
    return;
  }
  try {
    send({ kind: 'done', id: request.id, value: await perform(request.id, request.call) });
  } catch (error) {
    send({ kind: 'failed', id: request.id, failure: toFailure(error) });
  }
}

// Only this package's own code starts this process, and speaks to it. What a caller got wrong is the host's to say.
process.on('message', (request: Request) => void receive(request));
// Ctrl-C reaches the whole process group; how to end is the parent's decision.
process.on('SIGINT', () => {});
process.on('disconnect', () => {
  const closed = host?.close() ?? Promise.resolve();
  void closed.finally(() => process.exit(0));
});
