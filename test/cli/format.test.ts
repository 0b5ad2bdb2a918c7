// How numbers, times and texts are shown to people.
import { describe, expect, test } from 'vitest';
import { formatBytes, formatClock, formatDuration, formatRate, printable } from '../../lib/cli/format.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 KiB'],
    [1536, '1.50 KiB'],
    [1024 ** 2, '1.00 MiB'],
    [15.26 * 1024 ** 2, '15.3 MiB'],
    [256 * 1024 ** 2, '256 MiB'],
    [1023 * 1024 ** 2, '1.00 GiB'],
    [100 * 1024 ** 3, '100 GiB'],
    [5000 * 1024 ** 5, '5000 PiB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test('never takes more than eight characters below a thousand pebibytes', () => {
    for (let bytes = 1; bytes < 999 * 1024 ** 5; bytes *= 1.0137)
      expect(formatBytes(bytes).length).toBeLessThanOrEqual(8);
  });
});

test('formatRate is bytes with the time', () => expect(formatRate(2 ** 20)).toBe('1.00 MiB/s'));

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [59_949, '59.9 s'],
  [59_951, '1:00 min'],
  [187_000, '3:07 min'],
  [7_387_000, '2:03:07 h'],
])('formatDuration(%d) is %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

test.each([
  [400, '0:00'],
  [42_000, '0:42'],
  [3_599_600, '1:00:00'],
])('formatClock(%d) is %s', (milliseconds, text) => expect(formatClock(milliseconds)).toBe(text));

test('printable makes control and direction characters visible and leaves the rest', () => {
  expect(printable('a\u001b[31mb\nc\u202e')).toBe('a\\u001b[31mb\\u000ac\\u202e');
  expect(printable('Größe 数据 🚀 "quoted"')).toBe('Größe 数据 🚀 "quoted"');
});
