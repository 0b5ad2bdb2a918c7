// The error of a failed call of the interface: what failed, on what, and what to do about it.
import { describeHresult, formatHresult } from './hresult.ts';

/** Where a call failed. */
export interface VdiErrorContext {
  /** The interface's method, for example 'CreateEx'. */
  readonly operation: string;
  /** The virtual device set's name; empty where there is none yet. */
  readonly setName: string;
  /** The device's name where the call was one of a device. */
  readonly device?: string | null | undefined;
  /** What exactly was wrong, where more is known than the status says. */
  readonly detail?: string | undefined;
}

/** A call of the Virtual Device Interface failed. There is a subclass for each status of the table. */
export class VdiError extends Error {
  /** The status's name, for example 'VD_E_OPEN', or 'HRESULT 0x…' where it has none. */
  readonly code: string;
  /** The status as an unsigned 32-bit number. */
  readonly hresult: number;
  /** The interface's method that failed. */
  readonly operation: string;
  /** The virtual device set's name; empty where there is none yet. */
  readonly setName: string;
  /** The device's name, where the call was one of a device. */
  readonly device: string | undefined;
  /** What to do about it. */
  readonly advice: string;

  constructor(hresult: number, context: VdiErrorContext, options?: ErrorOptions) {
    const status = describeHresult(hresult);
    const on = [context.setName && ` on set '${context.setName}'`, context.device && `, device '${context.device}'`];
    const what = context.detail ?? status.meaning;
    const code = status.name === '' ? '' : `${status.name}, `;
    super(
      `${context.operation} failed${on.filter(Boolean).join('')}: ${what} (${code}${formatHresult(hresult)}). Advice: ${status.advice}.`,
      options,
    );
    this.name = new.target.name;
    this.code = status.name || `HRESULT ${formatHresult(hresult)}`;
    this.hresult = hresult >>> 0;
    this.operation = context.operation;
    this.setName = context.setName;
    this.device = context.device ?? undefined;
    this.advice = status.advice;
  }
}
