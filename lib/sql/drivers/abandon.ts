// Gives up a tedious connection that is still being made.
import { Socket } from 'node:net';

const intervalMs = 10;

/**
 * tedious' close() does nothing about a connection it has not got yet, and would go on until its time-out. So the socket is
 * destroyed as soon as there is one. `connecting` settles with that, or with whatever else becomes of it. While SQL Server Browser is
 * asked for an instance's port there is nothing that tedious would let go: that ends with its own time-out.
 */
export function abandon(connection: object, connecting: Promise<unknown>): void {
  const timer = setInterval(() => {
    const socket: unknown = Reflect.get(connection, 'socket');
    if (socket instanceof Socket) socket.destroy(new Error('the connection was given up'));
  }, intervalMs).unref();
  const done = () => clearInterval(timer);
  connecting.then(done, done);
}
