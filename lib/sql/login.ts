// Where a server is and how to log in there, in words that suit every driver.

/** A server and a login, for any driver. The password is sent to the server alone: it is in no error, log or argument list. */
export interface Login {
  /** `host`, `host\instance`, `host,port` or `host\instance,port`, as sqlcmd takes it; the port wins over the instance. */
  readonly server: string;
  /** Name of a SQL Server login. Needed unless `trusted`. */
  readonly user?: string | undefined;
  /** The login's, which may be empty. Needed with `user`. */
  readonly password?: string | undefined;
  /** Log in as the account this process runs as (Windows, Kerberos). Needs msnodesqlv8 or sqlcmd. Default false. */
  readonly trusted?: boolean | undefined;
  /**
   * Encrypt the connection. Default true, and yet tedious and mssql then go on with a server that cannot, as is their way. Where it is
   * given as true such a server is refused: before any statement, but tedious and mssql have logged in by then.
   */
  readonly encrypt?: boolean | undefined;
  /** Take the server's certificate unseen, such as the one it made for itself. Default false. */
  readonly trustServerCertificate?: boolean | undefined;
  /** Until the login has succeeded, in milliseconds, 1,000 to 3,600,000 (an hour). Default 15,000. */
  readonly connectTimeoutMs?: number | undefined;
}

/** A login, checked. */
export interface CheckedLogin {
  readonly host: string;
  readonly instance: string | null;
  readonly port: number | null;
  /** null: trusted. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  readonly encrypt: boolean;
  /** Encryption was asked for, and is not only the default. */
  readonly mustEncrypt: boolean;
  readonly trustServerCertificate: boolean;
  readonly connectTimeoutMs: number;
}

/** Beyond a timer's range it would be over at once, and sqlcmd counts it in 16 bits of seconds. */
const longestTimeoutMs = 3_600_000;

const members = [
  'server',
  'user',
  'password',
  'trusted',
  'encrypt',
  'trustServerCertificate',
  'connectTimeoutMs',
] as const satisfies readonly (keyof Login)[];

/** Throws a TypeError or RangeError that names the member, and never its value where that may be a secret. */
export function checkLogin(login: Login): CheckedLogin {
  for (const name of Object.keys(login)) {
    if (!(members as readonly string[]).includes(name)) {
      throw new TypeError(
        `connection.${name} is not known; there are ${members.join(', ')}, or config for the driver's own`,
      );
    }
  }
  const { trusted = false, encrypt = true, trustServerCertificate = false, connectTimeoutMs = 15_000 } = login;
  for (const [name, value] of Object.entries({ trusted, encrypt, trustServerCertificate })) {
    if (typeof value !== 'boolean')
      throw new TypeError(`connection.${name} must be true or false, not ${typeof value}`);
  }
  if (!Number.isInteger(connectTimeoutMs) || connectTimeoutMs < 1000 || connectTimeoutMs > longestTimeoutMs) {
    throw new RangeError(
      `connection.connectTimeoutMs is ${connectTimeoutMs}; it must be a whole number from 1000 to ${longestTimeoutMs}`,
    );
  }
  return {
    ...parseServer(login.server),
    credentials: trusted ? noCredentials(login) : credentialsOf(login),
    encrypt,
    mustEncrypt: login.encrypt === true,
    trustServerCertificate,
    connectTimeoutMs,
  };
}

function noCredentials({ user, password }: Login): null {
  if (user === undefined && password === undefined) return null;
  throw new TypeError('connection.trusted logs in as this process: leave connection.user and connection.password out');
}

function credentialsOf({ user, password }: Login): CheckedLogin['credentials'] {
  if (typeof user !== 'string' || user === '') {
    throw new TypeError('connection.user is missing; give a SQL Server login, or trusted: true');
  }
  if (typeof password !== 'string') throw new TypeError('connection.password is missing');
  return { user, password };
}

/** `host\instance,port`; `tcp:` before it is allowed, and `.` and `(local)` are this machine. */
function parseServer(server: string): Pick<CheckedLogin, 'host' | 'instance' | 'port'> {
  if (typeof server !== 'string') throw new TypeError(`connection.server must be a string, not ${typeof server}`);
  const match = /^(?:tcp:)?([^\\,;]+)(?:\\([^\\,;]+))?(?:,\s*(\d{1,5}))?$/i.exec(server.trim());
  const port = match?.[3] === undefined ? null : Number(match[3]);
  if (match?.[1] === undefined || port === 0 || (port ?? 1) > 65535) {
    // A connection string that was given for a server may hold a password.
    const given = /[;=]/.test(server) ? 'looks like a connection string' : `is '${server}'`;
    throw new TypeError(
      `connection.server ${given}; it must be host, host\\instance, host,port or host\\instance,port`,
    );
  }
  const host = ['.', '(local)'].includes(match[1].toLowerCase()) ? 'localhost' : match[1];
  return { host, instance: match[2] ?? null, port };
}

/** `host\instance,port` again, for the drivers that take it so. */
export function serverText({ host, instance, port }: Pick<CheckedLogin, 'host' | 'instance' | 'port'>): string {
  return `${host}${instance === null ? '' : `\\${instance}`}${port === null ? '' : `,${port}`}`;
}
