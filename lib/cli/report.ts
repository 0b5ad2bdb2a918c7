// Errors for people (primary cause first, then what came with it, then advice) and for machines (typed objects).

import type { CommanderError } from 'commander';
import { relatedErrors, SqlServerError } from '../index.ts';
import { printable } from './format.ts';

/** The command line itself was wrong; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  static from(error: CommanderError): UsageError {
    // An option that is not known is quoted with its value, and the value may be a password.
    const message = error.code === 'commander.unknownOption' ? error.message.replace(/=.*'/s, "=…'") : error.message;
    // A suggestion comes on a line of its own.
    return new UsageError(message.replace(/^error: /, '').replace(/\n/g, ' '));
  }
}

/** The command failed, and everything about it has been printed already. */
export class ReportedError extends Error {
  override readonly name = 'ReportedError';
}

// What the public errors carry beside name and message. Read by name, since they share no class.
const DETAILS = [
  'code',
  'advice',
  'hresult',
  'operation',
  'setName',
  'device',
  'provider',
  'driver',
  'limit',
  'databases',
  'number',
  'state',
  'severity',
  'messages',
  'errno',
  'syscall',
  'path',
  'files',
  'signal',
] as const;

function textDetail(error: object, name: string): string {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : '';
}

/** The errors that came with this one, and the one beneath it. */
function attached(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  const others: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [...relatedErrors(error), ...others, ...(error.cause === undefined ? [] : [error.cause])];
}

/** The lines for stderr. */
export function describeError(error: unknown): string[] {
  const lines = [`sqlvdi: ${headline(error)}`];
  addAttached(error, '  ', new Set([error]), lines);
  const advice = adviceFor(error);
  if (advice !== '') lines.push(`  advice: ${printable(advice)}`);
  if (error instanceof UsageError) lines.push('  see: sqlvdi help');
  return lines;
}

function addAttached(error: unknown, indent: string, seen: Set<unknown>, lines: string[]): void {
  for (const text of serverErrors(error).slice(1)) lines.push(`${indent}also: ${printable(text)}`);
  for (const one of attached(error)) {
    if (seen.has(one) || saysAlready(error, one)) continue;
    seen.add(one);
    lines.push(`${indent}also: ${headline(one)}`);
    addAttached(one, `${indent}  `, seen, lines);
  }
}

/** Each error of a failed statement by itself; the server sends the cause first. */
function serverErrors(error: unknown): string[] {
  if (!(error instanceof SqlServerError)) return [];
  const errors = error.messages.filter(({ severity }) => severity > 10);
  return errors.map(({ message, number, state }) => `${message} (error ${number}, state ${state})`);
}

function adviceFor(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (textDetail(error, 'code') === 'EPIPE') return 'what reads stdout ended before the backup did; look there';
  return textDetail(error, 'advice');
}

/** Some errors quote the first line of the one beneath. */
function saysAlready(error: unknown, one: unknown): boolean {
  const [first = ''] = one instanceof Error ? one.message.split('\n', 1) : [];
  return first !== '' && error instanceof Error && error.message.includes(first);
}

/** The message with its code, where it does not say it itself, and without the advice, which gets a line of its own. */
function headline(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const [first] = serverErrors(error);
  if (first !== undefined) return printable(first);
  const code = textDetail(error, 'code');
  const message = error.message.replace(` Advice: ${textDetail(error, 'advice')}.`, '');
  return printable(code === '' || message.includes(code) ? message : `${code}: ${message}`);
}

/** For --json: the same as an object, with everything a program may decide by. */
export function errorDocument(error: unknown, seen: ReadonlySet<unknown> = new Set()): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const details = DETAILS.map((name): [string, unknown] => [name, Reflect.get(error, name)]).filter(
    ([, value]) => value !== undefined,
  );
  const path = new Set([...seen, error]);
  const errors = attached(error).filter((one) => !path.has(one));
  return {
    name: error.name,
    message: error.message,
    ...Object.fromEntries(details),
    ...(errors.length > 0 && { errors: errors.map((one) => errorDocument(one, path)) }),
  };
}
