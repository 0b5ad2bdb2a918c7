// Values and their types: what an expression's type is, conversions, comparisons.
import type { SqlValue } from '../../sql/executor.ts';
import type { ColumnType } from '../batch.ts';
import { fail } from '../messages.ts';
import { dateOf } from '../tsql/dates.ts';

export interface Typed {
  readonly value: SqlValue;
  readonly type: ColumnType;
}

const ranges: Readonly<Partial<Record<ColumnType, readonly [bigint, bigint]>>> = {
  tinyint: [0n, 255n],
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** The type SQL Server gives such a constant. */
export function typed(value: SqlValue): Typed {
  return { value, type: typeOf(value) };
}

function typeOf(value: SqlValue): ColumnType {
  if (typeof value === 'string') return 'nvarchar';
  if (typeof value === 'boolean') return 'bit';
  if (value instanceof Date) return 'datetime';
  if (value instanceof Uint8Array) return 'varbinary';
  if (value === null) return 'int';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'float';
  const whole = BigInt(value);
  return within(whole, 'int') ? 'int' : within(whole, 'bigint') ? 'bigint' : 'numeric';
}

function within(value: bigint, type: ColumnType): boolean {
  const range = ranges[type];
  return range === undefined || (value >= range[0] && value <= range[1]);
}

/** Throws message 245 where the value cannot be had in that type, 8115 where it is too large for it. */
export function convert(value: SqlValue, type: ColumnType): Typed {
  if (value === null) return { value, type };
  switch (type) {
    case 'nvarchar':
    case 'uniqueidentifier':
      return { value: textOf(value), type };
    case 'datetime': {
      const date = value instanceof Date ? value : dateOf(textOf(value));
      return { value: date ?? refuse(value, type), type };
    }
    case 'varbinary':
      return { value: value instanceof Uint8Array ? value : Buffer.from(textOf(value), 'utf16le'), type };
    case 'bit':
      return { value: numberOf(value, type) !== 0, type };
    case 'float':
      return { value: numberOf(value, type), type };
    case 'numeric': {
      const number = numberOf(value, type);
      return Number.isInteger(number) ? { value: wholeOf(value, type), type } : { value: number, type: 'float' };
    }
    default: {
      const whole = wholeOf(value, type);
      if (!within(whole, type)) fail(8115, ['expression', type]);
      return { value: type === 'bigint' ? whole : Number(whole), type };
    }
  }
}

export function textOf(value: SqlValue): string {
  if (value instanceof Date) return localText(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf16le');
  if (typeof value === 'boolean') return value ? '1' : '0';
  return String(value);
}

function numberOf(value: SqlValue, type: ColumnType): number {
  const number = typeof value === 'string' && value.trim() === '' ? 0 : Number(value);
  return value instanceof Date || value instanceof Uint8Array || Number.isNaN(number) ? refuse(value, type) : number;
}

function wholeOf(value: SqlValue, type: ColumnType): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'string' && /^\s*-?\d+\s*$/.test(value)
    ? BigInt(value)
    : BigInt(Math.trunc(numberOf(value, type)));
}

function refuse(value: SqlValue, type: ColumnType): never {
  return fail(245, [typeOf(value), textOf(value), type]);
}

/** Less than, equal to or more than 0; null: unknown, because one of them is NULL. Of texts, case does not matter. */
export function compare(left: SqlValue, right: SqlValue): number | null {
  if (left === null || right === null) return null;
  if (typeof left === 'string' && typeof right === 'string') {
    const [one, other] = [left.toLowerCase(), right.toLowerCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return Number(left) - Number(right);
}

/** Without a zone, as dateOf reads it. */
function localText(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 23);
}
