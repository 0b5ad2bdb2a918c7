// The same value through any driver.
import { expect, it } from 'vitest';
import { readHeader, readLabel } from '../../lib/sql/backup-rows.ts';
import { type Column, readRow } from '../../lib/sql/columns.ts';
import type { SqlValue } from '../../lib/sql/executor.ts';

const when = new Date(2031, 0, 2, 3, 4, 5, 6);

it.each<[Column[1], SqlValue, unknown]>([
  ['text', 'x', 'x'],
  ['text', 7, '7'],
  ['number', '5', 5],
  ['number', 5n, 5],
  ['number', 'five', null],
  ['bigint', 5, 5n],
  ['bigint', '35000000000100001', 35000000000100001n],
  ['bigint', 2n ** 70n, 2n ** 70n],
  ['bigint', 2 ** 53, null],
  ['bigint', '1.5', null],
  ['boolean', true, true],
  ['boolean', 0, false],
  ['boolean', '1', true],
  ['boolean', '0', false],
  ['date', when, when],
  ['date', '2031-01-02 03:04:05.006', when],
  ['date', 'soon', null],
  ['bytes', Buffer.from([1, 255]), Buffer.from([1, 255])],
  ['bytes', '0x01FF', Buffer.from([1, 255])],
  ['bytes', '0x0', null],
  ['text', null, null],
  ['date', null, null],
  ['boolean', null, null],
])('%s of %o is %o', (kind, value, expected) => {
  expect(readRow({ x: ['X', kind] }, { X: value })).toEqual({ x: expected });
});

it('what an older server does not have is null', () => {
  expect(readHeader({ DatabaseName: 'a' })).toMatchObject({ databaseName: 'a', timeZone: null, firstLsn: null });
});

it.each(['Mirror_Count', 'MirrorCount'])('the count of mirrors as %s', (column) => {
  expect(readLabel({ [column]: 2, FamilyCount: 1 })).toMatchObject({ mirrorCount: 2, familyCount: 1 });
  expect(readLabel({})).toMatchObject({ mirrorCount: null });
});
