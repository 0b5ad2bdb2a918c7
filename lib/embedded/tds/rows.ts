// Result sets as COLMETADATA and ROW tokens.
import type { SqlValue } from '../../sql/executor.ts';
import type { Column, ColumnType, ResultSet } from '../batch.ts';
import { textOf } from '../query/values.ts';
import { ByteWriter } from './bytes.ts';
import { version72 } from './login.ts';
import { collation } from './tokens.ts';

const metadataToken = 0x81;
const rowToken = 0xd1;
const nullable = 1;

const types = {
  uniqueidentifier: 0x24,
  int: 0x26,
  bit: 0x68,
  numeric: 0x6c,
  float: 0x6d,
  datetime: 0x6f,
  varbinary: 0xa5,
  nvarchar: 0xe7,
} as const;

const integerSizes: Readonly<Partial<Record<ColumnType, number>>> = { tinyint: 1, smallint: 2, int: 4, bigint: 8 };
/** Of a value with a length of its own. */
const mostBytes = 8000;
const noLength = 0xffff;
const noLongLength = 0xffffffffffffffffn;

/** As SQL Server's log sequence numbers are; wider where a value is. */
const usualPrecision = 25;
const usualNumericBytes = 12;
const mostPrecision = 38;
const mostNumericBytes = 16;

/** How one column's values are written. */
interface Shape {
  readonly describe: (writer: ByteWriter) => void;
  readonly write: (writer: ByteWriter, value: SqlValue) => void;
}

export function resultSetTokens({ columns, rows }: ResultSet, tdsVersion: number): Buffer {
  const shapes = columns.map((column, index) =>
    shapeOf(
      column,
      rows.map((row) => row[index] ?? null),
      tdsVersion,
    ),
  );
  const writer = new ByteWriter().u8(metadataToken).u16(columns.length);
  for (const [index, shape] of shapes.entries()) {
    if (tdsVersion >= version72) writer.u32(0);
    else writer.u16(0);
    writer.u16(nullable);
    shape.describe(writer);
    writer.shortText(columns[index]?.name ?? '');
  }
  for (const row of rows) {
    writer.u8(rowToken);
    for (const [index, shape] of shapes.entries()) shape.write(writer, row[index] ?? null);
  }
  return writer.toBuffer();
}

function shapeOf({ type }: Column, values: readonly SqlValue[], tdsVersion: number): Shape {
  switch (type) {
    case 'nvarchar':
      return bytesShape(types.nvarchar, values, tdsVersion, (value) => Buffer.from(textOf(value), 'utf16le'));
    case 'varbinary':
      return bytesShape(types.varbinary, values, tdsVersion, (value) =>
        value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(textOf(value), 'utf16le'),
      );
    case 'numeric':
      return numericShape(values);
    case 'float':
      return fixedShape([types.float, 8], 8, (writer, value) => writer.f64(Number(value)));
    case 'bit':
      return fixedShape([types.bit, 1], 1, (writer, value) => writer.u8(Number(value)));
    case 'datetime':
      return fixedShape([types.datetime, 8], 8, writeDate);
    case 'uniqueidentifier':
      return fixedShape([types.uniqueidentifier, 16], 16, (writer, value) => writer.bytes(guidBytes(textOf(value))));
    default: {
      const size = integerSizes[type] ?? 4;
      return fixedShape([types.int, size], size, (writer, value) => writer.bytes(integerBytes(value, size)));
    }
  }
}

function fixedShape(
  info: readonly number[],
  size: number,
  write: (writer: ByteWriter, value: SqlValue) => void,
): Shape {
  return {
    describe: (writer) => writer.u8(...info),
    write: (writer, value) => {
      if (value === null) writer.u8(0);
      else write(writer.u8(size), value);
    },
  };
}

/** Long values come in chunks, here in one. Before TDS 7.2 there are none, and a value is cut at 8000 bytes. */
function bytesShape(
  type: number,
  values: readonly SqlValue[],
  tdsVersion: number,
  bytesOf: (value: SqlValue) => Buffer,
): Shape {
  const isLong = tdsVersion >= version72 && values.some((value) => value !== null && bytesOf(value).length > mostBytes);
  return {
    describe: (writer) => {
      writer.u8(type).u16(isLong ? noLength : mostBytes);
      if (type === types.nvarchar) writer.bytes(collation);
    },
    write: (writer, value) => {
      if (value === null) isLong ? writer.u64(noLongLength) : writer.u16(noLength);
      else if (isLong) {
        const bytes = bytesOf(value);
        writer.u64(BigInt(bytes.length));
        if (bytes.length > 0) writer.u32(bytes.length).bytes(bytes);
        writer.u32(0);
      } else {
        const bytes = bytesOf(value).subarray(0, mostBytes);
        writer.u16(bytes.length).bytes(bytes);
      }
    },
  };
}

/** Whole numbers: the scale is always 0. */
function numericShape(values: readonly SqlValue[]): Shape {
  const isWide = values.some((value) => value !== null && magnitude(value) >= 10n ** BigInt(usualPrecision));
  const size = isWide ? mostNumericBytes : usualNumericBytes;
  return fixedShape(
    [types.numeric, size + 1, isWide ? mostPrecision : usualPrecision, 0],
    size + 1,
    (writer, value) => {
      writer.u8(BigInt(String(value)) < 0n ? 0 : 1).bytes(littleEndian(magnitude(value), size));
    },
  );
}

function magnitude(value: SqlValue): bigint {
  const whole = BigInt(String(value));
  return whole < 0n ? -whole : whole;
}

function littleEndian(value: bigint, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0, rest = value; index < size; index++, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  return bytes;
}

/** Two's complement; exact for a bigint, which a number may not be. */
function integerBytes(value: SqlValue, size: number): Buffer {
  const whole = typeof value === 'bigint' ? value : BigInt(Number(value));
  return littleEndian(BigInt.asUintN(size * 8, whole), size);
}

const ticksOfDay = 86_400 * 300;

/** Days since 1900 and three-hundredths of a second, in this machine's time zone, which is the server's. */
function writeDate(writer: ByteWriter, value: SqlValue): void {
  const date = value instanceof Date ? value : new Date(textOf(value));
  const sinceEpoch = date.getTime() - date.getTimezoneOffset() * 60_000 - Date.UTC(1900, 0, 1);
  // Rounded first: a day's last millisecond belongs to the next one.
  const ticks = Math.round((sinceEpoch * 3) / 10);
  const days = Math.floor(ticks / ticksOfDay);
  writer.i32(days).u32(ticks - days * ticksOfDay);
}

/** The first three groups are little-endian. */
function guidBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', '').padEnd(32, '0').slice(0, 32), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
