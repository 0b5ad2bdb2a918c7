// Serves a device's commands from JavaScript: the state machine that sinks and sources share.
import { errorCode, toError } from '../common/thrown.ts';
import { unlessAborted } from '../common/waits.ts';
import type { Completion, VirtualDeviceCommand } from '../vdi/command.ts';
import type { VirtualDevice } from '../vdi/device.ts';

/** How a device is served. */
export interface ServeOptions {
  /** Computes the SHA-256 of the stream while it is moved. Default false. */
  readonly sha256?: boolean | undefined;
  /** Stops: the call rejects with the signal's reason at once, even while a sink or source hangs. The set is then to be aborted and closed. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, at the moment the sink or source fails; the call itself rejects later, when the server has closed the device. */
  readonly onError?: ((error: Error) => void) | undefined;
}

/** What serving a sink or source came to. */
export interface ServeResult {
  /** Bytes moved. */
  readonly bytes: number;
  /** Lower-case hexadecimal, or null where it was not asked for. */
  readonly sha256: string | null;
}

/** Does what one command asks for; undefined where the device does not support it. Throwing puts the device into failure. */
export type Handler = (command: VirtualDeviceCommand) => Promise<Completion> | Completion | undefined;

/**
 * Serves commands in the order of delivery, one after the other, until the server closes the device. After the first
 * failure everything is answered with its error code (ClearError with success), so that the server learns of it and ends
 * the statement; the failure is then thrown. `failureCode` is the code for errors that are not about a full disk.
 */
export async function serve(
  device: VirtualDevice,
  handler: Handler,
  failureCode: 'ERROR_WRITE_FAULT' | 'ERROR_READ_FAULT',
  options: ServeOptions,
): Promise<void> {
  const { signal } = options;
  let failure: Error | undefined;
  let lost: Error | undefined;
  try {
    for await (const command of device.commands({ signal })) {
      let completion: Completion;
      try {
        completion = await answer(command, handler, failure, signal, failureCode);
      } catch (thrown) {
        if (signal?.aborted) throw thrown;
        failure = toError(thrown);
        options.onError?.(failure);
        completion = { code: completionCodeFor(failure, failureCode) };
      }
      // Not awaited: the next command may be worked on while the device's thread answers this one.
      command.complete(completion).catch((thrown) => {
        lost ??= toError(thrown);
      });
    }
  } catch (thrown) {
    // What the sink or source said first is the cause; an abort that follows is not.
    throw failure ?? thrown;
  }
  if (failure ?? lost) throw failure ?? lost;
}

async function answer(
  command: VirtualDeviceCommand,
  handler: Handler,
  failure: Error | undefined,
  signal: AbortSignal | undefined,
  failureCode: 'ERROR_WRITE_FAULT' | 'ERROR_READ_FAULT',
): Promise<Completion> {
  const fixed = fixedAnswers.get(command.name);
  if (fixed !== undefined) return fixed;
  if (failure !== undefined) return { code: completionCodeFor(failure, failureCode) };
  const work = handler(command);
  if (work === undefined) return { code: 'ERROR_NOT_SUPPORTED' };
  return work instanceof Promise ? untilAborted(work, command, signal) : work;
}

/** Where the wait is given up, the command is answered when its holder lets go, so that closing need not wait for longer. */
async function untilAborted(
  work: Promise<Completion>,
  command: VirtualDeviceCommand,
  signal: AbortSignal | undefined,
): Promise<Completion> {
  try {
    return await unlessAborted(work, signal);
  } catch (thrown) {
    if (signal?.aborted) {
      const letGo = () => command.complete({ code: 'ERROR_OPERATION_ABORTED' }).catch(() => undefined);
      work.then(letGo, letGo);
    }
    throw thrown;
  }
}

/** Commands whose answer never depends on the sink or source. 995 is how a client refuses a snapshot backup. */
const fixedAnswers: ReadonlyMap<string, Completion> = new Map([
  ['ClearError', { code: 'ERROR_SUCCESS' }],
  ['PrepareToFreeze', { code: 'ERROR_OPERATION_ABORTED' }],
  ['Snapshot', { code: 'ERROR_OPERATION_ABORTED' }],
  ['MountSnapshot', { code: 'ERROR_OPERATION_ABORTED' }],
]);

function completionCodeFor(
  error: Error,
  failureCode: 'ERROR_WRITE_FAULT' | 'ERROR_READ_FAULT',
): 'ERROR_DISK_FULL' | 'ERROR_WRITE_FAULT' | 'ERROR_READ_FAULT' {
  if (failureCode === 'ERROR_READ_FAULT') return failureCode;
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'ERROR_DISK_FULL' : failureCode;
}
