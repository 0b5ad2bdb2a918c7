// Cuts a batch into its statements. Whatever is not understood is refused with SQL Server's own syntax errors.
import type { SqlValue } from '../../sql/executor.ts';
import type { Statement } from './ast.ts';
import { parseBackup, parseRestore } from './backup.ts';
import { Cursor, keywords } from './cursor.ts';
import { parseSelect } from './query.ts';

export interface BatchStatement {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly statement: Statement;
}

const parsers: Readonly<Record<string, (cursor: Cursor) => Statement>> = {
  BACKUP: parseBackup,
  RESTORE: parseRestore,
  SELECT: parseSelect,
  USE: (cursor) => ({ kind: 'use', database: cursor.name() }),
  SET: parseSet,
  DBCC: parseCheck,
};

/** Throws a StatementFailure with the first error of the batch, of which nothing is run then. */
export function parseBatch(text: string, parameters: ReadonlyMap<string, SqlValue>): BatchStatement[] {
  const cursor = new Cursor(text, parameters);
  const statements: BatchStatement[] = [];
  for (;;) {
    while (cursor.take(';'));
    if (cursor.atEnd) return statements;
    const { line } = cursor.peek();
    statements.push({ line, statement: parseStatement(cursor, statements.length === 0) });
  }
}

function parseStatement(cursor: Cursor, first: boolean): Statement {
  const token = cursor.next();
  const word = token.kind === 'word' ? token.value.toUpperCase() : '';
  const parse = Object.hasOwn(parsers, word) ? parsers[word] : undefined;
  if (parse !== undefined) return parse(cursor);
  if (word === 'EXEC' || word === 'EXECUTE') return parseProcedure(cursor, cursor.name());
  // Only a batch's first statement may be a procedure's bare name.
  const isName = token.kind === 'delimited' || (word !== '' && !keywords.has(word));
  return first && isName ? parseProcedure(cursor, token.value) : cursor.refuse(token);
}

/** Everything up to what may begin another statement. */
function parseSet(cursor: Cursor): Statement {
  const first = cursor.next();
  if (first.kind !== 'word') cursor.refuse(first);
  skipArguments(cursor);
  return { kind: 'set' };
}

function parseProcedure(cursor: Cursor, name: string): Statement {
  let full = name;
  while (cursor.take('.')) full += `.${cursor.name()}`;
  skipArguments(cursor);
  return { kind: 'procedure', name: full };
}

function skipArguments(cursor: Cursor): void {
  for (let token = cursor.peek(); token.kind !== 'end' && token.value !== ';'; token = cursor.peek()) {
    if (token.kind === 'word' && Object.hasOwn(parsers, token.value.toUpperCase())) return;
    cursor.next();
  }
}

function parseCheck(cursor: Cursor): Statement {
  const command = cursor.next();
  if (command.kind !== 'word') cursor.refuse(command);
  if (command.value.toUpperCase() !== 'CHECKDB') cursor.refuseWith(2526, [command.value], command);
  cursor.expect('(');
  const database = cursor.peek().kind === 'string' ? cursor.text() : cursor.name(true);
  cursor.expect(')');
  let infoMessages = true;
  if (cursor.take('WITH')) {
    cursor.list(() => {
      if (cursor.take('NO_INFOMSGS')) infoMessages = false;
      else if (!cursor.take('ALL_ERRORMSGS') && !cursor.take('PHYSICAL_ONLY')) cursor.refuse(cursor.next());
    });
  }
  return { kind: 'checkDatabase', database, infoMessages };
}
