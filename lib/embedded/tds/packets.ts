// TDS packets: what arrives is put together to messages, what is sent is cut into packets.
import { TdsFormatError } from './bytes.ts';

export const messageTypes = {
  batch: 0x01,
  rpc: 0x03,
  response: 0x04,
  attention: 0x06,
  bulkLoad: 0x07,
  transactionManager: 0x0e,
  login: 0x10,
  preLogin: 0x12,
} as const;

const status = { endOfMessage: 0x01, ignore: 0x02, resetConnection: 0x08, resetConnectionKeepTransaction: 0x10 };
const headerSize = 8;

/** In bytes; what a server uses until a login asks for another. */
export const defaultPacketSize = 4096;

/** The longest message by type, with its packets' headers: only a batch and a call may be long. */
const longest: ReadonlyMap<number, number> = new Map([
  [messageTypes.batch, 16 * 2 ** 20],
  [messageTypes.rpc, 16 * 2 ** 20],
  [messageTypes.attention, headerSize],
  [messageTypes.bulkLoad, 2 ** 20],
  [messageTypes.transactionManager, 2 ** 16],
  [messageTypes.login, 2 ** 17],
  [messageTypes.preLogin, 2 ** 12],
]);

export interface Message {
  readonly type: number;
  readonly payload: Buffer;
  /** The client gave the message up while it sent it. */
  readonly ignored: boolean;
  /** The session begins anew before this message. */
  readonly resetsConnection: boolean;
}

export class PacketReader {
  private received: Buffer[] = [];
  private receivedSize = 0;
  private parts: Buffer[] = [];
  private size = 0;
  private type: number | null = null;
  private resets = false;

  /** The messages that are complete now. Throws a TdsFormatError for what is no packet or belongs to too long a message. */
  push(chunk: Buffer): Message[] {
    this.received.push(chunk);
    this.receivedSize += chunk.length;
    const messages: Message[] = [];
    for (let packet = this.nextPacket(); packet !== null; packet = this.nextPacket()) {
      const message = this.add(packet);
      if (message !== null) messages.push(message);
    }
    return messages;
  }

  private nextPacket(): Buffer | null {
    if (this.receivedSize < headerSize) return null;
    const header = this.gather(headerSize);
    const length = header.readUInt16BE(2);
    if (length < headerSize) throw new TdsFormatError(`A packet says that it has ${length} bytes.`);
    // Looked at before its content has arrived: who speaks another protocol shall not wait for more.
    this.checkType(header.readUInt8(0));
    if (this.receivedSize < length) return null;
    const all = this.gather(length);
    this.received[0] = all.subarray(length);
    this.receivedSize -= length;
    return all.subarray(0, length);
  }

  /** The first buffer, made at least that long. */
  private gather(size: number): Buffer {
    if ((this.received[0]?.length ?? 0) < size) this.received = [Buffer.concat(this.received)];
    return this.received[0] ?? Buffer.alloc(0);
  }

  private checkType(type: number): void {
    if (!longest.has(type)) throw new TdsFormatError(`There is no message of type ${type}.`);
    if (this.type !== null && type !== this.type) {
      throw new TdsFormatError(`A packet of type ${type} came within a message of type ${this.type}.`);
    }
  }

  private add(packet: Buffer): Message | null {
    const type = packet.readUInt8(0);
    const flags = packet.readUInt8(1);
    if (this.type === null) {
      this.type = type;
      this.resets = (flags & (status.resetConnection | status.resetConnectionKeepTransaction)) !== 0;
    }
    this.size += packet.length;
    const limit = longest.get(type) ?? 0;
    if (this.size > limit) throw new TdsFormatError(`A message of type ${type} has more than ${limit} bytes.`);
    this.parts.push(packet.subarray(headerSize));
    if ((flags & status.endOfMessage) === 0) return null;
    const message: Message = {
      type,
      payload: Buffer.concat(this.parts),
      ignored: (flags & status.ignore) !== 0,
      resetsConnection: this.resets,
    };
    this.parts = [];
    this.size = 0;
    this.type = null;
    return message;
  }
}

/** A part of a response as packets; with `last`, its end. */
export function* toPackets(payload: Buffer, packetSize: number, last: boolean): Generator<Buffer> {
  const room = packetSize - headerSize;
  for (let done = 0; done < payload.length; done += room) {
    const content = payload.subarray(done, done + room);
    const header = Buffer.alloc(headerSize);
    header.writeUInt8(messageTypes.response, 0);
    header.writeUInt8(last && done + room >= payload.length ? status.endOfMessage : 0, 1);
    header.writeUInt16BE(headerSize + content.length, 2);
    header.writeUInt8(1, 6);
    yield Buffer.concat([header, content]);
  }
}
