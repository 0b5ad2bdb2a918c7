// What sqlcmd prints: messages on stderr, each after a header of numbers, and rows on stdout.
import type { SqlMessage } from '../executor.ts';

/** Between two columns; no name or value of RESTORE's result sets contains it. */
export const columnSeparator = '\u001f';

/**
 * "Msg 911, Level 16, State 1, Server HOST, Procedure p, Line 1". The words and commas may be another language's ("…，第 1 行"); the
 * numbers and their order are the format.
 */
const header =
  /^\S+ (\d+)[,，、] ?\S+ (\d+)[,，、] ?\S+ (\d+)[,，、] ?\S+ (.*?)(?:[,，、] ?\S+ (\S.*?))?[,，、] ?\S+ (\d+)(?: \S+)?$/;

/** How sqlcmd begins what it says itself, wherever that comes. */
const ownPrefix = 'Sqlcmd: ';

/** Reads messages line by line, and gives each at once: a text of several lines is several messages of one number. */
export class MessageReader {
  readonly #onMessage: (message: SqlMessage) => void;
  #header: Omit<SqlMessage, 'message'> | null = null;
  /** sqlcmd's own complaints, and what came before any header. */
  readonly ownLines: string[] = [];

  constructor(onMessage: (message: SqlMessage) => void) {
    this.#onMessage = onMessage;
  }

  line(line: string): void {
    const match = header.exec(line);
    if (match !== null) this.#header = readHeader(match);
    else if (line === '') return;
    else if (this.#header === null || line.startsWith(ownPrefix)) this.ownLines.push(line);
    else this.#onMessage({ ...this.#header, message: line });
  }
}

function readHeader([, number, severity, state, server = '', procedure = '', line]: RegExpExecArray) {
  return {
    number: Number(number),
    severity: Number(severity),
    state: Number(state),
    server,
    procedure,
    line: Number(line),
  };
}

/** The first result set: names, a line of dashes, rows, an empty line. NULL is the text NULL. A value may have line breaks. */
export function readRows(output: string): Record<string, string | null>[] {
  const lines = output.split(/\r?\n/);
  const start = lines.findIndex((line) => line.split(columnSeparator).every((part) => /^-+$/.test(part)));
  if (start < 1) return [];
  const columns = (lines[start - 1] ?? '').split(columnSeparator);
  const rows: Record<string, string | null>[] = [];
  let begun: string | null = null;
  for (const line of lines.slice(start + 1)) {
    if (begun === null && line === '') break;
    begun = begun === null ? line : `${begun}\n${line}`;
    const values = begun.split(columnSeparator);
    if (values.length < columns.length) continue;
    begun = null;
    rows.push(
      Object.fromEntries(columns.map((column, i) => [column, values[i] === 'NULL' ? null : (values[i] ?? null)])),
    );
  }
  return rows;
}
