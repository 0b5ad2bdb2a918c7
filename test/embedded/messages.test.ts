// The messages' texts with their placeholders filled.
import { describe, expect, it } from 'vitest';
import { draft, formatMessage, messageTable, StatementFailure, toMessage } from '../../lib/embedded/messages.ts';

describe('formatMessage', () => {
  it.each([
    [911, ['Sales'], "Database 'Sales' does not exist. Make sure that the name is entered correctly."],
    [103, ['identifier', 'x', 128], "The identifier that starts with 'x' is too long. Maximum length is 128."],
    [3211, [10], '10 percent processed.'],
    [
      3201,
      ['d', '5(Access is denied.)'],
      "Cannot open backup device 'd'. Operating system error 5(Access is denied.).",
    ],
    [4035, [42, 'Sales', 'Sales', 1], "Processed 42 pages for database 'Sales', file 'Sales' on file 1."],
    [
      3014,
      ['BACKUP DATABASE', 42, 0, 7, 46, 5],
      'BACKUP DATABASE successfully processed 42 pages in 0.007 seconds (46.005 MB/sec).',
    ],
    [18210, ['A', 'Open', 'd', '0x1'], "A: Open failure on backup device 'd'. Operating system error 0x1."],
  ] as const)('%i', (number, args, text) => {
    expect(formatMessage(number, args)).toBe(text);
  });

  it('keeps placeholders out of arguments', () => {
    expect(formatMessage(911, ['%d %ls'])).toContain("'%d %ls'");
  });

  it.each(Object.values(messageTable).map(([severity, text]) => ({ severity, text })))(
    '$text',
    ({ severity, text }) => {
      // Whatever begins like a placeholder is one that formatMessage knows.
      const known = text.match(/%(?:S_MSG|03d|(?:\.\*)?(?:I64|l|h)?[dsu])/g) ?? [];
      expect(known).toHaveLength(text.split('%').length - 1);
      expect([10, 11, 14, 15, 16]).toContain(severity);
    },
  );
});

describe('toMessage', () => {
  it('adds what sys.messages and the statement know', () => {
    expect(toMessage(draft(3013, ['BACKUP LOG'], 2), 3, 'HOST')).toEqual({
      number: 3013,
      state: 2,
      severity: 16,
      message: 'BACKUP LOG is terminating abnormally.',
      line: 3,
      procedure: '',
      server: 'HOST',
    });
  });
});

describe('StatementFailure', () => {
  it('reads like its messages', () => {
    expect(new StatementFailure(draft(3254, ['d']), draft(3204)).message).toBe(
      "The volume on device 'd' is empty. The backup or restore was aborted.",
    );
  });
});
