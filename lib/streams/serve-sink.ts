// Serves a backup's device from a sink.
import { createHash } from 'node:crypto';
import type { Completion, VirtualDeviceCommand } from '../vdi/command.ts';
import type { VirtualDevice } from '../vdi/device.ts';
import { type ServeOptions, type ServeResult, serve } from './serve.ts';
import type { Sink } from './sink.ts';

/** What {@link serveSink} came to. */
export interface ServeSinkResult extends ServeResult {
  /** Whether the server sent Complete, so that `sink.complete` has been called. */
  readonly completed: boolean;
}

/**
 * Hands every Write of the device to the sink, in stream order, and acknowledges Flush and Complete only after the sink's
 * own have resolved. Resolves when the server closes the device, which does not mean that the backup succeeded. Rejects with
 * the sink's first error once the server was told and has closed the device, with VdiAbortError, or with the signal's reason.
 */
export async function serveSink(
  device: VirtualDevice,
  sink: Sink,
  options: ServeOptions = {},
): Promise<ServeSinkResult> {
  const hash = options.sha256 ? createHash('sha256') : undefined;
  let bytes = 0;
  let completed = false;

  const write = async (command: VirtualDeviceCommand): Promise<Completion> => {
    const chunk = command.buffer?.subarray(0, command.size);
    if (chunk !== undefined && chunk.length > 0) {
      hash?.update(chunk);
      await sink.write(chunk);
    }
    bytes += command.size;
    return { code: 'ERROR_SUCCESS', bytes: command.size };
  };
  const flush = async (): Promise<Completion> => {
    await sink.flush?.();
    return {};
  };
  const complete = async (): Promise<Completion> => {
    if (!completed) await sink.complete?.();
    completed = true;
    return {};
  };

  const handle = (command: VirtualDeviceCommand) => {
    if (command.name === 'Write') return write(command);
    if (command.name === 'Flush') return flush();
    if (command.name === 'Complete') return complete();
    return undefined;
  };
  await serve(device, handle, 'ERROR_WRITE_FAULT', options);
  return { bytes, sha256: hash?.digest('hex') ?? null, completed };
}
