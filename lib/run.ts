// Runs a BACKUP or RESTORE statement of the caller's own: what the other operations do not offer.
import { fillDevices } from './sql/placeholders.ts';
import type { Destination, Origin } from './streams/adapt.ts';
import { checkOptions } from './transfer/check-options.ts';
import { restoreDefaults } from './transfer/limits.ts';
import type { RunDevice, RunOptions, RunResult } from './transfer/options.ts';
import { listOf, prepareDestinations, prepareOrigins, runOperation } from './transfer/prepare.ts';

/**
 * Runs one statement with virtual devices in it: `{device:0}` and so on, or `{device}` for all, stand for VIRTUAL_DEVICE = N'…'.
 * Success and rejections as with `backup` (devices with `to`) or `restore` (devices with `from`).
 *
 * The statement is sent as it is: whatever is put into it must have been quoted by the caller.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  checkOptions(options, 'run');
  const { sql, overwrite = false } = options;
  const devices = listOf(options.devices, 'devices');
  const { to, from } = sorted(devices);
  return runOperation({
    options,
    limits: from.length > 0 ? restoreDefaults : undefined,
    stripes: to.length > 0 ? to : from,
    statement: (names) => fillDevices(sql, names),
    prepare: () => (to.length > 0 ? prepareDestinations(to, overwrite) : prepareOrigins(from)),
  });
}

function sorted(devices: readonly RunDevice[]): { readonly to: Destination[]; readonly from: Origin[] } {
  const to: Destination[] = [];
  const from: Origin[] = [];
  for (const [index, device] of devices.entries()) {
    if (typeof device !== 'object' || device === null || 'to' in device === 'from' in device) {
      throw new TypeError(`devices[${index}] must be an object with to or with from, and not both`);
    }
    if ('to' in device) to.push(device.to);
    else from.push(device.from);
  }
  if (to.length > 0 && from.length > 0) {
    throw new TypeError('devices have to and from; a statement either writes all of its devices or reads them');
  }
  return { to, from };
}
