// What is no TDS, or too much of it: one clear end of that connection, and the server goes on.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ByteWriter, TdsFormatError } from '../../../lib/embedded/tds/bytes.ts';
import type { TdsEndpoint } from '../../../lib/embedded/tds/endpoint.ts';
import { type Message, PacketReader } from '../../../lib/embedded/tds/packets.ts';
import { prepare } from '../../../lib/embedded/tds/requests.ts';
import { seeded } from '../../support/random.ts';
import { password, startEndpoint, tediousConnection, tediousExecute } from './support.ts';

function packet(type: number, payload: Buffer, status = 1, length = payload.length + 8): Buffer {
  const header = Buffer.from([type, status, length >> 8, length & 0xff, 0, 0, 1, 0]);
  return Buffer.concat([header, payload]);
}

/** A login as a client of TDS 7.4 sends it. */
function loginPayload(user = 'sa', word = password): Buffer {
  const fixed = Buffer.alloc(94);
  const parts: Buffer[] = [];
  let offset = fixed.length;
  fixed.writeUInt32LE(0x74000004, 4);
  fixed.writeUInt32LE(4096, 8);
  for (const [position, value, scrambled] of [
    [40, user, false],
    [44, word, true],
  ] as const) {
    const bytes = Buffer.from(value, 'utf16le');
    parts.push(scrambled ? (bytes.map((byte) => (((byte << 4) | (byte >> 4)) & 0xff) ^ 0xa5) as Buffer) : bytes);
    fixed.writeUInt16LE(offset, position);
    fixed.writeUInt16LE(value.length, position + 2);
    offset += bytes.length;
  }
  fixed.writeUInt32LE(offset, 0);
  return Buffer.concat([fixed, ...parts]);
}

const login = packet(0x10, loginPayload());
const headers = new ByteWriter().u32(22).u32(18).u16(2).u64(0n).u32(1).toBuffer();
const batch = (text: string): Buffer => packet(0x01, Buffer.concat([headers, Buffer.from(text, 'utf16le')]));
const call = (...parts: readonly Buffer[]): Buffer =>
  packet(0x03, Buffer.concat([headers, new ByteWriter().u16(0xffff).u16(10).u16(0).toBuffer(), ...parts]));
const statementParameter = new ByteWriter().u8(0, 0, 0xe7).u16(8000).u8(0, 0, 0, 0, 0).u16(16).toBuffer();

async function open({ port }: TdsEndpoint): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Everything that was received until the server closed the connection. What comes after a login waits for its answer. */
async function conversation(
  endpoint: TdsEndpoint,
  bytes: Buffer,
  { loggedIn = false, end = false } = {},
): Promise<Buffer> {
  const socket = await open(endpoint);
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  if (loggedIn) {
    socket.write(login);
    await once(socket, 'data');
  }
  socket.write(bytes);
  if (end) socket.end();
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(received);
}

const saysIncorrect = (answer: Buffer): boolean => answer.includes(Buffer.from('stream is incorrect', 'utf16le'));

