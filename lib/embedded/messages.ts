// SQL Server's own messages, by number: the texts of sys.messages that backup and restore raise, and how they are filled in.
import type { SqlMessage } from '../sql/executor.ts';

/** Severity and text of each message, word for word as sys.messages has them. */
export const messageTable = {
  102: [15, "Incorrect syntax near '%.*ls'."],
  103: [15, "The %S_MSG that starts with '%.*ls' is too long. Maximum length is %d."],
  105: [15, "Unclosed quotation mark after the character string '%.*ls'."],
  113: [15, "Missing end comment mark '*/'."],
  137: [15, 'Must declare the scalar variable "%.*ls".'],
  155: [15, "'%.*ls' is not a recognized %ls option."],
  156: [15, "Incorrect syntax near the keyword '%.*ls'."],
  195: [15, "'%.*ls' is not a recognized %S_MSG."],
  207: [16, "Invalid column name '%.*ls'."],
  208: [16, "Invalid object name '%.*ls'."],
  243: [16, 'Type %.*ls is not a defined system type.'],
  245: [16, "Conversion failed when converting the %ls value '%.*ls' to data type %ls."],
  262: [14, "%ls permission denied in database '%.*ls'."],
  911: [16, "Database '%.*ls' does not exist. Make sure that the name is entered correctly."],
  927: [14, "Database '%.*ls' cannot be opened. It is in the middle of a restore."],
  2526: [16, 'Incorrect DBCC statement. Check the documentation for the correct DBCC syntax and options.'],
  2528: [10, 'DBCC execution completed. If DBCC printed error messages, contact your system administrator.'],
  2812: [16, "Could not find stored procedure '%.*ls'."],
  3013: [16, '%hs is terminating abnormally.'],
  3014: [10, '%hs successfully processed %I64d pages in %d.%03d seconds (%d.%03d MB/sec).'],
  3023: [
    16,
    'Backup, file manipulation operations (such as ALTER DATABASE ADD FILE) and encryption changes on a database must be serialized. Reissue the statement after the current backup or file manipulation operation is completed.',
  ],
  3031: [16, "Option '%ls' conflicts with option(s) '%ls'. Remove the conflicting option and reissue the statement."],
  3032: [
    16,
    'One or more of the options (%ls) are not supported for this statement. Review the documentation for supported options.',
  ],
  3035: [
    16,
    'Cannot perform a differential backup for database "%ls", because a current database backup does not exist. Perform a full database backup by reissuing BACKUP DATABASE, omitting the WITH DIFFERENTIAL option.',
  ],
  3044: [16, 'Invalid zero-length device name. Reissue the BACKUP statement with a valid device name.'],
  3057: [
    16,
    'Invalid device name. The length of the device name provided exceeds supported limit (maximum length is:%d). Reissue the BACKUP statement with a valid device name.',
  ],
  3101: [16, 'Exclusive access could not be obtained because the database is in use.'],
  3110: [14, "User does not have permission to RESTORE database '%.*ls'."],
  3117: [16, 'The log or differential backup cannot be restored because no files are ready to rollforward.'],
  3118: [
    16,
    'The database "%ls" does not exist. RESTORE can only create a database when restoring either a full backup or a file backup of the primary file.',
  ],
  3132: [16, 'The media set has %d media families but only %d are provided. All members must be provided.'],
  3133: [
    16,
    'The volume on device "%ls" is sequence number %d of media family %d, but sequence number %d of media family %d is expected. Check that the device specifications and loaded media are correct.',
  ],
  3135: [16, "The backup set in file '%ls' was created by %hs and cannot be used for this restore operation."],
  3136: [
    16,
    'This differential backup cannot be restored because the database has not been restored to the correct earlier state.',
  ],
  3153: [16, 'The database is already fully recovered.'],
  3154: [16, "The backup set holds a backup of a database other than the existing '%ls' database."],
  3159: [
    16,
    'The tail of the log for the database "%ls" has not been backed up. Use BACKUP LOG WITH NORECOVERY to backup the log if it contains work you do not want to lose. Use the WITH REPLACE or WITH STOPAT clause of the RESTORE statement to just overwrite the contents of the log.',
  ],
  3189: [16, 'Damage to the backup set was detected.'],
  3201: [16, "Cannot open backup device '%ls'. Operating system error %ls."],
  3202: [16, 'Write on "%ls" failed: %ls'],
  3203: [16, 'Read on "%ls" failed: %ls'],
  3204: [16, 'The backup or restore was aborted.'],
  3205: [16, 'Too many backup devices specified for backup or restore; only %d are allowed.'],
  3206: [
    16,
    "Backup device '%.*ls' does not exist. To view existing backup devices, use the sys.backup_devices catalog view. To create a new backup device use either sp_addumpdevice or SQL Server Management Studio.",
  ],
  3211: [10, '%d percent processed.'],
  3217: [16, 'Invalid value specified for %ls parameter.'],
  3227: [
    16,
    'The backup media on "%ls" is part of media family %d which has already been processed on "%ls". Ensure that backup devices are correctly specified. For tape devices, ensure that the correct volumes are loaded.',
  ],
  3231: [
    16,
    'The media loaded on "%ls" is formatted to support %d media families, but %d media families are expected according to the backup device specification.',
  ],
  3234: [
    16,
    "Logical file '%.*ls' is not part of database '%ls'. Use RESTORE FILELISTONLY to list the logical file names.",
  ],
  3235: [
    16,
    'The file "%.*ls" is not part of database "%ls". You can only list files that are members of this database.',
  ],
  3241: [16, "The media family on device '%ls' is incorrectly formed. SQL Server cannot process this media family."],
  3250: [16, "The value '%d' is not within range for the %ls parameter."],
  3253: [16, 'The block size parameter must supply a value that is a power of 2.'],
  3254: [16, "The volume on device '%ls' is empty."],
  3258: [
    16,
    'The volume on the device "%ls" is not part of the media set that is currently being processed. Ensure that the backup devices are loaded with the correct media.',
  ],
  3261: [16, 'SQL Server cannot use the virtual device configuration.'],
  3262: [10, 'The backup set on file %d is valid.'],
  3271: [16, 'A nonrecoverable I/O error occurred on file "%ls:" %ls.'],
  3273: [16, 'The BUFFERCOUNT parameter must supply a value that allows at least one buffer per backup device.'],
  4002: [16, 'The incoming tabular data stream (TDS) protocol stream is incorrect. %ls'],
  4035: [10, "Processed %I64d pages for database '%ls', file '%ls' on file %d."],
  4038: [16, "Cannot find file ID %d on device '%ls'."],
  4060: [11, 'Cannot open database "%.*ls" requested by the login. The login failed.'],
  4214: [16, 'BACKUP LOG cannot be performed because there is no current database backup.'],
  4305: [
    16,
    'The log in this backup set begins at LSN %.*ls, which is too recent to apply to the database. An earlier log backup that includes LSN %.*ls can be restored.',
  ],
  4326: [
    16,
    'The log in this backup set terminates at LSN %.*ls, which is too early to apply to the database. A more recent log backup that includes LSN %.*ls can be restored.',
  ],
  4330: [
    16,
    'This backup set cannot be applied because it is on a recovery path that is inconsistent with the database. The recovery path is the sequence of data and log backups that have brought the database to a particular recovery point. Find a compatible backup to restore, or restore the rest of the database to match a recovery point within this backup set, which will restore the database to a different point in time. For more information about recovery paths, see SQL Server Books Online.',
  ],
  4353: [
    16,
    "Conflicting file relocations have been specified for file '%.*ls'. Only a single WITH MOVE clause should be specified for any logical file name.",
  ],
  5701: [10, "Changed database context to '%.*ls'."],
  5703: [10, 'Changed language setting to %.*ls.'],
  8115: [16, 'Arithmetic overflow error converting %ls to data type %ls.'],
  8179: [16, 'Could not find prepared statement with handle %d.'],
  8939: [
    16,
    'Table error: Object ID %d, index ID %d, partition ID %I64d, alloc unit ID %I64d (type %.*ls), page %.*ls. Test (%.*ls) failed. Values are %ld and %ld.',
  ],
  8989: [10, "CHECKDB found %d allocation errors and %d consistency errors in database '%ls'."],
  15151: [16, "Cannot find the %S_MSG '%.*ls', because it does not exist or you do not have permission."],
  18210: [16, "%s: %s failure on backup device '%s'. Operating system error %s."],
  18452: [14, 'Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.'],
  18456: [14, "Login failed for user '%.*ls'."],
  // No messages of SQL Server's: the stand-in's own words.
  50000: [16, 'The embedded stand-in server cannot do this: %ls. A SQL Server can.'],
  50001: [16, 'The embedded stand-in server failed: %ls'],
} as const;

