// {device} in a statement of the caller's own.
import { expect, it } from 'vitest';
import { fillDevices } from '../../lib/sql/placeholders.ts';

it('replaces each device, or all of them', () => {
  expect(fillDevices('BACKUP DATABASE d TO {device:0}, {device:1}', ["a'b", 'c'])).toBe(
    "BACKUP DATABASE d TO VIRTUAL_DEVICE = N'a''b', VIRTUAL_DEVICE = N'c'",
  );
  expect(fillDevices('RESTORE HEADERONLY FROM {device}', ['a', 'b'])).toBe(
    "RESTORE HEADERONLY FROM VIRTUAL_DEVICE = N'a', VIRTUAL_DEVICE = N'b'",
  );
});

it('leaves strings, names and comments as they are', () => {
  const data = `[{device}] /* {device:9} */ N'it''s {device:0}' "{device}" -- {device}\n`;
  expect(fillDevices(`${data}{device}`, ['a'])).toBe(`${data}VIRTUAL_DEVICE = N'a'`);
  expect(() => fillDevices(data, ['a'])).toThrow('sql does not name its device');
});

it('refuses a device that is not there, or is not named', () => {
  expect(() => fillDevices('x {device:1}', ['a'])).toThrow('{device:1}, but there are 1 devices');
  expect(() => fillDevices('x {device:0}', ['a', 'b'])).toThrow('does not name device 1');
  expect(() => fillDevices('x {device:1}, {device:0}', ['a', 'b'])).toThrow('must be {device:0}, not {device:1}');
  // @ts-expect-error not a string
  expect(() => fillDevices(7, ['a'])).toThrow(TypeError);
});
