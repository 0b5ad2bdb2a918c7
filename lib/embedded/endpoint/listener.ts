// A listening socket and its connections: every one of them has ended when it is closed.
import { once } from 'node:events';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';

/** A client that lets so many bytes of answers wait has stopped reading. */
const mostUnread = 16 * 2 ** 20;

/** Sends answers, and ends the connection where nobody reads them. */
export function answer(socket: Socket, parts: Iterable<Buffer | string>): void {
  if (socket.destroyed) return;
  for (const part of parts) socket.write(part);
  if (socket.writableLength > mostUnread) socket.destroy();
}

export class Listener {
  private readonly server: Server;
  private readonly connections = new Map<Socket, Promise<void>>();

  /** `serve` resolves once a connection has ended and nothing of it is left; it ends when the socket is destroyed. */
  constructor(serve: (socket: Socket) => Promise<void>) {
    this.server = createServer((socket) => {
      // What goes wrong with a connection shows as its end.
      socket.on('error', () => socket.destroy());
      const served = serve(socket).finally(() => {
        socket.destroy();
        this.connections.delete(socket);
      });
      this.connections.set(socket, served);
    });
  }

  async listen(options: ListenOptions): Promise<void> {
    this.server.listen(options);
    await once(this.server, 'listening');
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    const served = [...this.connections.values()];
    for (const socket of this.connections.keys()) socket.destroy();
    await Promise.all([closed, ...served]);
  }
}
