// Names and texts in a statement, whatever they contain.
import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteString } from '../../lib/sql/quote.ts';

const hostile = [
  'Sales',
  "O'Brien's",
  "''; DROP DATABASE x; --",
  ']; DROP DATABASE x; --',
  ']]]',
  '[nested [brackets]]',
  'a "quoted" name',
  'tab\tand\nnewline',
  'emoji 🦉 and ﷽',
  '/* comment */ -- comment',
  'trailing space ',
  'percent %s {0} \\',
];

/** What the server reads back: the inverse of the quoting, as T-SQL's lexer does it. */
function readIdentifier(quoted: string): { name: string; rest: string } {
  let name = '';
  let i = 1;
  for (; i < quoted.length; i++) {
    if (quoted[i] === ']') {
      if (quoted[i + 1] !== ']') break;
      i++;
    }
    name += quoted[i];
  }
  return { name, rest: quoted.slice(i + 1) };
}

function readString(quoted: string): { text: string; rest: string } {
  let text = '';
  let i = 2;
  for (; i < quoted.length; i++) {
    if (quoted[i] === "'") {
      if (quoted[i + 1] !== "'") break;
      i++;
    }
    text += quoted[i];
  }
  return { text: text.replace(/\\\r?\n/g, ''), rest: quoted.slice(i + 1) };
}

describe('quoteIdentifier', () => {
  it.each(hostile)('keeps %j one identifier', (name) => {
    expect(readIdentifier(quoteIdentifier(name, 'database'))).toEqual({ name, rest: '' });
  });

  it('refuses what can be no identifier', () => {
    expect(() => quoteIdentifier('', 'database')).toThrow('database is empty');
    expect(() => quoteIdentifier('x'.repeat(129), 'database')).toThrow('129 characters long; SQL Server allows 128');
    expect(() => quoteIdentifier('a\0b', 'database')).toThrow('NUL');
    // @ts-expect-error a number is no name
    expect(() => quoteIdentifier(7, 'database')).toThrow(TypeError);
  });
});

describe('quoteString', () => {
  it.each([...hostile, '', 'ends with \\\n a line', 'windows \\\r\n line', '\\\\\n'])('keeps %j one string', (text) => {
    expect(readString(quoteString(text, 'name'))).toEqual({ text, rest: '' });
  });
});