async function livesOn(endpoint: TdsEndpoint): Promise<void> {
  const execute = tediousExecute(await tediousConnection(endpoint));
  expect((await execute('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
}

describe('a connection that sends', () => {
  it.each<[string, Buffer]>([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['the beginning of TLS', Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0])],
    ['a packet shorter than its header', packet(0x12, Buffer.alloc(0), 1, 7)],
    ['a batch before its login', batch('SELECT 1')],
    ['attention before its login', packet(0x06, Buffer.alloc(0))],
    ['a login that is too short', packet(0x10, Buffer.alloc(85))],
    ['a login whose fields lie outside', packet(0x10, loginPayload().fill(0xff, 40, 42))],
    ['a login whose name is too long', packet(0x10, loginPayload('x'.repeat(129)))],
    ['a login of an older protocol', packet(0x10, loginPayload().fill(0x70, 7, 8))],
    ['a login without end', Buffer.concat(Array.from({ length: 9 }, () => packet(0x10, Buffer.alloc(32_000), 0)))],
    ['a prelogin without end', packet(0x12, Buffer.alloc(5000), 0)],
    ['two logins', Buffer.concat([login, login])],
  ])('%s is ended', async (_, bytes) => {
    const { endpoint } = await startEndpoint();
    await conversation(endpoint, bytes);
    await livesOn(endpoint);
  });

  it.each<[string, Buffer]>([
    ['attention with content', packet(0x06, Buffer.alloc(1))],
    ['a second request with the first', Buffer.concat([batch('SELECT 1'), batch('SELECT 2')])],
    ['two types in a message', Buffer.concat([packet(1, headers, 0), packet(3, headers)])],
    ['half a character', packet(1, Buffer.concat([headers, Buffer.alloc(3)]))],
    ['headers longer than the message', packet(1, Buffer.from([255, 255, 255, 255]))],
    ['headers shorter than themselves', packet(1, Buffer.alloc(4))],
    ['an empty batch message', packet(1, Buffer.alloc(0))],
    ['a call without a statement', call()],
    ['a value longer than its message', call(statementParameter)],
    ['a type that is none', call(Buffer.from([0, 0, 0xf9]))],
    ['a value longer than its type', call(Buffer.from([0, 0, 0x26, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0]))],
    ['an integer of three bytes and a half', call(Buffer.from([0, 0, 0x6d, 8, 3, 0, 0, 0]))],
  ])('%s after its login is told so and ended', async (_, bytes) => {
    const { endpoint } = await startEndpoint();
    const answer = await conversation(endpoint, bytes, { loggedIn: true });
    expect(saysIncorrect(answer)).toBe(true);
    await livesOn(endpoint);
  });

  it('a message that it gives up half-way gets its end, and the next one its answer', async () => {
    const { endpoint } = await startEndpoint();
    const socket = await open(endpoint);
    const reader = new ResponseReader();
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.write(login);
    await expect.poll(() => reader.ends).toBe(1);
    socket.write(Buffer.concat([packet(1, headers, 0), packet(1, Buffer.alloc(0), 3)]));
    await expect.poll(() => reader.ends).toBe(2);
    // Attention when nothing runs any more is answered, too.
    socket.write(packet(6, Buffer.alloc(0)));
    await expect.poll(() => reader.ends).toBe(3);
    expect(reader.last.readUInt16LE(1) & 0x20).toBe(0x20);
    socket.write(batch('SELECT 1'));
    await expect.poll(() => reader.ends).toBe(4);
  });

  it('one prelogin after the other is answered once', async () => {
    const { endpoint } = await startEndpoint();
    const preLogin = packet(0x12, Buffer.from([0xff]));
    expect(saysIncorrect(await conversation(endpoint, Buffer.concat([preLogin, preLogin])))).toBe(true);
  });

  it('nothing more, at any moment of a login and a batch, leaves nothing', async () => {
    const { server, endpoint } = await startEndpoint();
    const whole = Buffer.concat([packet(0x12, Buffer.from([0xff])), login]);
    for (let cut = 0; cut < whole.length; cut += 17)
      await conversation(endpoint, whole.subarray(0, cut), { end: true });
    await endpoint.close();
    await server.close();
  });

  it('anything at all is ended or answered', async () => {
    const { endpoint } = await startEndpoint();
    const next = seeded(20_240_229);
    const valid = call(statementParameter, Buffer.from('SELECT 1', 'utf16le'));
    for (let round = 0; round < 150; round++) {
      const loggedIn = round % 3 > 0;
      const bytes = Buffer.from(loggedIn ? valid : login);
      for (let change = 0; change <= round % 4; change++) {
        bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      }
      await conversation(endpoint, bytes, { loggedIn, end: true });
    }
    await livesOn(endpoint);
  });

  it('requests and reads no answers waits, and the others do not', async () => {
    const { endpoint } = await startEndpoint();
    const socket = await open(endpoint);
    socket.pause();
    socket.write(Buffer.concat([login]));
    const long = `SELECT ${Array.from({ length: 200 }, () => `N'${'x'.repeat(4000)}'`).join(', ')}`;
    const text = Buffer.concat([headers, Buffer.from(long, 'utf16le')]);
    const packets: Buffer[] = [];
    for (let at = 0; at < text.length; at += 30_000) {
      packets.push(packet(1, text.subarray(at, at + 30_000), at + 30_000 >= text.length ? 1 : 0));
    }
    socket.write(Buffer.concat(packets));
    await livesOn(endpoint);
    await endpoint.close();
    socket.resume();
    await once(socket, 'close');
  });
});

/** Counts the ends of the server's messages. */
class ResponseReader {
  ends = 0;
  /** The last 13 bytes: a DONE. */
  last = Buffer.alloc(0);
  private bytes = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    while (this.bytes.length >= 8 && this.bytes.length >= this.bytes.readUInt16BE(2)) {
      const one = this.bytes.subarray(0, this.bytes.readUInt16BE(2));
      this.bytes = this.bytes.subarray(one.length);
      this.last = one.subarray(-13);
      this.ends += (one[1] ?? 0) & 1;
    }
  }
}

describe('a declaration of parameters', () => {
  it('gives their names, however long it is', () => {
    const { names } = prepare('SELECT 1', '@A nvarchar(max), @b_1 decimal(38, 0) output,@ç datetime2(7)');
    expect(names).toEqual(['@a', '@b_1', '@ç']);
    for (const part of ['@', '@a (']) expect(prepare('SELECT 1', part.repeat(300_000)).names).not.toEqual([]);
  });
});

describe('PacketReader', () => {
  const message = Buffer.concat([packet(1, Buffer.from('abc'), 8), packet(1, Buffer.from('def'))]);

  it('puts packets together, however they arrive', () => {
    for (let size = 1; size <= message.length; size++) {
      const reader = new PacketReader();
      const found: Message[] = [];
      for (let at = 0; at < message.length; at += size) found.push(...reader.push(message.subarray(at, at + size)));
      expect(found).toEqual([{ type: 1, payload: Buffer.from('abcdef'), ignored: false, resetsConnection: true }]);
    }
  });

  it('takes a long packet byte by byte without copying it for each', () => {
    const long = packet(1, Buffer.alloc(60_000, 1));
    const reader = new PacketReader();
    const found: Message[] = [];
    const { concat } = Buffer;
    let copied = 0;
    const spy = vi.spyOn(Buffer, 'concat').mockImplementation((list, length) => {
      const all = concat(list, length);
      copied += all.length;
      return all;
    });
    for (const byte of long) found.push(...reader.push(Buffer.from([byte])));
    spy.mockRestore();
    expect(found).toMatchObject([{ type: 1, payload: long.subarray(8) }]);
    expect(copied).toBeLessThan(4 * long.length);
  });

  it('refuses a message of empty packets', () => {
    const reader = new PacketReader();
    const part = Buffer.concat(Array.from({ length: 1000 }, () => packet(0x10, Buffer.alloc(0), 0)));
    expect(() => {
      for (let count = 0; count < 100; count++) reader.push(part);
    }).toThrow(TdsFormatError);
  });

  it('refuses a message that is too long before it is there', () => {
    const reader = new PacketReader();
    const part = packet(1, Buffer.alloc(65_000), 0);
    expect(() => {
      for (let count = 0; count < 300; count++) reader.push(part);
    }).toThrow(TdsFormatError);
  });
});
