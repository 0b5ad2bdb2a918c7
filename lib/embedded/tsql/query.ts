// Parses SELECT, from behind its first word: expressions, and the rows of one view.
import type { SqlValue } from '../../sql/executor.ts';
import type { ColumnType } from '../batch.ts';
import { type Cursor, isWord, keywords } from './cursor.ts';
import type { Comparison, Expression, SelectItem, SelectStatement } from './query-ast.ts';

const comparisons: readonly Comparison[] = ['=', '<>', '<=', '>=', '<', '>'];

/** What CAST may name, and what it is here. */
const typeNames: Readonly<Record<string, ColumnType>> = {
  BIT: 'bit',
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  INT: 'int',
  INTEGER: 'int',
  BIGINT: 'bigint',
  NUMERIC: 'numeric',
  DECIMAL: 'numeric',
  FLOAT: 'float',
  REAL: 'float',
  DATETIME: 'datetime',
  DATETIME2: 'datetime',
  NVARCHAR: 'nvarchar',
  VARCHAR: 'nvarchar',
  NCHAR: 'nvarchar',
  CHAR: 'nvarchar',
  SYSNAME: 'nvarchar',
  VARBINARY: 'varbinary',
  UNIQUEIDENTIFIER: 'uniqueidentifier',
};

/** Functions that are written without parentheses. */
const bareFunctions: ReadonlySet<string> = new Set(['SYSTEM_USER', 'CURRENT_TIMESTAMP']);

export function parseSelect(cursor: Cursor): SelectStatement {
  const items = cursor.list(() => parseItem(cursor));
  const from = cursor.take('FROM') ? parseView(cursor) : null;
  const where: SelectStatement['where'][number][] = [];
  if (cursor.take('WHERE')) {
    do where.push(parseCondition(cursor));
    while (cursor.take('AND'));
  }
  const orderBy: SelectStatement['orderBy'][number][] = [];
  if (cursor.take('ORDER')) {
    cursor.expect('BY');
    orderBy.push(...cursor.list(() => parseOrder(cursor)));
  }
  return { kind: 'select', items, from, where, orderBy };
}

function parseItem(cursor: Cursor): SelectItem {
  if (cursor.take('*')) return { expression: null, name: '' };
  const expression = parseExpression(cursor);
  const asked = cursor.take('AS');
  const token = cursor.peek();
  if (token.kind === 'string') return { expression, name: cursor.text() };
  const isName = token.kind === 'delimited' || (token.kind === 'word' && !keywords.has(token.value.toUpperCase()));
  return { expression, name: asked || isName ? cursor.name() : '' };
}

function parseView(cursor: Cursor): SelectStatement['from'] {
  const { line } = cursor.peek();
  const parts = [cursor.name()];
  while (cursor.take('.')) parts.push(cursor.name());
  if (cursor.take('AS')) cursor.name();
  const [object = '', schema, database] = parts.toReversed();
  const view = (schema === undefined ? object : `${schema}.${object}`).toLowerCase();
  return { database: database ?? null, view, line };
}

function parseCondition(cursor: Cursor): SelectStatement['where'][number] {
  const left = parseExpression(cursor);
  const comparison = parseComparison(cursor);
  return { left, comparison, right: parseExpression(cursor) };
}

function parseComparison(cursor: Cursor): Comparison {
  const first = cursor.next();
  const two = `${first.value}${cursor.peek().kind === 'symbol' ? cursor.peek().value : ''}`;
  const found = comparisons.find((one) => one === (two === '!=' ? '<>' : two));
  if (found !== undefined && found.length === 2) {
    cursor.next();
    return found;
  }
  return comparisons.find((one) => one === first.value) ?? cursor.refuse(first);
}

function parseOrder(cursor: Cursor): SelectStatement['orderBy'][number] {
  const column = parseExpression(cursor);
  const descending = cursor.take('DESC');
  if (!descending) cursor.take('ASC');
  return { column, descending };
}

function parseExpression(cursor: Cursor): Expression {
  const token = cursor.next();
  const { line } = token;
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', value: parseNumber(cursor, token.value) };
    case 'string':
      return { kind: 'literal', value: token.value };
    case 'variable':
      if (token.value.startsWith('@@')) return { kind: 'global', name: token.value.toLowerCase(), line };
      return { kind: 'literal', value: cursor.variable(token) };
    case 'symbol': {
      const number = token.value === '-' && cursor.peek().kind === 'number' ? cursor.next() : null;
      return number === null
        ? cursor.refuse(token)
        : { kind: 'literal', value: parseNumber(cursor, `-${number.value}`) };
    }
    case 'word':
      if (isWord(token, 'NULL')) return { kind: 'literal', value: null };
      if (isWord(token, 'CAST') || isWord(token, 'TRY_CAST')) return parseCast(cursor);
      if (cursor.take('(')) return parseCall(cursor, token.value.toUpperCase(), line);
      if (bareFunctions.has(token.value.toUpperCase())) {
        return { kind: 'call', name: token.value.toUpperCase(), args: [], line };
      }
      return parseColumn(cursor, token.value, line);
    case 'delimited':
      return parseColumn(cursor, token.value, line);
    case 'end':
      return cursor.refuse(token);
  }
}

/** The lexer knows digits only: a point and more of them may follow. */
function parseNumber(cursor: Cursor, digits: string): SqlValue {
  if (cursor.peek().value === '.' && cursor.peek(1).kind === 'number') {
    cursor.next();
    return Number(`${digits}.${cursor.next().value}`);
  }
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

function parseColumn(cursor: Cursor, first: string, line: number): Expression {
  let name = first;
  // A table's name or alias before it: there is only one table.
  while (cursor.take('.')) name = cursor.name();
  return { kind: 'column', name, line };
}

function parseCall(cursor: Cursor, name: string, line: number): Expression {
  if (name === 'COUNT') cursor.expect('*');
  const args = cursor.peek().value === ')' ? [] : cursor.list(() => parseExpression(cursor));
  cursor.expect(')');
  return { kind: 'call', name, args, line };
}

function parseCast(cursor: Cursor): Expression {
  cursor.expect('(');
  const value = parseExpression(cursor);
  cursor.expect('AS');
  const token = cursor.next();
  const name = token.value.toUpperCase();
  const type = Object.hasOwn(typeNames, name) ? typeNames[name] : undefined;
  if (type === undefined) return cursor.refuseWith(243, [token.value], token);
  // Lengths, precisions and scales make no difference here.
  if (cursor.take('(')) {
    cursor.list(() => cursor.next());
    cursor.expect(')');
  }
  cursor.expect(')');
  return { kind: 'cast', value, type };
}
