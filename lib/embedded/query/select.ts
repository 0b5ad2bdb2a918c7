// Runs SELECT: expressions over one view's rows, or over none.
import type { SqlValue } from '../../sql/executor.ts';
import type { ColumnType, ResultSet } from '../batch.ts';
import { keyOf } from '../catalog.ts';
import { draft, type MessageNumber, StatementFailure } from '../messages.ts';
import type { Comparison, Expression, SelectItem, SelectStatement } from '../tsql/query-ast.ts';
import { functions, globals, type Scope } from './functions.ts';
import { compare, convert, type Typed, typed } from './values.ts';
import { masterDatabase, type Row, views } from './views.ts';

interface Source {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly rows: readonly Row[];
}

/** What an expression is evaluated against. */
interface Frame extends Scope {
  readonly source: Source;
  readonly row: Row;
}

const aggregates: ReadonlySet<string> = new Set(['COUNT', 'SUM', 'MAX', 'MIN']);

/** Throws a StatementFailure: 195, 207, 208, 245, 911 … */
export async function runSelect(statement: SelectStatement, scope: Scope): Promise<ResultSet> {
  const source = await sourceOf(statement, scope);
  const frame = (row: Row): Frame => ({ ...scope, source, row });
  const rows = source.rows.filter((row) => statement.where.every((condition) => holds(condition, frame(row))));
  const items = statement.items.flatMap((item) => expand(item, source));
  if (items.some(({ expression }) => isAggregate(expression))) {
    const all = { ...scope, source: { ...source, rows }, row: rows[0] ?? {} };
    return resultSet(items, [items.map(({ expression }) => evaluate(expression, all))], frame);
  }
  const sorted = [...rows].sort((one, other) => order(statement, frame(one), frame(other)));
  return resultSet(
    items,
    sorted.map((row) => items.map(({ expression }) => evaluate(expression, frame(row)))),
    frame,
  );
}

type NamedItem = SelectItem & { readonly expression: Expression };

function expand(item: SelectItem, source: Source): NamedItem[] {
  const { expression, name } = item;
  if (expression === null) {
    return Object.keys(source.columns).map((column) => ({
      expression: { kind: 'column', name: column, line: 1 },
      name: column,
    }));
  }
  return [{ expression, name: name === '' && expression.kind === 'column' ? expression.name : name }];
}

/** A column's type is its first value's that is one; without rows, what the expression gives for none. */
function resultSet(
  items: readonly NamedItem[],
  rows: readonly (readonly Typed[])[],
  frame: (row: Row) => Frame,
): ResultSet {
  const columns = items.map(({ expression, name }, index) => {
    const sample =
      rows.map((row) => row[index]).find((cell) => cell !== undefined && cell.value !== null) ?? rows[0]?.[index];
    return { name, type: (sample ?? evaluate(expression, frame({}))).type };
  });
  return { columns, rows: rows.map((row) => row.map(({ value }) => value)) };
}

async function sourceOf({ from }: SelectStatement, { environment, session }: Scope): Promise<Source> {
  if (from === null) return { columns: {}, rows: [{}] };
  const view = Object.hasOwn(views, from.view) ? views[from.view] : undefined;
  const database = from.database ?? session.database;
  const known = keyOf(database) === masterDatabase || environment.catalog.get(database) !== undefined;
  const shown = from.database === null ? from.view : `${from.database}.${from.view}`;
  if (view === undefined || !known) return refuse(208, [shown], from.line);
  return { columns: view.columns, rows: await view.rows(environment, database) };
}

function holds({ left, comparison, right }: SelectStatement['where'][number], frame: Frame): boolean {
  const difference = compare(evaluate(left, frame).value, evaluate(right, frame).value);
  return difference !== null && verdicts[comparison](difference);
}

const verdicts: Readonly<Record<Comparison, (difference: number) => boolean>> = {
  '=': (difference) => difference === 0,
  '<>': (difference) => difference !== 0,
  '<': (difference) => difference < 0,
  '>': (difference) => difference > 0,
  '<=': (difference) => difference <= 0,
  '>=': (difference) => difference >= 0,
};

function order({ orderBy }: SelectStatement, one: Frame, other: Frame): number {
  for (const { column, descending } of orderBy) {
    const difference = compare(evaluate(column, one).value, evaluate(column, other).value) ?? 0;
    if (difference !== 0) return descending ? -difference : difference;
  }
  return 0;
}

function isAggregate(expression: Expression): boolean {
  if (expression.kind === 'cast') return isAggregate(expression.value);
  return expression.kind === 'call' && (aggregates.has(expression.name) || expression.args.some(isAggregate));
}

function evaluate(expression: Expression, frame: Frame): Typed {
  switch (expression.kind) {
    case 'literal':
      return typed(expression.value);
    case 'cast':
      return convert(evaluate(expression.value, frame).value, expression.type);
    case 'column':
      return column(expression.name, expression.line, frame);
    case 'global': {
      const read = Object.hasOwn(globals, expression.name) ? globals[expression.name] : undefined;
      return asTyped(read === undefined ? refuse(137, [expression.name], expression.line) : read(frame));
    }
    case 'call': {
      const { name, args, line } = expression;
      if (aggregates.has(name)) return aggregate(name, args[0], frame);
      const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
      if (call === undefined) return refuse(195, [name, 'built-in function name'], line);
      return asTyped(
        call(
          args.map((one) => evaluate(one, frame).value),
          frame,
        ),
      );
    }
  }
}

function column(name: string, line: number, { source, row }: Frame): Typed {
  const known = Object.entries(source.columns).find(([one]) => keyOf(one) === keyOf(name));
  if (known === undefined) return refuse(207, [name], line);
  return { value: row[known[0]] ?? null, type: known[1] };
}

function aggregate(name: string, over: Expression | undefined, frame: Frame): Typed {
  const { rows } = frame.source;
  if (over === undefined) return { value: rows.length, type: 'int' };
  const { type } = evaluate(over, { ...frame, row: {} });
  const values = rows.map((row) => evaluate(over, { ...frame, row }).value).filter((value) => value !== null);
  if (values.length === 0) return { value: null, type };
  if (name === 'SUM') {
    const sum = values.reduce((total: bigint, value) => total + BigInt(Math.trunc(Number(value))), 0n);
    return convert(sum, type === 'bigint' ? type : 'int');
  }
  const sign = name === 'MAX' ? 1 : -1;
  const best = values.reduce((one, other) => ((compare(other, one) ?? 0) * sign > 0 ? other : one));
  return { value: best, type };
}

function asTyped(value: SqlValue | Typed): Typed {
  return isTyped(value) ? value : typed(value);
}

function isTyped(value: SqlValue | Typed): value is Typed {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function refuse(number: MessageNumber, args: readonly (string | number)[], line: number): never {
  throw new StatementFailure({ ...draft(number, args), line });
}
