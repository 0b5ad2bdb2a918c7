// Every clause of the statements that are built, and what is refused.
import { describe, expect, it } from 'vitest';
import { backupStatement, inspectStatement, restoreStatement, verifyStatement } from '../../lib/sql/statement.ts';
import type { BackupWith, RestoreWith } from '../../lib/sql/with.ts';

describe('BACKUP', () => {
  it('names every device, and nothing else where nothing was asked for', () => {
    expect(backupStatement('Sales', 'full', ['set'])).toBe("BACKUP DATABASE [Sales] TO VIRTUAL_DEVICE = N'set'");
    expect(backupStatement('Sales', 'log', ['set', 'set-2'])).toBe(
      "BACKUP LOG [Sales] TO VIRTUAL_DEVICE = N'set', VIRTUAL_DEVICE = N'set-2'",
    );
  });

  it('writes every option', () => {
    const options: BackupWith = {
      blockSize: 65536,
      bufferCount: 8,
      maxTransferSize: 1048576,
      stats: 5,
      checksum: true,
      continueAfterError: true,
      compression: true,
      encryption: { algorithm: 'AES_256', certificate: 'a]b' },
      name: "night's",
      description: '',
      expireDate: new Date(2031, 0, 2, 3, 4, 5, 6),
      mediaName: 'm',
      mediaDescription: "d'",
      format: true,
      init: true,
    };
    expect(backupStatement('a]b', 'differential', ["q'"], options)).toBe(
      "BACKUP DATABASE [a]]b] TO VIRTUAL_DEVICE = N'q''' WITH DIFFERENTIAL, BLOCKSIZE = 65536, BUFFERCOUNT = 8, " +
        'MAXTRANSFERSIZE = 1048576, STATS = 5, CHECKSUM, CONTINUE_AFTER_ERROR, COMPRESSION, ' +
        "ENCRYPTION (ALGORITHM = AES_256, SERVER CERTIFICATE = [a]]b]), NAME = N'night''s', DESCRIPTION = N'', " +
        "EXPIREDATE = N'2031-01-02T03:04:05.006', MEDIANAME = N'm', MEDIADESCRIPTION = N'd''', FORMAT, INIT",
    );
  });

  it.each([
    [{ copyOnly: true, retainDays: 3 }, 'COPY_ONLY, RETAINDAYS = 3'],
    [{ compression: { algorithm: 'QAT_DEFLATE' } }, 'COMPRESSION (ALGORITHM = QAT_DEFLATE)'],
    [{ compression: { algorithm: 'ZSTD', level: 'HIGH' } }, 'COMPRESSION (ALGORITHM = ZSTD, LEVEL = HIGH)'],
    [
      { encryption: { algorithm: 'AES_128', asymmetricKey: 'k' } },
      'ENCRYPTION (ALGORITHM = AES_128, SERVER ASYMMETRIC KEY = [k])',
    ],
    [{ noRecovery: true, noTruncate: true }, 'NORECOVERY, NO_TRUNCATE'],
    [{ standby: "/undo's" }, "STANDBY = N'/undo''s'"],
    [{ expireDate: '20310102' }, "EXPIREDATE = N'20310102'"],
  ] satisfies [BackupWith, string][])('writes %j', (options, clause) => {
    expect(backupStatement('d', 'log', ['s'], options)).toBe(`BACKUP LOG [d] TO VIRTUAL_DEVICE = N's' WITH ${clause}`);
  });

  it('writes files and filegroups', () => {
    const scope = { files: ["f'1", 'f2'], filegroups: ['g'] };
    expect(backupStatement('d', 'full', ['s'], {}, scope)).toBe(
      "BACKUP DATABASE [d] FILE = N'f''1', FILE = N'f2', FILEGROUP = N'g' TO VIRTUAL_DEVICE = N's'",
    );
    expect(backupStatement('d', 'full', ['s'], {}, { readWriteFilegroups: true })).toBe(
      "BACKUP DATABASE [d] READ_WRITE_FILEGROUPS TO VIRTUAL_DEVICE = N's'",
    );
  });

  it.each([
    ['differential', { copyOnly: true }, {}, "type 'differential' and with.copyOnly contradict"],
    ['full', { noRecovery: true }, {}, "with.noRecovery is for backups of type 'log', not 'full'"],
    ['full', { standby: 'x' }, {}, 'with.standby is for backups of type'],
    ['differential', { noTruncate: true }, {}, 'with.noTruncate is for backups of type'],
    ['log', { noRecovery: true, standby: 'x' }, {}, 'with.noRecovery and with.standby contradict'],
    ['log', {}, { files: ['f'] }, 'are for backups of a database'],
    ['full', { expireDate: 'x', retainDays: 1 }, {}, 'with.expireDate and with.retainDays'],
    ['full', { format: true, init: false }, {}, 'with.format and with.init: false'],
    ['full', { encryption: { algorithm: 'AES_128' } }, {}, 'with.encryption needs certificate or asymmetricKey'],
    ['full', { compression: { algorithm: 'MS_XPRESS', level: 'LOW' } }, {}, 'goes with the algorithm ZSTD only'],
    ['full', { expireDate: new Date(Number.NaN) }, {}, 'with.expireDate must be a valid Date'],
    ['full', {}, { files: [] }, 'files must be a list of one name or more'],
    ['full', {}, { files: ['f'], readWriteFilegroups: true }, 'readWriteFilegroups and files contradict'],
  ] satisfies ['full' | 'differential' | 'log', BackupWith, object, string][])(
    'refuses %s with %j of %j',
    (type, options, scope, message) => {
      const statement = () => backupStatement('d', type, ['s'], options, scope);
      expect(statement).toThrow(TypeError);
      expect(statement).toThrow(message);
    },
  );

  it('writes the opposites, and leaves out what is undefined', () => {
    const options: BackupWith = {
      checksum: false,
      continueAfterError: false,
      copyOnly: false,
      compression: false,
      format: false,
      init: false,
      stats: undefined,
    };
    expect(backupStatement('d', 'full', ['s'], options)).toBe(
      "BACKUP DATABASE [d] TO VIRTUAL_DEVICE = N's' WITH NO_CHECKSUM, STOP_ON_ERROR, NO_COMPRESSION, NOFORMAT, NOINIT",
    );
  });

  it.each([
    [{ blockSize: 256 }, 'with.blockSize is 256; it must be a power of two from 512 to 65536'],
    [{ blockSize: 1000 }, 'with.blockSize is 1000'],
    [{ blockSize: 131072 }, 'with.blockSize is 131072'],
    [{ bufferCount: 0 }, 'with.bufferCount is 0'],
    [{ bufferCount: 1.5 }, 'with.bufferCount is 1.5'],
    [{ maxTransferSize: 65535 }, 'with.maxTransferSize is 65535; it must be a multiple of 65536'],
    [{ maxTransferSize: 8388608 }, 'with.maxTransferSize is 8388608'],
    [{ stats: 0 }, 'with.stats is 0'],
    [{ stats: Number.NaN }, 'with.stats is NaN'],
    [{ name: 'x'.repeat(129) }, 'with.name is 129 characters long; SQL Server allows 128'],
    [{ description: 'x'.repeat(256) }, 'with.description is 256 characters long'],
  ] satisfies [BackupWith, string][])('refuses %j', (options, message) => {
    expect(() => backupStatement('d', 'full', ['s'], options)).toThrow(RangeError);
    expect(() => backupStatement('d', 'full', ['s'], options)).toThrow(message);
  });

  it('names an option or a type it does not know', () => {
    // @ts-expect-error no such option
    expect(() => backupStatement('d', 'full', ['s'], { blocksize: 512 })).toThrow(
      'with.blocksize is no option of BACKUP',
    );
    // @ts-expect-error an option of RESTORE
    expect(() => backupStatement('d', 'full', ['s'], { replace: true })).toThrow('with.replace is no option of BACKUP');
    // @ts-expect-error no such type
    expect(() => backupStatement('d', 'constructor', ['s'])).toThrow("type is 'constructor'");
    // @ts-expect-error not a boolean
    expect(() => backupStatement('d', 'full', ['s'], { checksum: 'yes' })).toThrow(TypeError);
  });
});

