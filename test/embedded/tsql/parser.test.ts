// What the parser makes of valid statements, and which of SQL Server's syntax errors it answers others with.
import { describe, expect, it } from 'vitest';
import { StatementFailure } from '../../../lib/embedded/messages.ts';
import type { Statement } from '../../../lib/embedded/tsql/ast.ts';
import { parseBatch } from '../../../lib/embedded/tsql/batch.ts';

/** The only statement of a batch. */
function parseStatement(text: string): Statement | undefined {
  const [first, ...more] = parseBatch(text, new Map());
  expect(more).toEqual([]);
  return first?.statement;
}

describe('valid statements', () => {
  it('takes a backup with every option', () => {
    const statement = parseStatement(`
      -- nightly
      backup Database [Sales ]] 2024] /* to /* two */ stripes */
      TO virtual_device = N'it''s', VIRTUAL_DEVICE='b'
      WITH BLOCKSIZE = 4096, buffercount=8, MAXTRANSFERSIZE = 1048576, STATS = 5, DIFFERENTIAL, FORMAT, INIT, SKIP,
        CHECKSUM, COMPRESSION, CONTINUE_AFTER_ERROR, NAME = N'n', DESCRIPTION = 'd';`);
    expect(statement).toEqual({
      kind: 'backup',
      what: 'database',
      database: 'Sales ] 2024',
      files: [],
      devices: [
        { media: 'VIRTUAL_DEVICE', name: "it's" },
        { media: 'VIRTUAL_DEVICE', name: 'b' },
      ],
      blockSize: 4096,
      bufferCount: 8,
      maxTransferSize: 1048576,
      stats: 5,
      differential: true,
      copyOnly: false,
      compression: true,
      checksum: true,
      noRecovery: false,
      name: 'n',
      description: 'd',
      mediaName: null,
      mediaDescription: null,
      expires: null,
      retainDays: null,
    });
  });

  it('takes a restore with every option', () => {
    const statement = parseStatement(
      `RESTORE DATABASE "a""b" FROM VIRTUAL_DEVICE='x' WITH REPLACE, NORECOVERY, FILE=1, MOVE 'l' TO 'p', MOVE N'm' TO 'q', STATS`,
    );
    expect(statement).toMatchObject({
      kind: 'restore',
      what: 'database',
      database: 'a"b',
      replace: true,
      noRecovery: true,
      file: 1,
      stats: 10,
      moves: [
        { logical: 'l', physical: 'p' },
        { logical: 'm', physical: 'q' },
      ],
    });
  });

  it.each([
    ["RESTORE LOG x FROM VIRTUAL_DEVICE=N'd'", { kind: 'restore', what: 'log', stats: null }],
    ['RESTORE DATABASE x WITH RECOVERY', { kind: 'restore', devices: [], noRecovery: false }],
    ["BACKUP LOG x TO VIRTUAL_DEVICE='d' WITH COPY_ONLY", { kind: 'backup', what: 'log', copyOnly: true }],
    ["restore verifyonly from virtual_device='d'", { kind: 'verify' }],
    ["RESTORE HEADERONLY FROM VIRTUAL_DEVICE='d' WITH FILE = 2", { kind: 'headers', file: 2 }],
    ["RESTORE FILELISTONLY FROM VIRTUAL_DEVICE='d'", { kind: 'files', file: 1 }],
    ["RESTORE LABELONLY FROM VIRTUAL_DEVICE='d'", { kind: 'label' }],
    ["BACKUP DATABASE x TO DISK='c:\\x.bak'", { devices: [{ media: 'DISK', name: 'c:\\x.bak' }] }],
    ['BACKUP DATABASE x TO dumpdevice', { devices: [{ media: 'LOGICAL', name: 'dumpdevice' }] }],
    [
      "BACKUP DATABASE Übung_1$ TO VIRTUAL_DEVICE='\u{1F600}'",
      { database: 'Übung_1$', devices: [{ name: '\u{1F600}' }] },
    ],
  ])('%s', (text, expected) => {
    expect(parseStatement(text)).toMatchObject(expected);
  });
});

