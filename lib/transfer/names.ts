// The names of a set and its devices.
import { randomUUID } from 'node:crypto';
import { validateName } from '../vdi/validate.ts';

/** The set's name and its devices'; the first device has the set's, as the VDI specification demands. */
export interface DeviceNames {
  readonly set: string;
  readonly devices: readonly string[];
}

/** Names for so many devices. Throws VdiInvalidError where the set's name cannot be used. */
export function deviceNames(setName: string | undefined, count: number): DeviceNames {
  const set = setName ?? randomUUID();
  validateName(set, 'CreateEx');
  const devices = Array.from({ length: count }, (_, index) => (index === 0 ? set : `${set}-${index + 1}`));
  for (const device of devices) validateName(device, 'OpenDevice', set);
  return { set, devices };
}
