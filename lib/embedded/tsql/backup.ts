// Parses BACKUP and RESTORE, from behind their first word.
import { fail } from '../messages.ts';
import type { BackupStatement, DeviceClause, FileClause, InspectStatement, RestoreStatement } from './ast.ts';
import { type Cursor, isWord } from './cursor.ts';
import { dateOf } from './dates.ts';
import { backupOptions, notForInspection, restoreOptions } from './options.ts';
import { parseWith } from './with-clause.ts';

const inspections: Readonly<Record<string, InspectStatement['kind']>> = {
  VERIFYONLY: 'verify',
  HEADERONLY: 'headers',
  FILELISTONLY: 'files',
  LABELONLY: 'label',
};

const onlyFor = { database: ['DIFFERENTIAL'], log: ['NORECOVERY', 'NO_TRUNCATE', 'STANDBY'] } as const;

export function parseBackup(cursor: Cursor): BackupStatement {
  const what = parseWhat(cursor);
  const database = cursor.name(true);
  const files = parseFiles(cursor);
  cursor.expect('TO');
  const devices = parseDevices(cursor);
  const options = parseWith(cursor, 'BACKUP', backupOptions);
  const misplaced = onlyFor[what === 'log' ? 'database' : 'log'].find((name) => options.has(name));
  if (misplaced !== undefined) fail(3032, [misplaced]);
  const expires = options.text('EXPIREDATE');
  return {
    kind: 'backup',
    what,
    database,
    files,
    devices,
    ...options.transfer(),
    differential: options.has('DIFFERENTIAL'),
    // NO_TRUNCATE is COPY_ONLY together with CONTINUE_AFTER_ERROR.
    copyOnly: options.has('COPY_ONLY') || options.has('NO_TRUNCATE'),
    compression: options.has('COMPRESSION'),
    checksum: options.has('CHECKSUM'),
    // As on restore.
    noRecovery: options.has('NORECOVERY') || options.has('STANDBY'),
    name: options.text('NAME'),
    description: options.text('DESCRIPTION'),
    mediaName: options.text('MEDIANAME'),
    mediaDescription: options.text('MEDIADESCRIPTION'),
    expires: expires === null ? null : (dateOf(expires) ?? fail(3217, ['EXPIREDATE'])),
    retainDays: options.numbers.get('RETAINDAYS') ?? null,
  };
}

export function parseRestore(cursor: Cursor): RestoreStatement | InspectStatement {
  const word = cursor.peek().kind === 'word' ? cursor.peek().value.toUpperCase() : '';
  const inspection = Object.hasOwn(inspections, word) ? inspections[word] : undefined;
  if (inspection !== undefined) {
    cursor.next();
    return parseInspection(cursor, inspection);
  }
  const what = parseWhat(cursor);
  const database = cursor.name(true);
  const files = parseFiles(cursor);
  if (isWord(cursor.peek(), 'PAGE')) cursor.refuseUnsupported('PAGE', cursor.peek());
  const devices = cursor.take('FROM') ? parseDevices(cursor) : [];
  const options = parseWith(cursor, 'RESTORE', restoreOptions);
  const stopAt = options.text('STOPAT');
  return {
    kind: 'restore',
    what,
    database,
    files,
    devices,
    ...options.transfer(),
    replace: options.has('REPLACE'),
    // The stand-in's standby is a database that waits for more, like NORECOVERY's.
    noRecovery: options.has('NORECOVERY') || options.has('STANDBY'),
    stopAt: stopAt === null ? null : (dateOf(stopAt) ?? fail(3217, ['STOPAT'])),
    moves: options.moves,
    file: options.numbers.get('FILE') ?? 1,
  };
}

function parseInspection(cursor: Cursor, kind: InspectStatement['kind']): InspectStatement {
  cursor.expect('FROM');
  const devices = parseDevices(cursor);
  const options = parseWith(cursor, 'RESTORE', restoreOptions);
  const misplaced = notForInspection.filter((name) => options.has(name));
  if (misplaced.length > 0) fail(3032, [misplaced.join(', ')]);
  return { kind, devices, ...options.transfer(), file: options.numbers.get('FILE') ?? 1 };
}

function parseWhat(cursor: Cursor): 'database' | 'log' {
  if (cursor.take('DATABASE')) return 'database';
  if (cursor.take('LOG')) return 'log';
  return cursor.refuse(cursor.next());
}

function parseFiles(cursor: Cursor): FileClause[] {
  if (isWord(cursor.peek(), 'READ_WRITE_FILEGROUPS')) {
    cursor.refuseUnsupported('READ_WRITE_FILEGROUPS', cursor.peek());
  }
  const first = (['FILE', 'FILEGROUP'] as const).some((word) => isWord(cursor.peek(), word));
  return first ? cursor.list(() => parseFile(cursor)) : [];
}

function parseFile(cursor: Cursor): FileClause {
  const kind = cursor.take('FILEGROUP') ? 'filegroup' : 'file';
  if (kind === 'file') cursor.expect('FILE');
  cursor.expect('=');
  return { kind, name: cursor.text() };
}

function parseDevices(cursor: Cursor): DeviceClause[] {
  return cursor.list(() => {
    for (const media of ['VIRTUAL_DEVICE', 'DISK', 'TAPE', 'URL'] as const) {
      if (!cursor.take(media)) continue;
      cursor.expect('=');
      return { media, name: cursor.text() };
    }
    return { media: 'LOGICAL', name: cursor.name() };
  });
}
