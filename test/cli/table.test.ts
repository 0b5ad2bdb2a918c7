// Rows as text.
import { afterEach, expect, test, vi } from 'vitest';
import { tableLines } from '../../lib/cli/table.ts';

afterEach(() => vi.unstubAllEnvs());

test('a time is the machine’s, as the server’s own is: what is read here can be given to STOPAT', () => {
  vi.stubEnv('TZ', 'America/New_York');
  const time = new Date(2026, 0, 2, 3, 4, 5, 6);
  expect(tableLines({ columns: [{ name: 'at' }], rows: [[time]] })[2]).toBe('2026-01-02 03:04:05.006');
});
