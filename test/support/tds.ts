// The stand-in as SQL clients see it: over TDS, through a relay that can cut the wire.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { TdsEndpoint } from '../../lib/embedded/tds/endpoint.ts';
import type { ConnectionOption } from '../../lib/index.ts';
import { startServer } from './server.ts';

export const password = "p@ss'wörd {};";

/** The drivers that are installed for the tests. */
export const drivers = ['tedious', 'mssql'] as const;
export type Driver = (typeof drivers)[number];

/** Relays connections to a port, and cuts them all when it is told to. */
async function startRelay(port: number): Promise<{ readonly port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          server.destroy();
        });
    }
    client.pipe(server).pipe(client);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    relay.close();
  });
  return { port: (relay.address() as AddressInfo).port, cut };
}

/** A server with the database 'Sales', reached through TDS; `login` names who asks: 'sa', or 'reader', who may not back up. */
export async function startTdsServer(size?: number) {
  const { server, folder, file } = await startServer(size);
  const logins = [
    { user: 'sa', password },
    { user: 'reader', password, sysadmin: false },
  ];
  const endpoint = await TdsEndpoint.start(server, { logins });
  onTestFinished(() => endpoint.close());
  const relay = await startRelay(endpoint.port);
  const connectionBy = (driver: Driver, login: Partial<{ user: string; password: string }> = {}): ConnectionOption => ({
    driver,
    server: `127.0.0.1,${relay.port}`,
    user: 'sa',
    password,
    encrypt: false,
    ...login,
  });
  return { server, folder, file, endpoint, relay, connectionBy };
}

/** How many sockets this process has open. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Closing a socket takes a moment at its other end. */
export async function noMoreSocketsThan(before: number): Promise<void> {
  await expect.poll(openSockets, { timeout: 5000 }).toBeLessThanOrEqual(before);
}