describe('RESTORE', () => {
  it('writes every option', () => {
    const options: RestoreWith = {
      file: 2,
      replace: true,
      recovery: false,
      move: { "da'ta": 'D:\\x\\d.mdf', log: '/l.ldf' },
      stopAt: new Date(2031, 11, 31, 23, 59, 59),
      partial: true,
      checksum: true,
      stats: 1,
    };
    expect(restoreStatement('d', 'database', ['s', 's-2'], options)).toBe(
      "RESTORE DATABASE [d] FROM VIRTUAL_DEVICE = N's', VIRTUAL_DEVICE = N's-2' WITH FILE = 2, REPLACE, NORECOVERY, " +
        "MOVE N'da''ta' TO N'D:\\x\\d.mdf', MOVE N'log' TO N'/l.ldf', STOPAT = N'2031-12-31T23:59:59.000', PARTIAL, " +
        'CHECKSUM, STATS = 1',
    );
    expect(restoreStatement('d', 'log', ['s'], { recovery: true })).toBe(
      "RESTORE LOG [d] FROM VIRTUAL_DEVICE = N's' WITH RECOVERY",
    );
    expect(verifyStatement(['s'], { checksum: true, file: 1, loadHistory: true })).toBe(
      "RESTORE VERIFYONLY FROM VIRTUAL_DEVICE = N's' WITH CHECKSUM, FILE = 1, LOADHISTORY",
    );
    expect(inspectStatement('HEADERONLY', ['s'], { blockSize: 512 })).toBe(
      "RESTORE HEADERONLY FROM VIRTUAL_DEVICE = N's' WITH BLOCKSIZE = 512",
    );
  });

  it.each([
    [{ standby: '/u' }, "STANDBY = N'/u'"],
    [{ stopAtMark: "m'" }, "STOPATMARK = N'm'''"],
    [{ stopBeforeMark: { mark: 'lsn:1', after: '20310101' } }, "STOPBEFOREMARK = N'lsn:1' AFTER N'20310101'"],
    [{ keepReplication: true, keepCdc: true, restrictedUser: true }, 'KEEP_REPLICATION, KEEP_CDC, RESTRICTED_USER'],
  ] satisfies [RestoreWith, string][])('writes %j', (options, clause) => {
    expect(restoreStatement('d', 'log', ['s'], options)).toBe(
      `RESTORE LOG [d] FROM VIRTUAL_DEVICE = N's' WITH ${clause}`,
    );
  });

  it('writes files, filegroups and pages', () => {
    expect(restoreStatement('d', 'database', ['s'], {}, { files: ['f'], filegroups: ['g'] })).toBe(
      "RESTORE DATABASE [d] FILE = N'f', FILEGROUP = N'g' FROM VIRTUAL_DEVICE = N's'",
    );
    expect(restoreStatement('d', 'database', ['s'], { recovery: false }, { pages: ['1:57', '1:202'] })).toBe(
      "RESTORE DATABASE [d] PAGE = '1:57, 1:202' FROM VIRTUAL_DEVICE = N's' WITH NORECOVERY",
    );
  });

  it.each([
    [{ standby: 'x', recovery: true }, {}, 'with.standby and with.recovery contradict'],
    [{ stopAt: 'x', stopAtMark: 'y' }, {}, 'with.stopAt and with.stopAtMark'],
    [{ keepReplication: true, recovery: false }, {}, 'with.keepReplication and with.recovery: false'],
    [{}, { pages: ["1:57'; DROP"] }, 'each must be file:page'],
    [{}, { pages: ['1:57'], files: ['f'] }, 'pages and files'],
    [{ partial: true }, { pages: ['1:57'] }, 'pages and with.partial'],
  ] satisfies [RestoreWith, object, string][])('refuses %j of %j', (options, scope, message) => {
    const statement = () => restoreStatement('d', 'database', ['s'], options, scope);
    expect(statement).toThrow(TypeError);
    expect(statement).toThrow(message);
  });

  it('refuses what inspections do not know', () => {
    // @ts-expect-error no option of it
    expect(() => verifyStatement(['s'], { replace: true })).toThrow('with.replace is no option of RESTORE VERIFYONLY');
    // @ts-expect-error no option of it
    expect(() => inspectStatement('HEADERONLY', ['s'], { stats: 1 })).toThrow('no option of RESTORE HEADERONLY');
    expect(() => inspectStatement('LABELONLY', ['s'], { file: 1 })).toThrow('no option of RESTORE LABELONLY');
  });

  it('refuses a MOVE that is none', () => {
    // @ts-expect-error not an object
    expect(() => restoreStatement('d', 'database', ['s'], { move: 'x' })).toThrow('with.move must be an object');
    // @ts-expect-error not a string
    expect(() => restoreStatement('d', 'database', ['s'], { move: { a: 1 } })).toThrow(
      "with.move['a'] must be a string",
    );
  });
});
