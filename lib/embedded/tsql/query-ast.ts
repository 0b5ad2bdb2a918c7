// What a parsed SELECT says.

import type { SqlValue } from '../../sql/executor.ts';
import type { ColumnType } from '../batch.ts';

export type Expression =
  | { readonly kind: 'literal'; readonly value: SqlValue }
  /** @@VERSION and the like, the name in lower case. */
  | { readonly kind: 'global'; readonly name: string; readonly line: number }
  | { readonly kind: 'column'; readonly name: string; readonly line: number }
  /** A function, its name in upper case. COUNT(*) has no arguments. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly line: number }
  | { readonly kind: 'cast'; readonly value: Expression; readonly type: ColumnType };

export type Comparison = '=' | '<>' | '<' | '>' | '<=' | '>=';

export interface SelectItem {
  /** null: * */
  readonly expression: Expression | null;
  /** Empty: a column's own, otherwise none. */
  readonly name: string;
}

export interface SelectStatement {
  readonly kind: 'select';
  readonly items: readonly SelectItem[];
  /** The view's name, with its schema: as in sys.databases, in lower case; `database`: null: the current one. */
  readonly from: { readonly database: string | null; readonly view: string; readonly line: number } | null;
  readonly where: readonly { readonly left: Expression; readonly comparison: Comparison; readonly right: Expression }[];
  readonly orderBy: readonly { readonly column: Expression; readonly descending: boolean }[];
}
