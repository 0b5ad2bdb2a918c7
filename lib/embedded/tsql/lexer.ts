// Cuts a T-SQL statement into tokens: words, delimited identifiers, strings, numbers, symbols. Comments nest, as T-SQL's do.
import { draft, type MessageNumber, StatementFailure } from '../messages.ts';

export interface Token {
  readonly kind: 'word' | 'delimited' | 'string' | 'number' | 'variable' | 'symbol' | 'end';
  /** Without its delimiters, doubled delimiters undone. */
  readonly value: string;
  /** As it stands in the statement. */
  readonly raw: string;
  readonly line: number;
}

/** null: no token. */
const PATTERNS: readonly (readonly [RegExp, Token['kind'] | null])[] = [
  [/\s+/y, null],
  [/--.*/y, null],
  [/[\p{L}_#][\p{L}\p{N}_@#$]*/uy, 'word'],
  [/@[\p{L}\p{N}_@#$]*/uy, 'variable'],
  [/\d+/y, 'number'],
  [/./suy, 'symbol'],
];

/** All tokens, the last of kind 'end'. Throws a StatementFailure: 105 for an unclosed quotation, 113 for an unclosed comment. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let line = 1;

  const advance = (count: number): string => {
    const raw = text.slice(position, position + count);
    position += count;
    for (const character of raw) if (character === '\n') line++;
    return raw;
  };
  const pushPlain = (): void => {
    for (const [pattern, kind] of PATTERNS) {
      pattern.lastIndex = position;
      const length = pattern.exec(text)?.[0].length ?? 0;
      if (length === 0) continue;
      const startLine = line;
      const raw = advance(length);
      if (kind !== null) tokens.push({ kind, value: raw, raw, line: startLine });
      return;
    }
  };
  const pushDelimited = (kind: Token['kind'], prefix: number, close: string): void => {
    const startLine = line;
    const content = position + prefix;
    let end = content;
    for (;;) {
      end = text.indexOf(close, end);
      if (end < 0) refuse(105, [text.slice(content)], startLine);
      if (text[end + 1] !== close) break;
      end += 2;
    }
    const unquoted = text.slice(content, end).replaceAll(close + close, close);
    // A backslash at a line's end continues a string on the next line: neither of the two is part of it.
    const value = kind === 'string' ? unquoted.replace(/\\\r?\n/g, '') : unquoted;
    tokens.push({ kind, value, raw: advance(end + 1 - position), line: startLine });
  };

  while (position < text.length) {
    const two = text.slice(position, position + 2);
    const one = text[position] ?? '';
    if (two === '/*') advance(lengthOfComment(text, position, line));
    else if (one === "'") pushDelimited('string', 1, "'");
    else if (two === "N'" || two === "n'") pushDelimited('string', 2, "'");
    else if (one === '[') pushDelimited('delimited', 1, ']');
    else if (one === '"') pushDelimited('delimited', 1, '"');
    else pushPlain();
  }
  tokens.push({ kind: 'end', value: '', raw: '', line });
  return tokens;
}

function lengthOfComment(text: string, start: number, line: number): number {
  let depth = 0;
  let position = start;
  do {
    const two = text.slice(position, position + 2);
    if (two === '/*') depth++;
    else if (two === '*/') depth--;
    else if (position >= text.length) refuse(113, [], line);
    position += two === '/*' || two === '*/' ? 2 : 1;
  } while (depth > 0);
  return position - start;
}

function refuse(number: MessageNumber, args: readonly string[], line: number): never {
  throw new StatementFailure({ ...draft(number, args), line });
}
