// A batch of T-SQL on its way into the server and what comes back of it: the one interface that all transports share.
import { userName } from '../common/user-name.ts';
import type { Execute, ExecuteResult, SqlMessage, SqlValue } from '../sql/executor.ts';

/** On whose behalf a batch runs. */
export interface Session {
  /** The login's name, as SUSER_SNAME() gives it. */
  readonly login: string;
  /** Whether the login may back up and restore. */
  readonly sysadmin: boolean;
  /** The session's number, as @@SPID gives it. */
  readonly spid: number;
  /** The current database. */
  readonly database: string;
}

/** What is to be run. */
export interface Batch {
  readonly text: string;
  /** Values by the parameters' names, which begin with @ and are in lower case. */
  readonly parameters: ReadonlyMap<string, SqlValue>;
  readonly session: Session;
}

export const columnTypes = [
  'bit',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'numeric',
  'float',
  'datetime',
  'nvarchar',
  'varbinary',
  'uniqueidentifier',
] as const;

/** What a column's values are. A numeric has no scale: numbers that have one are floats. */
export type ColumnType = (typeof columnTypes)[number];

/** A column of a {@link ResultSet}. */
export interface Column {
  /** Empty where an expression has no name. */
  readonly name: string;
  /** What the column's values are. */
  readonly type: ColumnType;
}

/** What one SELECT, HEADERONLY, FILELISTONLY or LABELONLY gave. */
export interface ResultSet {
  /** In the order of the SELECT. */
  readonly columns: readonly Column[];
  /** Each row has a value for every column. */
  readonly rows: readonly (readonly SqlValue[])[];
}

/** What happens while a batch runs. */
export type BatchEvent =
  | {
      /** The server said something. */
      readonly kind: 'message';
      /** What it said: information or an error. */
      readonly message: SqlMessage;
    }
  | {
      /** A statement gave rows. */
      readonly kind: 'resultSet';
      /** All of them. */
      readonly resultSet: ResultSet;
    }
  | {
      /** USE changed the session's database, for the batches to come. */
      readonly kind: 'database';
      /** The database's, as it was created. */
      readonly name: string;
    };

/** What goes with the running of a batch. */
export interface BatchOptions {
  /** Ends the batch; the promise then rejects with its reason, once nothing of the batch is left. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each event as it happens. An exception it throws ends the batch and is what the promise rejects with. */
  readonly onEvent: (event: BatchEvent) => void;
}

/** Resolves when every statement succeeded. Rejects with a SqlServerError with all messages where one failed. */
export type RunBatch = (batch: Batch, options: BatchOptions) => Promise<void>;

let lastSpid = 50;

/** A session's number, another for each one of this process. */
export function newSpid(): number {
  lastSpid += 1;
  return lastSpid;
}

/** A new session of whoever runs the server. */
export function ownerSession(): Session {
  return { login: userName(), sysadmin: true, spid: newSpid(), database: 'master' };
}

/** The public form of running a batch: the first result set's rows, by their columns' names. */
export function executeOver(run: RunBatch): Execute {
  const session = ownerSession();
  return async (text, { signal, onMessage } = {}): Promise<ExecuteResult> => {
    if (typeof text !== 'string') throw new TypeError(`execute needs the statement's text, not ${typeof text}`);
    const messages: SqlMessage[] = [];
    let rows: ExecuteResult['rows'] | null = null;
    const onEvent = (event: BatchEvent): void => {
      if (event.kind === 'message') {
        messages.push(event.message);
        onMessage?.(event.message);
      } else if (event.kind === 'resultSet') rows ??= recordsOf(event.resultSet);
    };
    await run({ text, parameters: new Map(), session }, { signal, onEvent });
    return { rows: rows ?? [], messages };
  };
}

function recordsOf({ columns, rows }: ResultSet): ExecuteResult['rows'] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
}
