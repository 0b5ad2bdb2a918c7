// The messages before a session: PRELOGIN and LOGIN7.
import { ByteReader, ByteWriter, TdsFormatError } from './bytes.ts';
import { defaultPacketSize } from './packets.ts';

const preLogin = { version: 0, encryption: 1, instance: 2, threadId: 3, mars: 4, end: 0xff };
const encryptionNotSupported = 2;

/** The answer to any PRELOGIN: no encryption, one request at a time. */
export function preLoginAnswer(version: readonly [major: number, minor: number]): Buffer {
  const options: readonly (readonly [number, Buffer])[] = [
    [preLogin.version, Buffer.from([...version, 0, 0, 0, 0])],
    [preLogin.encryption, Buffer.from([encryptionNotSupported])],
    [preLogin.instance, Buffer.from([0])],
    [preLogin.threadId, Buffer.alloc(0)],
    [preLogin.mars, Buffer.from([0])],
  ];
  let offset = options.length * 5 + 1;
  const header = Buffer.alloc(offset, preLogin.end);
  for (const [index, [option, { length }]] of options.entries()) {
    header.writeUInt8(option, index * 5);
    header.writeUInt16BE(offset, index * 5 + 1);
    header.writeUInt16BE(length, index * 5 + 3);
    offset += length;
  }
  return Buffer.concat([header, ...options.map(([, content]) => content)]);
}

export interface Login {
  /** As LOGIN7 gives it: 0x71000001 to 0x74000004. */
  readonly tdsVersion: number;
  readonly packetSize: number;
  readonly user: string;
  readonly password: string;
  /** Empty: the default. */
  readonly database: string;
  /** Windows authentication was asked for. */
  readonly integrated: boolean;
}

const oldestVersion = 0x71000000;
export const newestVersion = 0x74000004;
/** From here on the numbers in tokens are longer. */
export const version72 = 0x72000000;

const fixedSize = 86;
const longestField = 128;
const integratedSecurity = 0x80;

/** Throws a TdsFormatError. */
export function readLogin(payload: Buffer): Login {
  if (payload.length < fixedSize) throw new TdsFormatError(`A login of ${payload.length} bytes is too short.`);
  const field = (position: number): Buffer => {
    const [offset, length] = [payload.readUInt16LE(position), payload.readUInt16LE(position + 2)];
    if (length > longestField) throw new TdsFormatError(`A login's field has ${length} characters.`);
    const reader = new ByteReader(payload);
    reader.take(length === 0 ? 0 : offset);
    return reader.take(length * 2);
  };
  const version = payload.readUInt32LE(4);
  if (version < oldestVersion) throw new TdsFormatError(`TDS of version 0x${version.toString(16)} is too old.`);
  const packetSize = payload.readUInt32LE(8);
  return {
    tdsVersion: Math.min(version, newestVersion),
    packetSize: packetSize >= 512 && packetSize <= 32767 ? packetSize : defaultPacketSize,
    user: field(40).toString('utf16le'),
    password: unscramble(field(44)).toString('utf16le'),
    database: field(68).toString('utf16le'),
    integrated: (payload.readUInt8(25) & integratedSecurity) !== 0,
  };
}

/** Each byte was swapped by halves and then combined with 0xa5. */
function unscramble(scrambled: Buffer): Buffer {
  return Buffer.from(
    scrambled.map((byte) => {
      const swapped = byte ^ 0xa5;
      return ((swapped << 4) & 0xf0) | (swapped >> 4);
    }),
  );
}

/** What follows the login in its answer, besides messages. */
export function loginAck(
  tdsVersion: number,
  program: string,
  version: readonly [major: number, minor: number],
): Buffer {
  const content = new ByteWriter().u8(1);
  const number = Buffer.alloc(4);
  number.writeUInt32BE(tdsVersion);
  content
    .bytes(number)
    .shortText(program)
    .u8(...version, 0, 0);
  return new ByteWriter().u8(0xad).sized(content).toBuffer();
}
