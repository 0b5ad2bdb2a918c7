// Why there is no connection, or none that can back up: each with what to do about it.
import { messageOf } from '../common/thrown.ts';
import type { DriverName } from './executor.ts';

/** The driver that was asked for, or any driver at all, is not installed. */
export class DriverMissingError extends Error {
  override readonly name = 'DriverMissingError';
  /** Always 'SQLVDI_DRIVER_MISSING'. */
  readonly code = 'SQLVDI_DRIVER_MISSING';
  /** The one that was asked for; sqlcmd, the last resort, where none was. */
  readonly driver: DriverName;
  /** How to install one. */
  readonly advice: string;

  /** `trusted`: the process's own account is to log in, which not every driver can. */
  constructor(driver: DriverName, options?: ErrorOptions & { readonly trusted?: boolean }) {
    super(`the SQL driver '${driver}' is not installed`, options);
    this.driver = driver;
    const others = options?.trusted
      ? "'npm install msnodesqlv8'"
      : "'npm install tedious' (or mssql; msnodesqlv8 where the process's own account is to log in)";
    // sqlcmd is the last resort where no driver was named.
    this.advice = driver === 'sqlcmd' ? `run ${others}, or put sqlcmd on the PATH` : `npm install ${driver}`;
  }
}

/** The server could not be reached or did not let us in without saying why. A refused login is a SqlServerError (18456). */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  /** Always 'SQLVDI_CONNECT'. */
  readonly code = 'SQLVDI_CONNECT';
  /** Through which it was tried. */
  readonly driver: DriverName;
  /** What to check. */
  readonly advice =
    'check the server, instance and port, that TCP/IP is enabled, and whether its certificate is to be trusted';

  constructor(driver: DriverName, cause: unknown) {
    super(`no connection through ${driver}: ${reasonOf(cause)}`, { cause });
    this.driver = driver;
  }
}

/** What the driver says, and what lies beneath where it does not say that. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  let root = error;
  for (let next = beneath(root); next !== undefined; next = beneath(root)) root = next;
  return root instanceof Error && !message.includes(root.message) ? `${message} (${root.message})` : message;
}

/** mssql keeps the driver's error as `originalError`; Node gives one for each address it tried. */
function beneath(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError) return error.errors[0];
  return error.cause ?? ('originalError' in error ? error.originalError : undefined);
}

/** The login is not a member of sysadmin, which the server demands of whoever backs up to or restores from a virtual device. */
export class PermissionError extends Error {
  override readonly name = 'PermissionError';
  /** Always 'SQLVDI_NOT_SYSADMIN'. */
  readonly code = 'SQLVDI_NOT_SYSADMIN';
  /** What to do. */
  readonly advice = 'use a login that is a member of the sysadmin server role; db_backupoperator is not enough';

  constructor() {
    super('the login is not a member of sysadmin, and only members can use virtual devices');
  }
}

/** This server, by its edition or version, cannot do what was asked for. Found out before anything was started. */
export class ServerSupportError extends Error {
  override readonly name = 'ServerSupportError';
  /** Always 'SQLVDI_NOT_SUPPORTED_BY_SERVER'. */
  readonly code = 'SQLVDI_NOT_SUPPORTED_BY_SERVER';
}

export function cannotEncrypt(): ServerSupportError {
  return new ServerSupportError(
    'the server cannot encrypt the connection, and encrypt: true (--encrypt) asks for that: leave it out, or set up TLS there',
  );
}
