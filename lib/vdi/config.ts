// A virtual device set's configuration: what the client asks for, and what the server answers.
import { bitsToFeatures, type FeatureName, featuresToBits } from './features.ts';
import type { NativeConfig } from './native.ts';

/** How many devices a set may have (VDI specification, "VDConfig"). */
export const maxDevices = 64;
/** How many UTF-16 units a set's or device's name may have: as many as SQL Server takes (message 3057). */
export const maxNameLength = 259;

/** What a client may choose (VDI specification, "VDConfig", the first seven members). A value that createEx does not take is a VdiNotSupportedError. */
export interface VdConfigInput {
  /** 1 to 64. Default 1. */
  readonly deviceCount?: number | undefined;
  /** A pipe ([]), a tape or a disk ({@link deviceKinds}), plus discard, snapshotPrepare, requestComplete. Default []: a pipe. */
  readonly features?: readonly FeatureName[] | undefined;
  /** Bytes kept free immediately before each data buffer, for the client's own use. Default 0. */
  readonly prefixZoneSize?: number | undefined;
  /** Of the data buffers, in bytes: a power of two, at least the block size, at most 65,536. Default 0: the block size. */
  readonly alignment?: number | undefined;
  /** Tape-like devices: the block size of soft file marks, in bytes. Default 0. */
  readonly softFileMarkBlockSize?: number | undefined;
  /** Tape-like devices: how many bytes before the end of the medium the server is warned. Default 0. */
  readonly eomWarningSize?: number | undefined;
  /** Milliseconds; the server aborts once two such intervals have passed with commands pending and none completed. Default 0: never. */
  readonly serverTimeOut?: number | undefined;
}

/** The configuration as the server completed it (the specification's VDConfig). Sizes in bytes. */
export interface VdConfig {
  /** As it was asked for, 1 to 64. */
  readonly deviceCount: number;
  /** Those asked for and the server's answers: writeMedia (backup), readMedia (restore), completeEnabled. */
  readonly features: readonly FeatureName[];
  /** Kept free before each data buffer, as it was asked for. */
  readonly prefixZoneSize: number;
  /** Of the data buffers: a power of two, up to 65,536. */
  readonly alignment: number;
  /** Tape-like devices: as it was asked for. */
  readonly softFileMarkBlockSize: number;
  /** Tape-like devices: as it was asked for. */
  readonly eomWarningSize: number;
  /** Milliseconds, as it was asked for; 0: infinite. */
  readonly serverTimeOut: number;
  /** Every transfer is a multiple of it: a power of two, 512 to 65,536. */
  readonly blockSize: number;
  /** Deprecated by the specification; always 4. */
  readonly maxIoDepth: number;
  /** The largest command's size, as the statement's MAXTRANSFERSIZE says: a multiple of 65,536, usually up to 4,194,304. */
  readonly maxTransferSize: number;
  /** Deprecated by the specification; maxTransferSize × 4 × deviceCount. */
  readonly bufferAreaSize: number;
}

/** The input as the interface takes it. A member that is no unsigned 32-bit integer is a RangeError: the interface could not even be asked. */
export function toNativeConfig(input: VdConfigInput): NativeConfig {
  return {
    deviceCount: unsigned('deviceCount', input.deviceCount ?? 1),
    features: featuresToBits(input.features ?? []),
    prefixZoneSize: unsigned('prefixZoneSize', input.prefixZoneSize ?? 0),
    alignment: unsigned('alignment', input.alignment ?? 0),
    softFileMarkBlockSize: unsigned('softFileMarkBlockSize', input.softFileMarkBlockSize ?? 0),
    eomWarningSize: unsigned('eomWarningSize', input.eomWarningSize ?? 0),
    serverTimeOut: unsigned('serverTimeOut', input.serverTimeOut ?? 0),
    blockSize: 0,
    maxIoDepth: 0,
    maxTransferSize: 0,
    bufferAreaSize: 0,
  };
}

/** The server's answer with its features by name. */
export function fromNativeConfig(config: NativeConfig): VdConfig {
  return { ...config, features: bitsToFeatures(config.features) };
}

function unsigned(member: string, value: number): number {
  if (typeof value !== 'number') throw new TypeError(`config.${member} must be a number, not ${typeof value}`);
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`config.${member} is ${value}; it must be a whole number from 0 to 4294967295`);
  }
  return value;
}
