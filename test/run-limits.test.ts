// Which limits hold for a statement of the caller's own: a restore's where it reads, a backup's where it writes.
import { expect, it, vi } from 'vitest';
import { run } from '../lib/run.ts';
import { discard } from '../lib/streams/null.ts';
import { restoreDefaults } from '../lib/transfer/limits.ts';
import type { RunDevice } from '../lib/transfer/options.ts';
import { runOperation } from '../lib/transfer/prepare.ts';

vi.mock('../lib/transfer/prepare.ts', { spy: true });

it.each<[string, RunDevice, object | undefined]>([
  ['RESTORE', { from: 'a.bak' }, restoreDefaults],
  ['BACKUP', { to: discard() }, undefined],
])('%s', async (sql, device, limits) => {
  vi.mocked(runOperation).mockRejectedValueOnce(new Error('not run'));
  await expect(run({ sql: `${sql} {device}`, devices: [device] })).rejects.toThrow('not run');
  expect(vi.mocked(runOperation).mock.lastCall?.[0].limits).toBe(limits);
});
