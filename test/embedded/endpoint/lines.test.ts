// JSON lines: every SQL value comes back as it was, however the bytes are cut.
import { expect, test } from 'vitest';
import { encodeLine, LineReader, maxLineLength } from '../../../lib/embedded/endpoint/lines.ts';

const value = {
  text: 'Größe 🚀\n"quoted"',
  rows: [[null, true, 1, 2n ** 80n, new Date(86_400_123), Buffer.from([0, 255])]],
  nested: { $bigint: 7 },
};

test('every value comes back', () => {
  expect(new LineReader().push(Buffer.from(encodeLine(value)))).toEqual([value]);
});

test('however the bytes arrive', () => {
  const reader = new LineReader();
  const bytes = Buffer.from(encodeLine(value) + encodeLine({ second: true }));
  const found = Array.from(bytes, (byte) => reader.push(Buffer.from([byte]))).flat();
  expect(found).toEqual([value, { second: true }]);
});

test('what is no JSON and what never ends is refused', () => {
  expect(() => new LineReader().push(Buffer.from('{]\n'))).toThrow(SyntaxError);
  expect(() => new LineReader().push(Buffer.alloc(maxLineLength + 1, 'x'))).toThrow('characters');
});