/** A message this stand-in can raise. */
export type MessageNumber = keyof typeof messageTable;

/** A message before it is sent: the server's name and the statement's line come later. */
export interface Draft {
  readonly number: MessageNumber;
  readonly state: number;
  readonly args: readonly (string | number)[];
  /** Where it is not about the statement's first line. */
  readonly line?: number | undefined;
}

export function draft(number: MessageNumber, args: readonly (string | number)[] = [], state = 1): Draft {
  return { number, state, args };
}

/** Fills the placeholders (%ls, %.*ls, %hs, %d, %03d, %I64d, %S_MSG …) in order. */
export function formatMessage(number: MessageNumber, args: readonly (string | number)[]): string {
  let next = 0;
  return messageTable[number][1].replace(
    /%(?:S_MSG|(0\d)?(?:\.\*)?(?:I64|l|h)?[dsu])/g,
    (_, pad: string | undefined) => {
      const text = String(args[next++] ?? '');
      return pad === undefined ? text : text.padStart(Number(pad), '0');
    },
  );
}

export function toMessage(from: Draft, line: number, server: string): SqlMessage {
  return {
    number: from.number,
    state: from.state,
    severity: messageTable[from.number][0],
    message: formatMessage(from.number, from.args),
    line: from.line ?? line,
    procedure: '',
    server,
  };
}

/** A statement failed: thrown by whatever found out, sent as one chain by the statement's runner. */
export class StatementFailure extends Error {
  readonly drafts: readonly Draft[];

  constructor(...drafts: readonly Draft[]) {
    super(drafts.map((one) => formatMessage(one.number, one.args)).join(' '));
    this.drafts = drafts;
  }
}

export function fail(number: MessageNumber, args: readonly (string | number)[] = [], state = 1): never {
  throw new StatementFailure(draft(number, args, state));
}
