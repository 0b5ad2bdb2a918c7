// The system procedures that drivers run statements with, and the statements a connection has prepared.
import type { SqlValue } from '../../sql/executor.ts';
import type { MessageNumber } from '../messages.ts';
import { bind, type Call, type Prepared, prepare } from './requests.ts';

/** A handle that goes back to the client, under the name it gave it. */
export interface Handle {
  readonly name: string;
  readonly value: number;
}

/** What a call comes to. */
export type Plan =
  | {
      readonly kind: 'run';
      readonly text: string;
      readonly parameters: ReadonlyMap<string, SqlValue>;
      readonly handle: Handle | null;
    }
  /** Nothing is to be run. */
  | { readonly kind: 'done'; readonly handle: Handle | null }
  | { readonly kind: 'refused'; readonly number: MessageNumber; readonly args: readonly (string | number)[] };

export class Procedures {
  private readonly prepared = new Map<number, Prepared>();
  private lastHandle = 0;

  /** Throws a TdsFormatError for a call without a statement. */
  plan({ procedure, parameters }: Call): Plan {
    const [first, second, third] = parameters;
    switch (procedure) {
      case 'sp_executesql':
        return this.run(prepare(first?.value, second?.value), parameters.slice(2), null);
      case 'sp_prepare':
        return { kind: 'done', handle: this.keep(first?.name, prepare(third?.value, second?.value)) };
      case 'sp_prepexec': {
        const prepared = prepare(third?.value, second?.value);
        return this.run(prepared, parameters.slice(3), this.keep(first?.name, prepared));
      }
      case 'sp_execute': {
        const prepared = this.prepared.get(Number(first?.value));
        return prepared === undefined ? unknownHandle(first?.value) : this.run(prepared, parameters.slice(1), null);
      }
      case 'sp_unprepare':
        return this.prepared.delete(Number(first?.value))
          ? { kind: 'done', handle: null }
          : unknownHandle(first?.value);
      default:
        return { kind: 'refused', number: 2812, args: [procedure] };
    }
  }

  forget(): void {
    this.prepared.clear();
  }

  private run(prepared: Prepared, given: Call['parameters'], handle: Handle | null): Plan {
    return { kind: 'run', text: prepared.text, parameters: bind(prepared, given), handle };
  }

  private keep(name: string | undefined, prepared: Prepared): Handle {
    this.lastHandle += 1;
    this.prepared.set(this.lastHandle, prepared);
    return { name: name ?? '', value: this.lastHandle };
  }
}

function unknownHandle(handle: SqlValue | undefined): Plan {
  return { kind: 'refused', number: 8179, args: [Number(handle ?? 0)] };
}
