// The driver sqlcmd: Microsoft's command, as a last resort. One process for each statement.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { errorCode } from '../../common/thrown.ts';
import { ConnectError, DriverMissingError } from '../connection-error.ts';
import { ConnectionLostError } from '../error.ts';
import type { ExecuteOptions, ExecuteResult, SqlExecutor } from '../executor.ts';
import { type CheckedLogin, serverText } from '../login.ts';
import { runStatement } from './run.ts';
import { columnSeparator, MessageReader, readRows } from './sqlcmd-output.ts';

/** No row of RESTORE HEADERONLY is longer, and no statement gives more than that many bytes of rows. */
const lineWidth = 65_535;
const maxOutput = 16 * 1024 ** 2;
/** Of one argument on Linux; on Windows of the whole command line, less what the others may need. */
const maxArgument = process.platform === 'win32' ? 30_000 : 131_071;

/** Nothing is started before the first statement; `command` is found on the PATH. */
export function openSqlcmd(login: CheckedLogin, command = 'sqlcmd', args: readonly string[] = []): SqlExecutor {
  return new SqlcmdExecutor(login, command, args);
}

class SqlcmdExecutor implements SqlExecutor {
  readonly #login: CheckedLogin;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #children = new Set<ChildProcess>();
  /** The first statement to get an answer proves the connection. */
  #connected = false;
  #closed = false;

  constructor(login: CheckedLogin, command: string, args: readonly string[]) {
    this.#login = login;
    this.#command = command;
    this.#args = args;
  }

  readonly execute = async (statement: string, options?: ExecuteOptions): Promise<ExecuteResult> => {
    let refusal: Error | null = null;
    return runStatement(options, (run) => {
      const child = this.#start(statement);
      const messages = new MessageReader(run.message);
      const rows: Buffer[] = [];
      let size = 0;
      child.stdout?.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= maxOutput) rows.push(chunk);
        else child.kill('SIGKILL');
      });
      if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => messages.line(line));
      child.on('error', (error) => {
        refusal = startFailure(error, this.#login.credentials === null);
        run.end(error);
      });
      child.on('close', (code, signal) => {
        this.#children.delete(child);
        for (const row of readRows(Buffer.concat(rows).toString())) run.row(row);
        if (code === 0) this.#connected = true;
        const words = messages.ownLines.join(' ') || `sqlcmd ended with ${signal ?? `exit code ${code}`}`;
        if (code !== 0 && !this.#connected) refusal ??= new ConnectError('sqlcmd', new Error(words + this.#remark()));
        run.end(code === 0 ? undefined : new Error(words));
      });
      return () => void child.kill();
    }).catch((error: unknown) => {
      // What the server itself said, and the caller's own reason, come before that there is no connection.
      throw refusal !== null && error instanceof ConnectionLostError ? refusal : error;
    });
  };

  async close(): Promise<void> {
    this.#closed = true;
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** An older sqlcmd refuses the option that turns a newer one's encryption off, so it is not given. */
  #remark(): string {
    const { encrypt, trustServerCertificate } = this.#login;
    if (encrypt || trustServerCertificate) return '';
    return ' (sqlcmd 18 and newer encrypt all the same: trust the certificate, or use another driver)';
  }

  #start(statement: string): ChildProcess {
    if (this.#closed) throw new Error('the connection was closed');
    const { credentials } = this.#login;
    const child = spawn(this.#command, [...this.#args, ...argumentsOf(this.#login, statement)], {
      // Never an argument: those are anybody's to read.
      env: environmentWith(credentials?.password),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#children.add(child);
    return child;
  }
}

/** Without sqlcmd's own variables: they would set a time-out, leave the headings out or run a script first. */
function environmentWith(password: string | undefined): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^SQLCMD/i.test(name));
  return { ...Object.fromEntries(others), ...(password !== undefined && { SQLCMDPASSWORD: password }) };
}

function argumentsOf(login: CheckedLogin, statement: string): string[] {
  const { credentials, encrypt, trustServerCertificate, connectTimeoutMs } = login;
  return [
    ['-S', serverText(login)],
    credentials === null ? ['-E'] : ['-U', credentials.user],
    ['-d', 'master'],
    encrypt ? ['-N'] : [],
    trustServerCertificate ? ['-C'] : [],
    ['-l', String(Math.ceil(connectTimeoutMs / 1000))],
    // An error is an exit code; every message goes to stderr and has its header; no variables are replaced.
    ['-b', '-r1', '-m-1', '-x'],
    ['-W', '-s', columnSeparator, '-w', String(lineWidth)],
    process.platform === 'win32' ? ['-f', '65001'] : [],
    ['-Q', wrapped(statement)],
  ].flat();
}

/** As hexadecimal digits it holds nothing that sqlcmd, a shell or a code page could take for something else, not even GO. */
function wrapped(statement: string): string {
  const digits = Buffer.from(statement, 'utf16le').toString('hex');
  const batch = `SET NOCOUNT ON; DECLARE @s nvarchar(max) = CAST(0x${digits} AS nvarchar(max)); EXEC (@s);`;
  if (batch.length <= maxArgument) return batch;
  const longest = Math.floor((maxArgument - (batch.length - digits.length)) / 4);
  throw new RangeError(
    `the statement has ${statement.length} characters, and sqlcmd can be given ${longest}: use another driver`,
  );
}

function startFailure(error: Error, trusted: boolean): Error {
  return errorCode(error) === 'ENOENT'
    ? new DriverMissingError('sqlcmd', { cause: error, trusted })
    : new ConnectError('sqlcmd', error);
}
