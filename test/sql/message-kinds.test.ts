// What a server's message means, by its number.
import { expect, it } from 'vitest';
import { messageKind, succeeded, verdictOf } from '../../lib/sql/message-kinds.ts';
import { message } from '../support/scripted-server.ts';

it.each([
  [3211, 0, '40 percent processed.', { kind: 'progress', percent: 40 }],
  [3211, 0, '40 Prozent verarbeitet.', { kind: 'progress', percent: 40 }],
  [3211, 0, 'no number', { kind: 'information' }],
  [4035, 0, 'Processed 8 pages', { kind: 'information' }],
  [3188, 0, 'The backup set was written with damaged data.', { kind: 'warning' }],
  [3257, 10, 'There is insufficient free space on disk volume D:.', { kind: 'warning' }],
  [3257, 16, 'There is insufficient free space on disk volume D:.', { kind: 'error' }],
  [911, 16, 'Database x does not exist.', { kind: 'error' }],
  [3013, 16, 'BACKUP DATABASE is terminating abnormally.', { kind: 'consequence' }],
] as const)('%d (severity %d) %s', (number, severity, text, expected) => {
  expect(messageKind(message(number, severity, text))).toEqual(expected);
});

it.each([
  [
    'BACKUP DATABASE successfully processed 338 pages in 0.013 seconds (203.124 MB/sec).',
    { pages: 338, seconds: 0.013, megabytesPerSecond: 203.124 },
  ],
  [
    'BACKUP DATABASE hat erfolgreich 338 Seiten in 0,013 Sekunden verarbeitet (203,124 MB/s).',
    { pages: 338, seconds: 0.013, megabytesPerSecond: 203.124 },
  ],
  ['It went well.', { pages: null, seconds: null, megabytesPerSecond: null }],
])('the verdict %s', (text, expected) => {
  expect(verdictOf([message(3211, 0, '100 percent processed.'), message(3014, 0, text)])).toEqual(expected);
});

it('no verdict without message 3014', () => {
  expect(verdictOf([message(3211, 0, '100 percent processed.')])).toBeNull();
});

it.each([
  [[3014], true],
  [[3262], true],
  [[3009, 3262], true],
  [[3262, 3189, 3013], false],
  [[3009], false],
])('with the messages %j it has succeeded in spite of errors: %j', (numbers, expected) => {
  expect(succeeded(numbers.map((number) => message(number, 16, 'x')))).toBe(expected);
});
