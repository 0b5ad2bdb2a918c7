// Checks a statement's devices and transfer parameters and makes the engine's options of them.
import { maxDevices, maxNameLength } from '../vdi/config.ts';
import type { EngineFault, EngineSetOptions } from '../vdi/native.ts';
import { fail } from './messages.ts';
import { osErrorText } from './os-errors.ts';
import type { DeviceClause, TransferOptions } from './tsql/ast.ts';

const notSupported = 50;
const minBlockSize = 512;
const maxBlockSize = 65_536;
const transferUnit = 65_536;
const maxTransferSize = 4_194_304;
const buffersPerDevice = 4;
/** The engine's own. */
const maxBufferCount = 65_536;
/** Open looks this long for the set: a client creates it before it sends the statement, so it is there or will not come. */
const attachTimeoutMs = 500;

/** The devices' names. Throws a StatementFailure for media the stand-in does not have and names SQL Server refuses. */
export function virtualDevices(clauses: readonly DeviceClause[]): string[] {
  if (clauses.length > maxDevices) fail(3205, [maxDevices]);
  return clauses.map(({ media, name }) => {
    if (media === 'LOGICAL') fail(3206, [name]);
    if (name === '') fail(3044);
    if (name.length > maxNameLength) fail(3057, [maxNameLength]);
    if (media !== 'VIRTUAL_DEVICE') fail(3201, [name, osErrorText(notSupported)]);
    return name;
  });
}

export function engineOptions(
  deviceNames: readonly string[],
  options: TransferOptions,
  instance: string | null,
  faults: readonly EngineFault[],
): EngineSetOptions {
  const blockSize = options.blockSize ?? minBlockSize;
  const transferSize = options.maxTransferSize ?? transferUnit;
  const bufferCount = options.bufferCount ?? buffersPerDevice * deviceNames.length;
  if (blockSize < minBlockSize || blockSize > maxBlockSize) fail(3250, [blockSize, 'BLOCKSIZE']);
  if ((blockSize & (blockSize - 1)) !== 0) fail(3253);
  if (transferSize < transferUnit || transferSize > maxTransferSize || transferSize % transferUnit !== 0) {
    fail(3250, [transferSize, 'MAXTRANSFERSIZE']);
  }
  if (bufferCount < deviceNames.length) fail(3273);
  if (bufferCount > maxBufferCount) fail(3250, [bufferCount, 'BUFFERCOUNT']);
  if (options.stats !== null && (options.stats < 1 || options.stats > 100)) fail(3250, [options.stats, 'STATS']);
  return {
    instance,
    deviceNames,
    blockSize,
    maxTransferSize: transferSize,
    bufferCount,
    attachTimeoutMs,
    faults,
  };
}