describe('refused statements', () => {
  const to = "BACKUP DATABASE x TO VIRTUAL_DEVICE='d'";
  it.each<[string, number, string]>([
    ['BACKUP', 102, "Incorrect syntax near 'BACKUP'."],
    ['BACKUP TABLE x', 156, "Incorrect syntax near the keyword 'TABLE'."],
    ['BACKUP DATABASE', 102, "Incorrect syntax near 'DATABASE'."],
    ["BACKUP DATABASE TO VIRTUAL_DEVICE='d'", 156, "Incorrect syntax near the keyword 'TO'."],
    ["BACKUP DATABASE [] TO VIRTUAL_DEVICE='d'", 102, "Incorrect syntax near ''."],
    ["BACKUP DATABASE @db TO VIRTUAL_DEVICE='d'", 137, 'Must declare the scalar variable "@db".'],
    ["BACKUP DATABASE x TO VIRTUAL_DEVICE='d", 105, "Unclosed quotation mark after the character string 'd'."],
    ['BACKUP DATABASE [x TO', 105, "Unclosed quotation mark after the character string 'x TO'."],
    [`${to} /* never /* closed */`, 113, "Missing end comment mark '*/'."],
    ['BACKUP DATABASE x TO VIRTUAL_DEVICE = d', 102, "Incorrect syntax near 'd'."],
    ["BACKUP DATABASE x TO VIRTUAL_DEVICE 'd'", 102, "Incorrect syntax near 'd'."],
    [`${to},`, 102, "Incorrect syntax near ','."],
    [`${to} WITH`, 102, "Incorrect syntax near 'WITH'."],
    [`${to} WITH INIT,`, 102, "Incorrect syntax near ','."],
    [`${to} WITH FOO`, 155, "'FOO' is not a recognized BACKUP option."],
    [`${to} WITH REPLACE`, 155, "'REPLACE' is not a recognized BACKUP option."],
    [`${to} WITH constructor`, 155, "'constructor' is not a recognized BACKUP option."],
    [
      "RESTORE DATABASE x FROM VIRTUAL_DEVICE='d' WITH COPY_ONLY",
      155,
      "'COPY_ONLY' is not a recognized RESTORE option.",
    ],
    [`${to} WITH BLOCKSIZE`, 102, "Incorrect syntax near 'BLOCKSIZE'."],
    [`${to} WITH BLOCKSIZE = -1`, 102, "Incorrect syntax near '-'."],
    [`${to} WITH BLOCKSIZE = 99999999999`, 102, "Incorrect syntax near '99999999999'."],
    [`${to} WITH NAME = 1`, 102, "Incorrect syntax near '1'."],
    [`${to} GO`, 156, "Incorrect syntax near the keyword 'GO'."],
    [`${to}; DROP DATABASE x`, 156, "Incorrect syntax near the keyword 'DROP'."],
    [`${to} \u{1F600}`, 102, "Incorrect syntax near '\u{1F600}'."],
  ])('%s', (text, number, message) => {
    const failure = failureOf(text);
    expect(failure.drafts[0]?.number).toBe(number);
    expect(failure.message).toBe(message);
  });

  it.each<[string, number]>([
    [`${to} WITH FORMAT, NOFORMAT`, 3031],
    [`${to} WITH BLOCKSIZE=512, BLOCKSIZE=512`, 3031],
    [`${to} WITH ENCRYPTION`, 102],
    [`${to} WITH ENCRYPTION (ALGORITHM = AES_256, SERVER CERTIFICATE = MyCert)`, 15151],
    [`${to} WITH MIRROR`, 3032],
    ["BACKUP LOG x TO VIRTUAL_DEVICE='d' WITH DIFFERENTIAL", 3032],
    [`${to} WITH NORECOVERY`, 3032],
    ["RESTORE VERIFYONLY FROM VIRTUAL_DEVICE='d' WITH REPLACE", 3032],
    ["RESTORE DATABASE x FROM VIRTUAL_DEVICE='d' WITH MOVE 'a' TO 'b', MOVE 'a' TO 'c'", 4353],
    [`BACKUP DATABASE [${'x'.repeat(129)}] TO VIRTUAL_DEVICE='d'`, 103],
  ])('%s -> %i', (text, number) => {
    expect(failureOf(text).drafts[0]?.number).toBe(number);
  });

  it('names the line', () => {
    expect(failureOf(`${to}\n\nWITH\n  FOO`).drafts[0]?.line).toBe(4);
  });
});

function failureOf(text: string): StatementFailure {
  try {
    parseStatement(text);
  } catch (error) {
    if (error instanceof StatementFailure) return error;
    throw error;
  }
  throw new Error('the statement was accepted');
}
