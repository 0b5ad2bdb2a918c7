// Walks over a batch's tokens: what every statement's parser needs, and the syntax errors they share.
import type { SqlValue } from '../../sql/executor.ts';
import { draft, type MessageNumber, StatementFailure } from '../messages.ts';
import { type Token, tokenize } from './lexer.ts';

const maxIdentifierLength = 128;
const maxInteger = 2147483647;
/** Reserved words that may follow by mistake: SQL Server names them as keywords (156 instead of 102). */
export const keywords: ReadonlySet<string> = new Set(
  'ADD ALL ALTER AND AS BACKUP BEGIN BY CREATE DATABASE DBCC DELETE DROP END EXEC EXECUTE FILE FROM GO GRANT IF INSERT INTO KILL NOT NULL OR ORDER RESTORE SELECT SET SHUTDOWN TABLE TO TRUNCATE UNION UPDATE USE VALUES WHERE WHILE WITH'.split(
    ' ',
  ),
);

const end: Token = { kind: 'end', value: '', raw: '', line: 1 };

export class Cursor {
  private readonly tokens: readonly Token[];
  private readonly parameters: ReadonlyMap<string, SqlValue>;
  private position = 0;

  /** `parameters`: values by names in lower case. A variable that is not among them is refused with message 137. */
  constructor(text: string, parameters: ReadonlyMap<string, SqlValue>) {
    this.tokens = tokenize(text);
    this.parameters = parameters;
  }

  peek(ahead = 0): Token {
    return this.tokens[this.position + ahead] ?? end;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.position++;
    return token;
  }

  get atEnd(): boolean {
    return this.peek().kind === 'end';
  }

  /** Whether the next token is this symbol or keyword; if so it is taken. */
  take(text: string): boolean {
    const found = isWord(this.peek(), text) || isSymbol(this.peek(), text);
    if (found) this.position++;
    return found;
  }

  /** Takes this symbol or keyword, or refuses what is there instead. */
  expect(text: string): void {
    if (!this.take(text)) this.refuse(this.next());
  }

  /** One or more, with commas between them. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.take(',')) items.push(read());
    return items;
  }

  /** An identifier, plain or delimited; or a variable, where `variables` are allowed in its place. */
  name(variables = false): string {
    const token = this.next();
    if (token.kind === 'variable') {
      const value = variables ? this.variable(token) : this.refuse(token);
      return typeof value === 'string' && value !== '' ? value : this.refuse(token);
    }
    const plain = token.kind === 'word' && !keywords.has(token.value.toUpperCase());
    if ((!plain && token.kind !== 'delimited') || token.value === '') return this.refuse(token);
    if (token.value.length > maxIdentifierLength) {
      return this.refuseWith(
        103,
        ['identifier', token.value.slice(0, maxIdentifierLength), maxIdentifierLength],
        token,
      );
    }
    return token.value;
  }

  text(): string {
    const token = this.next();
    if (token.kind === 'string') return token.value;
    const value = token.kind === 'variable' ? this.variable(token) : null;
    return typeof value === 'string' ? value : this.refuse(token);
  }

  /** A whole number from 0 to 2^31-1. */
  number(): number {
    const token = this.next();
    const value = token.kind === 'variable' ? this.variable(token) : token.kind === 'number' ? token.value : Number.NaN;
    const number = Number(value);
    return Number.isInteger(number) && number >= 0 && number <= maxInteger ? number : this.refuse(token);
  }

  variable(token: Token): SqlValue {
    const value = this.parameters.get(token.value.toLowerCase());
    return value === undefined ? this.refuseWith(137, [token.raw], token) : value;
  }

  /** 102 or, for a keyword, 156. At the end of the batch SQL Server names the token before it. */
  refuse(token: Token): never {
    const shown = token.kind === 'end' ? (this.tokens[this.position - 1] ?? token) : token;
    const keyword = token.kind === 'word' && keywords.has(token.value.toUpperCase());
    const near = shown.kind === 'string' || shown.kind === 'delimited' ? shown.value : shown.raw;
    return this.refuseWith(keyword ? 156 : 102, [near], token);
  }

  refuseWith(number: MessageNumber, args: readonly (string | number)[], token: Token): never {
    throw new StatementFailure({ ...draft(number, args), line: token.line });
  }

  /** SQL Server could, the stand-in cannot: 3032, and a message that says who refuses. */
  refuseUnsupported(what: string, token: Token): never {
    throw new StatementFailure(
      { ...draft(3032, [what]), line: token.line },
      { ...draft(50000, [what]), line: token.line },
    );
  }
}

export function isWord(token: Token, keyword: string): boolean {
  return token.kind === 'word' && token.value.toUpperCase() === keyword;
}

function isSymbol(token: Token, symbol: string): boolean {
  return token.kind === 'symbol' && token.value === symbol;
}
