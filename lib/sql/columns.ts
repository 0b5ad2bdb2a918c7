// Values of the server's columns, whichever driver they came through, as one JavaScript type for each kind of column.
import type { SqlValue } from './executor.ts';

/** What a column becomes. */
export interface Kinds {
  text: string;
  number: number;
  bigint: bigint;
  boolean: boolean;
  date: Date;
  bytes: Uint8Array;
}

/** A column's name on the server and its kind. */
export type Column = readonly [name: string, kind: keyof Kinds];

/** A row by these columns; null also where the server, being older, has no such column. */
export type RowOf<T extends Readonly<Record<string, Column>>> = {
  readonly [K in keyof T]: Kinds[T[K][1]] | null;
};

type Row = Readonly<Record<string, SqlValue>>;

export function readRow<T extends Readonly<Record<string, Column>>>(columns: T, row: Row): RowOf<T> {
  const entries = Object.entries(columns).map(([property, [name, kind]]) => [
    property,
    readers[kind](row[name] ?? null),
  ]);
  return Object.fromEntries(entries);
}

/** Each gives null for what is not of its kind. */
const readers: { readonly [K in keyof Kinds]: (value: SqlValue) => Kinds[K] | null } = {
  text: (value) => (value === null ? null : String(value)),
  number: toNumber,
  bigint: toBigInt,
  boolean: (value) => (value === null ? null : typeof value === 'string' ? value === '1' : Boolean(value)),
  date: toDate,
  bytes: toBytes,
};

export function toNumber(value: SqlValue | undefined): number | null {
  const number = typeof value === 'object' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

/** A number beyond 2^53 was rounded by its driver: no value is better than a wrong one. */
function toBigInt(value: SqlValue): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : null;
}

/** Text (of sqlcmd) without a zone is in the server's, which is this machine's. */
function toDate(value: SqlValue): Date | null {
  if (value instanceof Date) return value;
  const date = typeof value === 'string' ? new Date(value.replace(' ', 'T')) : null;
  return date === null || Number.isNaN(date.getTime()) ? null : date;
}

function toBytes(value: SqlValue): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value) ? Buffer.from(value.slice(2), 'hex') : null;
}
