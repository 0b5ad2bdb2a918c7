// What the error of a failed statement says and keeps.
import { expect, it } from 'vitest';
import { SqlServerError } from '../../lib/sql/error.ts';
import type { SqlMessage } from '../../lib/sql/executor.ts';

const message = (number: number, severity: number, text: string): SqlMessage => ({
  number,
  state: 7,
  severity,
  message: text,
  line: 1,
  procedure: '',
  server: '',
});

it('is its first error, and keeps everything', () => {
  const messages = [
    message(3211, 0, '10 percent processed.'),
    message(3201, 16, 'Cannot open.'),
    message(3013, 16, 'Terminating.'),
  ];
  const error = new SqlServerError(messages);
  expect(error).toMatchObject({ name: 'SqlServerError', number: 3201, state: 7, severity: 16, messages });
  expect(error.message).toBe('Cannot open. (error 3201, state 7) Terminating. (error 3013, state 7)');
});

it('says so where the server gave no reason', () => {
  expect(new SqlServerError([])).toMatchObject({ number: 0, message: expect.stringContaining('no error message') });
});
