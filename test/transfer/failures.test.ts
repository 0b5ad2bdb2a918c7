// Which of several failures is the cause.
import { describe, expect, it } from 'vitest';
import { SqlServerError } from '../../lib/sql/error.ts';
import { Failures } from '../../lib/transfer/failures.ts';
import { relatedErrors } from '../../lib/transfer/related.ts';
import { createVdiError } from '../../lib/vdi/create-error.ts';

const sqlError = (number: number) =>
  new SqlServerError([{ number, state: 1, severity: 16, message: 'no', line: 1, procedure: '', server: '' }]);
const abort = () => createVdiError(0x80770004, { operation: 'GetCommand', setName: 's' });

describe('the primary cause', () => {
  it('is the destination’s failure, though the statement’s may arrive first', () => {
    const failures = new Failures();
    const [sql, disk, aborted] = [sqlError(3202), new Error('full'), abort()];
    failures.add(sql, 'statement');
    failures.add(aborted, 'local');
    failures.add(disk, 'local');
    expect(failures.primary()).toBe(disk);
    expect(relatedErrors(disk)).toEqual([sql, aborted]);
  });

  it('is what the server says rather than the abort it shows as', () => {
    const failures = new Failures();
    const [sql, aborted] = [sqlError(3271), abort()];
    failures.add(aborted, 'local');
    failures.add(sql, 'statement');
    expect(failures.primary()).toBe(sql);
    expect(relatedErrors(sql)).toEqual([aborted]);
  });

  it('is the abort where the statement only lost its connection', () => {
    const failures = new Failures();
    const [lost, aborted] = [new Error('connection lost'), abort()];
    failures.add(lost, 'statement');
    failures.add(aborted, 'local');
    expect(failures.primary()).toBe(aborted);
  });

  it('is nothing that came of stopping', () => {
    const failures = new Failures();
    const sql = sqlError(911);
    failures.add(sql, 'statement');
    failures.close();
    failures.add(new Error('a stream that was destroyed'), 'local');
    expect(failures.primary()).toBe(sql);
  });

  it('is the signal’s reason as it is, whatever kind of value', () => {
    const failures = new Failures();
    failures.add('stop', 'cancelled');
    failures.add(abort(), 'local');
    failures.add(sqlError(3013), 'statement');
    expect(failures.primary()).toBe('stop');
    expect(failures.cancelled).toBe(true);
    const error = Object.freeze(new Error('frozen'));
    const others = new Failures();
    others.add(error, 'local');
    others.add(abort(), 'local');
    expect(others.primary()).toBe(error);
    expect(relatedErrors(error)).toEqual([]);
  });

  it('is what had failed before the caller gave up', () => {
    const failures = new Failures();
    const [disk, reason] = [new Error('full'), new Error('enough')];
    failures.add(disk, 'local');
    failures.add(reason, 'cancelled');
    expect(failures.primary()).toBe(disk);
    expect(failures.cancelled).toBe(false);
    expect(relatedErrors(disk)).toEqual([reason]);
  });

  it('is counted once', () => {
    const failures = new Failures();
    const error = new Error('once');
    failures.add(error, 'local');
    failures.add(error, 'statement');
    expect(failures.primary()).toBe(error);
    expect(relatedErrors(error)).toEqual([]);
  });
});
