// Makes the error for a status: of the status's own class.
import * as errors from './errors.ts';
import { statuses } from './status.ts';

type VdiErrorClass = new (hresult: number, context: errors.VdiErrorContext, options?: ErrorOptions) => errors.VdiError;

/** Complete by its type: a status whose class is missing does not compile. */
const classes: Readonly<Record<(typeof statuses)[number]['className'], VdiErrorClass>> = errors;

const classByHresult = new Map<number, VdiErrorClass>(
  statuses.map((status) => [status.value, classes[status.className]]),
);

/** The error for a failed HRESULT: the status's own class, or VdiError itself where the table does not know it. */
export function createVdiError(
  hresult: number,
  context: errors.VdiErrorContext,
  options?: ErrorOptions,
): errors.VdiError {
  const ErrorClass = classByHresult.get(hresult >>> 0) ?? errors.VdiError;
  return new ErrorClass(hresult >>> 0, context, options);
}

/** The error for a status by its name. */
export function vdiErrorNamed(
  name: (typeof statuses)[number]['name'],
  context: errors.VdiErrorContext,
  options?: ErrorOptions,
): errors.VdiError {
  const status = statuses.find((row) => row.name === name);
  return createVdiError(status === undefined ? 0 : status.value, context, options);
}
