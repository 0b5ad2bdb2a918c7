// Errors as they are printed for people and for machines.
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { describeError, errorDocument, UsageError } from '../../lib/cli/report.ts';
import { SqlServerError, VdiOpenError } from '../../lib/index.ts';

function failure() {
  const primary = Object.assign(new Error('no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
    path: '/full/x.bak',
  });
  const second = Object.assign(new Error('The statement failed.'), { name: 'SqlServerError', number: 3202 });
  return Object.assign(primary, { related: [second, new Error('a third')] });
}

test('the primary cause comes first, with its code; what came with it is indented', () => {
  expect(describeError(failure())).toEqual([
    'sqlvdi: ENOSPC: no space left on device, write',
    '  also: The statement failed.',
    '  also: a third',
  ]);
});

test('a code the message already says is not said twice', () => {
  const error = Object.assign(new Error('VD_E_OPEN: devices are open'), { code: 'VD_E_OPEN' });
  expect(describeError(error)).toEqual(['sqlvdi: VD_E_OPEN: devices are open']);
});

test('advice gets a line of its own, at the end', () => {
  const error = new VdiOpenError(0x8077000d, { operation: 'Close', setName: 'x' });
  expect(describeError(error)).toEqual([
    "sqlvdi: Close failed on set 'x': devices are open (VD_E_OPEN, 0x8077000d).",
    `  advice: ${error.advice}`,
  ]);
  expect(errorDocument(error)).toMatchObject({
    name: 'VdiOpenError',
    code: 'VD_E_OPEN',
    hresult: 0x8077000d,
    operation: 'Close',
  });
});

test('an error that quotes the one beneath says it once', () => {
  const cause = new Error('no such file\n    at somewhere');
  expect(describeError(new Error('not loaded (no such file)', { cause }))).toEqual([
    'sqlvdi: not loaded (no such file)',
  ]);
});

test('the errors of a failed statement come one by one, the cause first', () => {
  const message = (number: number, severity: number, text: string) => ({
    number,
    severity,
    message: text,
    state: 1,
    line: 1,
    procedure: '',
    server: '',
  });
  const error = new SqlServerError([
    message(3211, 10, '10 percent processed.'),
    message(911, 16, "Database 'x' does not exist."),
    message(3013, 16, 'BACKUP DATABASE is terminating abnormally.'),
  ]);
  expect(describeError(error)).toEqual([
    "sqlvdi: Database 'x' does not exist. (error 911, state 1)",
    '  also: BACKUP DATABASE is terminating abnormally. (error 3013, state 1)',
  ]);
});

test('a cause is followed, a circle is not', () => {
  const inner = new Error('inner');
  const outer = new Error('outer', { cause: inner });
  inner.cause = outer;
  expect(describeError(outer)).toEqual(['sqlvdi: outer', '  also: inner']);
  expect(errorDocument(outer)).toEqual({
    name: 'Error',
    message: 'outer',
    errors: [{ name: 'Error', message: 'inner' }],
  });
});

test('control characters in a message do not reach the terminal', () => {
  expect(describeError(new Error('no \u001b[2Jdatabase'))).toEqual(['sqlvdi: no \\u001b[2Jdatabase']);
});

test('the document is typed', () => {
  expect(errorDocument(failure())).toEqual({
    name: 'Error',
    message: 'no space left on device, write',
    code: 'ENOSPC',
    syscall: 'write',
    path: '/full/x.bak',
    errors: [
      { name: 'SqlServerError', message: 'The statement failed.', number: 3202 },
      { name: 'Error', message: 'a third' },
    ],
  });
});

test("commander's errors become usage errors", () => {
  const error = UsageError.from(new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"));
  expect(describeError(error)).toEqual(["sqlvdi: unknown option '--x'", '  see: sqlvdi help']);
});

test('anything can be thrown', () => {
  expect(describeError('text')).toEqual(['sqlvdi: text']);
  expect(describeError(undefined)).toEqual(['sqlvdi: undefined']);
  expect(errorDocument(null)).toEqual({ name: 'Error', message: 'null' });
});
