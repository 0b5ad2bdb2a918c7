// What clients ask: batches as text, and calls of the procedures that run statements with parameters.
import type { SqlValue } from '../../sql/executor.ts';
import { ByteReader, TdsFormatError } from './bytes.ts';
import { version72 } from './login.ts';
import { readTypedValue } from './parameters.ts';

/** Both kinds of request begin with headers, which say nothing that the stand-in needs. */
function afterHeaders(payload: Buffer, tdsVersion: number): ByteReader {
  const reader = new ByteReader(payload);
  if (tdsVersion < version72) return reader;
  const length = reader.u32();
  if (length < 4) throw new TdsFormatError(`A request's headers have ${length} bytes.`);
  reader.take(length - 4);
  return reader;
}

/** A batch's text. Throws a TdsFormatError. */
export function readBatch(payload: Buffer, tdsVersion: number): string {
  const reader = afterHeaders(payload, tdsVersion);
  if (reader.remaining % 2 !== 0) throw new TdsFormatError('A batch has half a character.');
  return reader.text(reader.remaining / 2);
}

export interface Parameter {
  /** With its @; empty where it is given by its place. */
  readonly name: string;
  readonly value: SqlValue;
}

export interface Call {
  /** In lower case. */
  readonly procedure: string;
  readonly parameters: readonly Parameter[];
}

const byNumber = 0xffff;
const procedures: Readonly<Record<number, string>> = {
  10: 'sp_executesql',
  11: 'sp_prepare',
  12: 'sp_execute',
  13: 'sp_prepexec',
  15: 'sp_unprepare',
};

/** One call: several in one message are not supported. Throws a TdsFormatError. */
export function readCall(payload: Buffer, tdsVersion: number): Call {
  const reader = afterHeaders(payload, tdsVersion);
  const length = reader.u16();
  const number = length === byNumber ? reader.u16() : null;
  const procedure = number === null ? reader.text(length) : (procedures[number] ?? `procedure ${number}`);
  reader.u16();
  const parameters: Parameter[] = [];
  while (reader.remaining > 0) {
    const name = reader.text(reader.u8());
    reader.u8();
    parameters.push({ name, value: readTypedValue(reader) });
  }
  return { procedure: procedure.toLowerCase(), parameters };
}

/** A statement with parameters, and the values it runs with. */
export interface Prepared {
  readonly text: string;
  /** In the order of their declaration, in lower case, with their @. */
  readonly names: readonly string[];
}

export function prepare(text: SqlValue | undefined, declaration: SqlValue | undefined): Prepared {
  if (typeof text !== 'string') throw new TdsFormatError('A call has no statement.');
  const declared = typeof declaration === 'string' ? declaration : '';
  // Types have no @ in them.
  const names = declared.toLowerCase().match(/@[\p{L}\p{N}_@#$]+/gu) ?? [];
  return { text, names };
}

/** By name or, where a parameter has none, by place. */
export function bind({ names }: Prepared, given: readonly Parameter[]): Map<string, SqlValue> {
  return new Map(
    given.map(({ name, value }, index) => [name === '' ? (names[index] ?? '') : name.toLowerCase(), value]),
  );
}
