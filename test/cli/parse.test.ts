import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { collect, collectMove, parseInteger, parseSize } from '../../lib/cli/parse.ts';

describe('parseSize', () => {
  test.each([
    ['65536', 65536],
    ['64k', 65536],
    ['64K', 65536],
    ['4m', 4 << 20],
    ['4MiB', 4 << 20],
    ['4 MB', 4 << 20],
    ['1.5g', 1.5 * 1024 ** 3],
    ['2t', 2 * 1024 ** 4],
  ])('%s is %d', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', '0', '-1', '1x', 'k', '1e3', '0.3', '1.0000000001k', '99999999t', 'NaN', '0x10'])(
    '%o is refused',
    (text) => expect(() => parseSize(text)).toThrow(InvalidArgumentError),
  );
});

test('parseInteger keeps to its range', () => {
  const percent = parseInteger(1, 100);
  expect(percent('1')).toBe(1);
  expect(percent('100')).toBe(100);
  for (const text of ['0', '101', '1.5', 'ten', '', '-5']) expect(() => percent(text)).toThrow('from 1 to 100');
});

test('collect keeps the order and refuses an empty value', () => {
  expect(collect('b', collect('a'))).toEqual(['a', 'b']);
  expect(() => collect('')).toThrow(InvalidArgumentError);
});

test('collectMove splits at the first equals sign', () => {
  expect(collectMove('log=/b', collectMove('data=/a=1'))).toEqual({ data: '/a=1', log: '/b' });
  expect(Object.entries(collectMove('__proto__=/c'))).toEqual([['__proto__', '/c']]);
  for (const text of ['data', '=x', 'data=', ''])
    expect(() => collectMove(text)).toThrow('<logical name>=<physical file>');
  expect(() => collectMove('data=/b', { data: '/a' })).toThrow('twice');
});
