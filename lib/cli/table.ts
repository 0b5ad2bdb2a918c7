// A result set as text in aligned columns, as sqlcmd prints it.

import type { SqlValue } from '../index.ts';
import { printable } from './format.ts';

export interface Table {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly SqlValue[])[];
}

export function tableLines({ columns, rows }: Table): string[] {
  const cells = rows.map((row) => row.map((value) => printable(textOf(value))));
  const headings = columns.map(({ name }) => printable(name));
  const widths = headings.map((heading, index) =>
    Math.max(heading.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const isNumber = columns.map((_, index) => rows.some((row) => ['number', 'bigint'].includes(typeof row[index])));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => (isNumber[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join(' ')
      .trimEnd();
  const dashes = widths.map((width) => '-'.repeat(width)).join(' ');
  return [
    line(headings),
    dashes,
    ...cells.map(line),
    '',
    `(${rows.length} row${rows.length === 1 ? '' : 's'} affected)`,
  ];
}

function textOf(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof Date) return localTime(value);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex').toUpperCase()}`;
  return String(value);
}

/** In the machine's time zone, which is the server's: so STOPAT takes it. */
function localTime(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 23).replace('T', ' ');
}
