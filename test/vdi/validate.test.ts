// What is refused before the interface is asked, with the member that was wrong.
import { describe, expect, it } from 'vitest';
import { toNativeConfig, type VdConfigInput } from '../../lib/vdi/config.ts';
import { bitsToFeatures, deviceKinds, featureNames, features, featuresToBits } from '../../lib/vdi/features.ts';
import { validateConfig, validateName } from '../../lib/vdi/validate.ts';

const check = (input: VdConfigInput) => validateConfig(toNativeConfig(input), 'CreateEx', 'set');

describe('names', () => {
  it.each(['a', 'x'.repeat(259), "it's", '"quoted"', '🦉', 'a/b:c*?', ' '])('%j is one', (name) => {
    expect(() => validateName(name, 'CreateEx')).not.toThrow();
  });

  it.each([
    ['', 'the name is empty'],
    ['a\\b', 'contains a backslash'],
    ['a\0b', 'NUL'],
    ['x'.repeat(10_000), 'the name is 10000 characters long; at most 259 are allowed'],
  ])('%j is none', (name, message) => {
    const attempt = () => validateName(name, 'CreateEx');
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code: 'VD_E_INVALID', operation: 'CreateEx' }));
  });
});

describe('configurations', () => {
  it.each([
    {},
    { deviceCount: 64 },
    { alignment: 65536 },
    { features: deviceKinds.tape },
    { features: ['removable'] },
    { features: ['randomAccess', 'removable', 'discard', 'snapshotPrepare', 'requestComplete'] },
  ] satisfies VdConfigInput[])('%j is legal', (input) => {
    expect(() => check(input)).not.toThrow();
  });

  it.each([
    [{ deviceCount: 0 }, 'config.deviceCount is 0; it must be 1 to 64'],
    [{ deviceCount: 65 }, 'config.deviceCount is 65'],
    [{ alignment: 3 }, 'config.alignment is 3; it must be 0 or a power of two up to 65536'],
    [{ alignment: 131072 }, 'config.alignment is 131072'],
  ] satisfies [VdConfigInput, string][])('%j is not supported', (input, message) => {
    expect(() => check(input)).toThrow(message);
    expect(() => check(input)).toThrow(expect.objectContaining({ code: 'VD_E_NOTSUPPORTED' }));
  });

  it.each([
    { features: ['rewind'] },
    { features: ['fileMarks'] },
    { features: [...deviceKinds.tape, ...deviceKinds.disk] },
    { features: ['completeEnabled'] },
  ] satisfies VdConfigInput[])('%j is no legal combination', (input) => {
    expect(() => check(input)).toThrow(expect.objectContaining({ code: 'VD_E_NOTSUPPORTED' }));
  });

  it('refuses what the interface could not even be asked', () => {
    expect(() => check({ serverTimeOut: -1 })).toThrow(RangeError);
    expect(() => check({ prefixZoneSize: 2 ** 32 })).toThrow('config.prefixZoneSize is 4294967296');
    expect(() => check({ deviceCount: 1.5 })).toThrow(RangeError);
    // @ts-expect-error not a number
    expect(() => check({ deviceCount: '1' })).toThrow(TypeError);
    // @ts-expect-error no such feature
    expect(() => check({ features: ['teleport'] })).toThrow("'teleport' is no feature");
  });
});

describe('features', () => {
  it('go to bits and back', () => {
    for (const name of featureNames) expect(bitsToFeatures(featuresToBits([name]))).toEqual([name]);
    expect(featuresToBits(featureNames)).toBe(Object.values(features).reduce((sum, bit) => sum + bit, 0));
    expect(bitsToFeatures(0x4)).toEqual([]);
  });
});
