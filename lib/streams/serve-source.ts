// Serves a restore's device from a source.
import { createHash } from 'node:crypto';
import type { Completion, VirtualDeviceCommand } from '../vdi/command.ts';
import type { VirtualDevice } from '../vdi/device.ts';
import { type ServeOptions, type ServeResult, serve } from './serve.ts';
import type { Source } from './sink.ts';

/**
 * Fills every Read of the device from the source. The end of the data is answered as ERROR_HANDLE_EOF with the partial count,
 * never as a short success. Resolves when the server closes the device; the server may stop before the end. Rejections as
 * with `serveSink`.
 */
export async function serveSource(
  device: VirtualDevice,
  source: Source,
  options: ServeOptions = {},
): Promise<ServeResult> {
  const hash = options.sha256 ? createHash('sha256') : undefined;
  let bytes = 0;
  let ended = false;

  const fill = async (into: Uint8Array): Promise<number> => {
    let filled = 0;
    while (filled < into.length && !ended && !options.signal?.aborted) {
      const rest = into.subarray(filled);
      const count = await source.read(rest);
      if (!Number.isInteger(count) || count < 0 || count > rest.length) {
        throw new TypeError(
          `Source.read must return how many bytes it wrote, 0 to ${rest.length}, not ${String(count)}`,
        );
      }
      if (count === 0) ended = true;
      filled += count;
    }
    return filled;
  };
  const read = async (command: VirtualDeviceCommand): Promise<Completion> => {
    const into = command.buffer?.subarray(0, command.size) ?? new Uint8Array(0);
    const filled = await fill(into);
    hash?.update(into.subarray(0, filled));
    bytes += filled;
    return { code: filled < command.size ? 'ERROR_HANDLE_EOF' : 'ERROR_SUCCESS', bytes: filled };
  };

  const handle = (command: VirtualDeviceCommand) => {
    if (command.name === 'Read') return read(command);
    // A server may end a restore with these; there is nothing to make durable.
    if (command.name === 'Flush' || command.name === 'Complete') return {};
    return undefined;
  };
  await serve(device, handle, 'ERROR_READ_FAULT', options);
  return { bytes, sha256: hash?.digest('hex') ?? null };
}
