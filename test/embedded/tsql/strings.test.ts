// What is quoted for T-SQL is read again as it was, whatever it contains.
import { expect, test } from 'vitest';
import { parseBatch } from '../../../lib/embedded/tsql/batch.ts';
import { quoteIdentifier, quoteString } from '../../../lib/sql/quote.ts';

const hostile = [
  "it's",
  "''",
  "'; DROP DATABASE x --",
  '[x]',
  ']]]',
  '"quoted"',
  '/* no comment */ --',
  'Größe 数据 🚀',
  'a \\ b',
  'one\\\ntwo',
  'one\\\r\ntwo',
  'one\\\\\n\n\\\ntwo',
  '\\\n',
  'tab\tand\nline',
];

test.each(hostile)('%j', (text) => {
  const [parsed] = parseBatch(
    `BACKUP DATABASE ${quoteIdentifier(text, 'database')} TO VIRTUAL_DEVICE = ${quoteString(text, 'device')}`,
    new Map(),
  );
  expect(parsed?.statement).toMatchObject({ database: text, devices: [{ name: text }] });
});
