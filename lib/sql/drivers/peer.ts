// Optional drivers: loaded when they are used, and named where they are missing.
import { errorCode, messageOf } from '../../common/thrown.ts';
import { DriverMissingError } from '../connection-error.ts';
import type { DriverName } from '../executor.ts';

/** What `load` imports. Throws a DriverMissingError where the package itself is absent; a broken one keeps its own error. */
export async function loadPeer<T>(driver: DriverName, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(errorCode(cause) ?? '');
    throw missing && messageOf(cause).includes(driver) ? new DriverMissingError(driver, { cause }) : cause;
  }
}
