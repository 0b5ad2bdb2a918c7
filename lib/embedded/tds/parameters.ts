// The values of a remote procedure call's parameters.
import type { SqlValue } from '../../sql/executor.ts';
import { type ByteReader, TdsFormatError } from './bytes.ts';

const noLength = 0xffff;
const noLongLength = 0xffffffffffffffffn;

type ReadValue = (reader: ByteReader) => SqlValue;

/** Types whose values say their length in one byte, 0 for NULL; the type itself says the longest. */
const shortTypes: Readonly<Record<number, (bytes: Buffer) => SqlValue>> = {
  36: (bytes) => guidText(bytes),
  38: (bytes) => integerOf(bytes),
  104: (bytes) => bytes[0] !== 0,
  109: (bytes) => (bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE()),
  111: (bytes) => (bytes.length === 4 ? smallDate(bytes) : date(bytes)),
};

/** Types of a fixed length, without NULL. */
const fixedTypes: Readonly<Record<number, (reader: ByteReader) => SqlValue>> = {
  31: () => null,
  48: (reader) => reader.u8(),
  50: (reader) => reader.u8() !== 0,
  52: (reader) => integerOf(reader.take(2)),
  56: (reader) => integerOf(reader.take(4)),
  58: (reader) => smallDate(reader.take(4)),
  59: (reader) => reader.take(4).readFloatLE(),
  61: (reader) => date(reader.take(8)),
  62: (reader) => reader.take(8).readDoubleLE(),
  127: (reader) => integerOf(reader.take(8)),
};

/** Types whose values say their length in two bytes, or come in chunks. */
const binaryTypes: ReadonlySet<number> = new Set([165, 173]);
const narrowTextTypes: ReadonlySet<number> = new Set([167, 175]);
const wideTextTypes: ReadonlySet<number> = new Set([231, 239]);
const decimalTypes: ReadonlySet<number> = new Set([106, 108]);
const dateType = 40;
const dateTime2Type = 42;
const collationSize = 5;

/** A type and its value. Throws a TdsFormatError for a type that no client of the stand-in has a use for. */
export function readTypedValue(reader: ByteReader): SqlValue {
  return readType(reader)(reader);
}

function readType(reader: ByteReader): ReadValue {
  const type = reader.u8();
  const fixed = fixedTypes[type];
  if (fixed !== undefined) return fixed;
  const short = shortTypes[type];
  if (short !== undefined) {
    const longest = reader.u8();
    return (from) => shortValue(from, longest, short);
  }
  if (decimalTypes.has(type)) {
    const longest = reader.u8();
    const [, scale] = [reader.u8(), reader.u8()];
    return (from) => shortValue(from, longest, (bytes) => decimalOf(bytes, scale));
  }
  if (type === dateType) return (from) => shortValue(from, 3, (bytes) => dayOf(bytes));
  if (type === dateTime2Type) {
    const scale = reader.u8();
    return (from) => shortValue(from, 8, (bytes) => dateTime2(bytes, scale));
  }
  const decode = binaryTypes.has(type)
    ? (bytes: Buffer): SqlValue => Buffer.from(bytes)
    : narrowTextTypes.has(type)
      ? (bytes: Buffer): SqlValue => bytes.toString('latin1')
      : wideTextTypes.has(type)
        ? (bytes: Buffer): SqlValue => bytes.toString('utf16le')
        : null;
  if (decode === null) throw new TdsFormatError(`Parameters of type ${type} are not supported.`);
  const longest = reader.u16();
  if (!binaryTypes.has(type)) reader.take(collationSize);
  return (from) => (longest === noLength ? chunks(from, decode) : longValue(from, decode));
}

function shortValue(reader: ByteReader, longest: number, decode: (bytes: Buffer) => SqlValue): SqlValue {
  const length = reader.u8();
  if (length > longest) throw new TdsFormatError(`A value of ${length} bytes has a type of ${longest}.`);
  if (length === 0) return null;
  const bytes = reader.take(length);
  try {
    return decode(bytes);
  } catch (cause) {
    throw new TdsFormatError(`A value has ${length} bytes, which its type never has.`, { cause });
  }
}

function longValue(reader: ByteReader, decode: (bytes: Buffer) => SqlValue): SqlValue {
  const length = reader.u16();
  return length === noLength ? null : decode(reader.take(length));
}

/** The total length may be unknown: the chunks are what counts. */
function chunks(reader: ByteReader, decode: (bytes: Buffer) => SqlValue): SqlValue {
  if (reader.u64() === noLongLength) return null;
  const parts: Buffer[] = [];
  for (let length = reader.u32(); length > 0; length = reader.u32()) parts.push(reader.take(length));
  return decode(Buffer.concat(parts));
}

function integerOf(bytes: Buffer): SqlValue {
  if (bytes.length === 8) return bytes.readBigInt64LE();
  return bytes.length === 1 ? bytes.readUInt8() : bytes.readIntLE(0, bytes.length);
}

/** A sign, then the magnitude. */
function decimalOf(bytes: Buffer, scale: number): SqlValue {
  let value = 0n;
  for (const byte of bytes.subarray(1).toReversed()) value = (value << 8n) | BigInt(byte);
  const signed = bytes[0] === 0 ? -value : value;
  return scale === 0 ? signed : Number(signed) / 10 ** scale;
}

function guidText(bytes: Buffer): string {
  const groups = [
    [3, 2, 1, 0],
    [5, 4],
    [7, 6],
    [8, 9],
    [10, 11, 12, 13, 14, 15],
  ];
  return groups
    .map((group) => group.map((index) => bytes.readUInt8(index).toString(16).padStart(2, '0')).join(''))
    .join('-')
    .toUpperCase();
}

/** Days since 1900, three-hundredths of a second. */
function date(bytes: Buffer): Date {
  return since1900(bytes.readInt32LE(0), Math.round((bytes.readUInt32LE(4) * 10) / 3));
}

/** Days since 1900, minutes. */
function smallDate(bytes: Buffer): Date {
  return since1900(bytes.readUInt16LE(0), bytes.readUInt16LE(2) * 60_000);
}

function since1900(days: number, milliseconds: number): Date {
  return inLocalTime(Date.UTC(1900, 0, 1 + days) + milliseconds);
}

/** Days since the year 1. */
function dayOf(bytes: Buffer): Date {
  return inLocalTime((bytes.readUIntLE(0, 3) - 719_162) * 86_400_000);
}

/** Fractions of a second, by the scale, then the day. */
function dateTime2(bytes: Buffer, scale: number): Date {
  const timeBytes = bytes.length - 3;
  const fractions = bytes.readUIntLE(0, timeBytes);
  return new Date(dayOf(bytes.subarray(timeBytes)).getTime() + Math.floor((fractions * 1000) / 10 ** scale));
}

/** The server's time zone is this machine's: what shows the same on its clocks as `time` does in UTC. */
function inLocalTime(time: number): Date {
  const shown = new Date(time);
  return new Date(time + shown.getTimezoneOffset() * 60_000);
}
