// Names and configurations checked before the interface is asked: the same class and code it would answer with, but saying which member and why.
import { maxDevices, maxNameLength } from './config.ts';
import { vdiErrorNamed } from './create-error.ts';
import { bitsToFeatures, deviceKinds, featuresToBits } from './features.ts';
import type { NativeConfig } from './native.ts';

const maxAlignment = 65536;

/** A set's or device's name: 1 to 259 UTF-16 units, no backslash, no NUL (VDI specification, "Names"). Throws VdiInvalidError. */
export function validateName(name: string, operation: string, setName = ''): void {
  if (typeof name !== 'string') throw new TypeError(`${operation}: the name must be a string, not ${typeof name}`);
  const detail = nameFault(name);
  if (detail !== undefined) {
    throw vdiErrorNamed('VD_E_INVALID', { operation, setName, detail });
  }
}

function nameFault(name: string): string | undefined {
  if (name.length === 0) return 'the name is empty';
  if (name.length > maxNameLength)
    return `the name is ${name.length} characters long; at most ${maxNameLength} are allowed`;
  if (name.includes('\\')) return `the name '${name}' contains a backslash`;
  if (name.includes('\0')) return 'the name contains a NUL character';
  return undefined;
}

/** The members a client may choose (VDI specification, "VDConfig"). Throws VdiNotSupportedError, as CreateEx answers to every configuration that it does not take. */
export function validateConfig(config: NativeConfig, operation: string, setName: string): void {
  const unsupported = (detail: string) => vdiErrorNamed('VD_E_NOTSUPPORTED', { operation, setName, detail });
  if (config.deviceCount < 1 || config.deviceCount > maxDevices) {
    throw unsupported(`config.deviceCount is ${config.deviceCount}; it must be 1 to ${maxDevices}`);
  }
  const { alignment } = config;
  if (alignment > maxAlignment || (alignment & (alignment - 1)) !== 0) {
    throw unsupported(`config.alignment is ${alignment}; it must be 0 or a power of two up to ${maxAlignment}`);
  }
  if (!legalFeatures(config.features)) {
    const names = bitsToFeatures(config.features).join(', ');
    throw unsupported(`config.features (${names}) is no legal combination`);
  }
}

const additions = featuresToBits(['discard', 'snapshotPrepare', 'requestComplete']);
const removable = featuresToBits(['removable']);
const disk = featuresToBits(deviceKinds.disk);
const legalKinds: ReadonlySet<number> = new Set([
  0,
  removable,
  disk,
  disk | removable,
  featuresToBits(deviceKinds.tape),
]);

function legalFeatures(features: number): boolean {
  return legalKinds.has((features & ~additions) >>> 0);
}
