// A relay that encrypts for a TDS server that cannot: TLS as clients expect it, its handshake inside of PRELOGIN packets.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

const headerSize = 8;
const prelogin = 0x12;
/** The option ENCRYPTION of a PRELOGIN message, and its value ON. */
const encryption = 1;
const on = 1;
const endOfOptions = 0xff;

/** Returns its port. */
export async function startTlsRelay(port: number, identity: { key: Buffer; cert: Buffer }): Promise<number> {
  const sockets = new Set<Socket>();
  const relay = createServer(async (client) => {
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => [client, server].forEach((one) => void one.destroy()));
    }
    const [asked] = await once(client, 'data');
    client.pause();
    server.write(asked);
    const [answer] = await once(server, 'data');
    client.write(offering(answer));
    const tls = new TLSSocket(handshaking(client), { isServer: true, maxVersion: 'TLSv1.2', ...identity });
    tls.on('error', () => client.destroy());
    tls.pipe(server).pipe(tls);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  return (relay.address() as AddressInfo).port;
}

/** The server's PRELOGIN answer, with encryption. */
function offering(answer: Buffer): Buffer {
  const changed = Buffer.from(answer);
  for (let at = headerSize; changed[at] !== endOfOptions; at += 5) {
    if (changed[at] === encryption) changed[headerSize + changed.readUInt16BE(at + 1)] = on;
  }
  return changed;
}

/** Packets in PRELOGIN's clothes as long as the client sends such. */
function handshaking(client: Socket): Duplex {
  let wrapped = true;
  const inner = new Duplex({
    read: () => void client.resume(),
    write(chunk: Buffer, _, done) {
      client.write(wrapped ? Buffer.concat([header(chunk.length), chunk]) : chunk, done);
    },
  });
  client.on('data', (chunk: Buffer) => {
    // Their TLS records may not begin with that byte.
    wrapped = chunk[0] === prelogin;
    inner.push(wrapped ? chunk.subarray(headerSize) : chunk);
  });
  client.on('end', () => inner.push(null));
  return inner;
}

function header(length: number): Buffer {
  const bytes = Buffer.alloc(headerSize);
  bytes.set([prelogin, 1]);
  bytes.writeUInt16BE(length + headerSize, 2);
  return bytes;
}
