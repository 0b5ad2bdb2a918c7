// Faults a test asks the stand-in for, so that users can see how their own code takes them.
import { maxDevices } from '../vdi/config.ts';
import type { EngineFault, FaultAction } from '../vdi/native.ts';
import { Fields } from './json.ts';

/** Where a fault happens: see {@link Fault}. */
export type FaultPlace = EngineFault['at'];

/**
 * Something that goes wrong in the next BACKUP or RESTORE (VERIFYONLY, HEADERONLY, FILELISTONLY and LABELONLY count as RESTORE).
 * Several faults may be injected before one statement; it takes all that fit it, whether they are reached or not.
 *
 * - `abort`: the server aborts the set (IServerVirtualDeviceSet2::SignalAbort).
 * - `error`: the server gives up with the Win32 error `value` (default 1117, ERROR_IO_DEVICE), as for a fault of its own.
 * - `hang`: the server goes silent there, until the statement is cancelled.
 * - `die`: the server's process ends at once, as if killed. Only for a server that is its own process.
 * - `slow`: from there on each command is `value` milliseconds late; it must be given.
 * - `neverAttach`: the statement runs but the server never opens the set, until the statement is cancelled.
 */
export type Fault =
  | {
      /** Which statement takes it. Default 'any': the next one. */
      readonly when?: 'backup' | 'restore' | 'any' | undefined;
      /** What goes wrong: `abort`, `error`, `hang`, `die` or `slow`. */
      readonly action: FaultAction;
      /** The device's index in the statement, 0 to 63. Default 0. One that the statement has no device for never happens. */
      readonly device?: number | undefined;
      /**
       * `byte`: of the device's stream; `command`: the n-th command of the device, from 0;
       * `state`: on reaching it.
       */
      readonly at: FaultPlace;
      /** A whole number: see `error` and `slow`. The others have none. */
      readonly value?: number | undefined;
    }
  | {
      /** Which statement takes it. Default 'any': the next one. */
      readonly when?: 'backup' | 'restore' | 'any' | undefined;
      /** The server never opens the set. */
      readonly action: 'neverAttach';
    };

/** What one statement has to go through. */
export interface StatementFaults {
  readonly neverAttach: boolean;
  readonly engine: readonly EngineFault[];
}

const states = ['attached', 'configured', 'active', 'flush', 'complete', 'close'] as const;
const actions = ['abort', 'error', 'hang', 'die', 'slow', 'neverAttach'] as const;
const lastDevice = maxDevices - 1;
const statements = ['backup', 'restore', 'any'] as const;

/** The faults waiting for their statement. */
export class FaultQueue {
  private waiting: Fault[] = [];

  add(fault: Fault): void {
    this.waiting.push(fault);
  }

  take(statement: 'backup' | 'restore'): StatementFaults {
    const taken = this.waiting.filter(({ when = 'any' }) => when === 'any' || when === statement);
    this.waiting = this.waiting.filter((fault) => !taken.includes(fault));
    return {
      neverAttach: taken.some(({ action }) => action === 'neverAttach'),
      engine: taken.flatMap((fault) => {
        if (fault.action === 'neverAttach') return [];
        const { action, device = 0, at, value } = fault;
        return [value === undefined ? { action, device, at } : { action, device, at, value }];
      }),
    };
  }
}

/** Faults come from JavaScript users too: a mistyped one must not be one that never happens. Throws a TypeError. */
export function readFault(value: unknown): Fault {
  const fields = new Fields(value, 'fault');
  const when = fields.get('when') === undefined ? 'any' : fields.oneOf('when', statements);
  const action = fields.oneOf('action', actions);
  if (action === 'neverAttach') {
    fields.only('when', 'action');
    return { when, action };
  }
  fields.only('when', 'action', 'device', 'at', 'value');
  const optional = (key: string): number | undefined =>
    fields.get(key) === undefined ? undefined : fields.integer(key);
  const device = optional('device');
  if (device !== undefined && device > lastDevice) throw new TypeError(`fault.device is not one of 0 to ${lastDevice}`);
  return {
    when,
    action,
    device,
    at: readPlace(fields.object('at')),
    value: action === 'slow' ? fields.integer('value') : optional('value'),
  };
}

function readPlace(fields: Fields): FaultPlace {
  const [place, ...others] = (['byte', 'command', 'state'] as const).filter((key) => fields.get(key) !== undefined);
  if (place === undefined || others.length > 0)
    throw new TypeError('fault.at needs byte, command or state, one of them');
  fields.only(place);
  if (place === 'byte') return { byte: fields.integer(place) };
  if (place === 'command') return { command: fields.integer(place) };
  return { state: fields.oneOf(place, states) };
}
