// What options take for sizes, times, limits and lists, and what is refused.
import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { collectLimit } from '../../lib/cli/limits.ts';
import { collect, collectMove, parseDuration, parseInteger, parseSize } from '../../lib/cli/parse.ts';

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

describe('parseDuration', () => {
  test.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['0', 0],
  ])('%s is %d', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  test.each(['', '90', '0s', '-1s', '5 m', '2d', '1e3s', '0.4ms', 's', '9999999999999h'])('%o is refused', (text) =>
    expect(() => parseDuration(text)).toThrow(InvalidArgumentError),
  );
});

test('collectLimit takes each part once', () => {
  expect(collectLimit('idle=2h', collectLimit('attach=0'))).toEqual({ attachMs: 0, idleMs: 7_200_000 });
  for (const text of ['idle', 'idleMs=1s', '=1s', 'valueOf=1s', '']) {
    expect(() => collectLimit(text)).toThrow('connect, attach, configure, idle, hold, verdict');
  }
  expect(() => collectLimit('idle=2')).toThrow('90s, 5m or 2h');
  expect(() => collectLimit('idle=2h', { idleMs: 1 })).toThrow('twice');
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
