// {device} and {device:n} in a statement of the caller's own.
import { deviceClause } from './statement.ts';

/** What is not code, so that a placeholder in it is text (strings, names, comments); then the placeholders themselves. */
const pattern = /'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\{device(?::(\d+))?\}/g;

/**
 * The statement with {device:n} replaced by VIRTUAL_DEVICE = N'…' of the n-th device, from 0, and {device} by all of them. Throws
 * a TypeError where a device is not there, is not named, or where another than the first comes first: that one has the set's name.
 */
export function fillDevices(statement: string, devices: readonly string[]): string {
  if (typeof statement !== 'string') throw new TypeError(`sql must be a string, not ${typeof statement}`);
  const used = new Set<number>();
  const filled = statement.replace(pattern, (found, index: string | undefined) => {
    if (!found.startsWith('{')) return found;
    const chosen = index === undefined ? [...devices.keys()] : [Number(index)];
    return chosen
      .map((n) => {
        const device = devices[n];
        if (device === undefined) {
          throw new TypeError(`sql names {device:${n}}, but there are ${devices.length} devices, counted from 0`);
        }
        if (used.size === 0 && n !== 0) {
          throw new TypeError(`the first device in sql must be {device:0}, not {device:${n}}: it has the set's name`);
        }
        used.add(n);
        return deviceClause(device);
      })
      .join(', ');
  });
  const missing = [...devices.keys()].find((n) => !used.has(n));
  if (missing === undefined) return filled;
  throw new TypeError(
    devices.length === 1
      ? 'sql does not name its device: write {device} where VIRTUAL_DEVICE = … belongs'
      : `sql does not name device ${missing}: write {device} for all of them, or {device:${missing}}`,
  );
}
