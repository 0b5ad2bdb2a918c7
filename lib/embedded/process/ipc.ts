// What the server's process and its parent say to each other, and the checks the parent makes of what it hears.
import { SqlServerError } from '../../sql/error.ts';
import type { SqlMessage, SqlValue } from '../../sql/executor.ts';
import type { CreateDatabaseOptions, DatabaseInfo, ModifyOptions } from '../api.ts';
import { type Batch, type BatchEvent, type Column, columnTypes, type ResultSet } from '../batch.ts';
import type { Fault } from '../faults.ts';
import { Fields } from '../json.ts';

export type Call =
  | { readonly method: 'start'; readonly folder: string; readonly instance: string | null }
  | { readonly method: 'run'; readonly batch: Batch }
  | { readonly method: 'createDatabase'; readonly name: string; readonly options: CreateDatabaseOptions }
  | { readonly method: 'modify'; readonly name: string; readonly options: ModifyOptions }
  | { readonly method: 'databases' }
  | { readonly method: 'checksum'; readonly name: string }
  | { readonly method: 'inject'; readonly fault: Fault }
  | { readonly method: 'close' };

/** Parent to child. */
export type Request =
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  | { readonly kind: 'cancel'; readonly id: number };

/** Child to parent. */
export type Reply =
  | { readonly kind: 'event'; readonly id: number; readonly event: BatchEvent }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

/** An error on its way between processes. */
export type Failure =
  | { readonly type: 'sql'; readonly messages: readonly SqlMessage[] }
  | { readonly type: 'error'; readonly name: string; readonly message: string };

export function readReply(value: unknown): Reply {
  const fields = new Fields(value);
  const id = fields.integer('id');
  const kind = fields.oneOf('kind', ['event', 'done', 'failed']);
  if (kind === 'event') return { kind, id, event: readEvent(fields.get('event')) };
  if (kind === 'done') return { kind, id, value: fields.get('value') };
  return { kind, id, failure: readFailure(fields.object('failure')) };
}

function readMessage(value: unknown): SqlMessage {
  const fields = new Fields(value);
  return {
    number: fields.integer('number'),
    state: fields.integer('state'),
    severity: fields.integer('severity'),
    message: fields.string('message'),
    line: fields.integer('line'),
    procedure: fields.string('procedure'),
    server: fields.string('server'),
  };
}

export function readEvent(value: unknown): BatchEvent {
  const fields = new Fields(value);
  const kind = fields.oneOf('kind', ['message', 'resultSet', 'database']);
  if (kind === 'message') return { kind, message: readMessage(fields.get('message')) };
  if (kind === 'database') return { kind, name: fields.string('name') };
  return { kind, resultSet: readResultSet(fields.object('resultSet')) };
}

function readResultSet(fields: Fields): ResultSet {
  const columns = fields.list('columns', readColumn);
  return { columns, rows: fields.list('rows', (row) => readRow(row, columns.length)) };
}

function readColumn(value: unknown): Column {
  const fields = new Fields(value);
  return { name: fields.string('name'), type: fields.oneOf('type', columnTypes) };
}

function readRow(value: unknown, columns: number): SqlValue[] {
  if (!Array.isArray(value) || value.length !== columns) throw new TypeError('a row is not a list of its columns');
  return value.map(readValue);
}

function readValue(value: unknown): SqlValue {
  if (!isSqlValue(value)) throw new TypeError(`a ${typeof value} is no SQL value`);
  return value;
}

function isSqlValue(value: unknown): value is SqlValue {
  return (
    value === null ||
    ['string', 'number', 'bigint', 'boolean'].includes(typeof value) ||
    value instanceof Date ||
    value instanceof Uint8Array
  );
}

export function readDatabases(value: unknown): DatabaseInfo[] {
  return new Fields({ value }).list('value', (item) => {
    const fields = new Fields(item);
    return {
      name: fields.string('name'),
      state: fields.oneOf('state', ['online', 'restoring']),
      kind: fields.oneOf('kind', ['generated', 'pages', 'kept']),
      size: fields.integer('size'),
      pages: fields.integer('pages'),
    };
  });
}

export function toFailure(error: unknown): Failure {
  if (error instanceof SqlServerError) return { type: 'sql', messages: error.messages };
  if (error instanceof Error) return { type: 'error', name: error.name, message: error.message };
  return { type: 'error', name: 'Error', message: String(error) };
}

export function readFailure(fields: Fields): Failure {
  const type = fields.oneOf('type', ['sql', 'error']);
  if (type === 'sql') return { type, messages: fields.list('messages', readMessage) };
  return { type, name: fields.string('name'), message: fields.string('message') };
}

export function fromFailure(failure: Failure): Error {
  if (failure.type === 'sql') return new SqlServerError(failure.messages);
  if (failure.name === 'RangeError') return new RangeError(failure.message);
  if (failure.name === 'TypeError') return new TypeError(failure.message);
  return new Error(failure.message);
}
