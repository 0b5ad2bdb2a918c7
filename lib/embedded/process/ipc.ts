// What the server's process and its parent say to each other, and the checks each side makes of what it hears.
import { SqlServerError } from '../../sql/error.ts';
import type { SqlMessage, SqlValue } from '../../sql/executor.ts';
import type { CreateDatabaseOptions, DatabaseInfo, ModifyOptions } from '../api.ts';
import { type Batch, type BatchEvent, type Column, columnTypes, type ResultSet, type Session } from '../batch.ts';
import { type Fault, readFault } from '../faults.ts';
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

export function readRequest(value: unknown): Request {
  const fields = new Fields(value);
  const id = fields.integer('id');
  if (fields.oneOf('kind', ['call', 'cancel']) === 'cancel') return { kind: 'cancel', id };
  return { kind: 'call', id, call: readCall(fields.object('call')) };
}

function readCall(fields: Fields): Call {
  const method = fields.oneOf('method', [
    'start',
    'run',
    'createDatabase',
    'modify',
    'databases',
    'checksum',
    'inject',
    'close',
  ]);
  switch (method) {
    case 'start':
      return { method, folder: fields.string('folder'), instance: fields.stringOrNull('instance') };
    case 'run':
      return { method, batch: readBatch(fields.object('batch')) };
    case 'createDatabase': {
      const options = fields.object('options');
      // Ranges are the server's to check, so that its errors are the same in both modes.
      const size = numberIn(options, 'size') ?? Number.NaN;
      const compressible = options.get('compressible') === true;
      return { method, name: fields.string('name'), options: { size, seed: numberIn(options, 'seed'), compressible } };
    }
    case 'modify': {
      const options = fields.object('options');
      const pages = numberIn(options, 'pages') ?? Number.NaN;
      return { method, name: fields.string('name'), options: { pages, seed: numberIn(options, 'seed') } };
    }
    case 'checksum':
      return { method, name: fields.string('name') };
    case 'inject':
      return { method, fault: readFault(fields.get('fault')) };
    case 'databases':
    case 'close':
      return { method };
  }
}

function numberIn(fields: Fields, key: string): number | undefined {
  const value = fields.get(key);
  return typeof value === 'number' ? value : undefined;
}

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

function readBatch(fields: Fields): Batch {
  const parameters = new Map<string, SqlValue>();
  const given = fields.get('parameters');
  if (!(given instanceof Map)) throw new TypeError('parameters is not a map');
  for (const [name, value] of given) parameters.set(String(name), readValue(value));
  return { text: fields.string('text'), parameters, session: readSession(fields.object('session')) };
}

function readSession(fields: Fields): Session {
  return {
    login: fields.string('login'),
    sysadmin: fields.boolean('sysadmin'),
    spid: fields.integer('spid'),
    database: fields.string('database'),
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
