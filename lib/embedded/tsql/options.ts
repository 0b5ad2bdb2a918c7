// The WITH clause: which options each statement takes, of what kind they are, and which exclude each other.

export type OptionKind = 'flag' | 'number' | 'optionalNumber' | 'text' | 'compression' | 'encryption' | 'move';

const transfer = {
  BLOCKSIZE: 'number',
  BUFFERCOUNT: 'number',
  MAXTRANSFERSIZE: 'number',
  STATS: 'optionalNumber',
  CHECKSUM: 'flag',
  NO_CHECKSUM: 'flag',
  STOP_ON_ERROR: 'flag',
  CONTINUE_AFTER_ERROR: 'flag',
  REWIND: 'flag',
  NOREWIND: 'flag',
  UNLOAD: 'flag',
  NOUNLOAD: 'flag',
} as const satisfies Record<string, OptionKind>;

export const backupOptions: Readonly<Record<string, OptionKind>> = {
  ...transfer,
  COPY_ONLY: 'flag',
  DIFFERENTIAL: 'flag',
  FORMAT: 'flag',
  NOFORMAT: 'flag',
  INIT: 'flag',
  NOINIT: 'flag',
  SKIP: 'flag',
  NOSKIP: 'flag',
  COMPRESSION: 'compression',
  ENCRYPTION: 'encryption',
  NO_COMPRESSION: 'flag',
  NORECOVERY: 'flag',
  STANDBY: 'text',
  NO_TRUNCATE: 'flag',
  NAME: 'text',
  DESCRIPTION: 'text',
  MEDIANAME: 'text',
  MEDIADESCRIPTION: 'text',
  EXPIREDATE: 'text',
  RETAINDAYS: 'number',
};

export const restoreOptions: Readonly<Record<string, OptionKind>> = {
  ...transfer,
  REPLACE: 'flag',
  RECOVERY: 'flag',
  NORECOVERY: 'flag',
  STANDBY: 'text',
  STOPAT: 'text',
  MOVE: 'move',
  FILE: 'number',
  // Without users, replication, filegroups and a history there is nothing that these could change.
  KEEP_CDC: 'flag',
  KEEP_REPLICATION: 'flag',
  LOADHISTORY: 'flag',
  PARTIAL: 'flag',
  RESTRICTED_USER: 'flag',
};

/** Options of RESTORE that make no sense where nothing is restored: message 3032. */
export const notForInspection: readonly string[] = [
  'REPLACE',
  'RECOVERY',
  'NORECOVERY',
  'STANDBY',
  'STOPAT',
  'KEEP_CDC',
  'KEEP_REPLICATION',
  'PARTIAL',
  'RESTRICTED_USER',
];

/** Options SQL Server knows and this stand-in does not: message 3032, not 155, so that nobody takes them for a misspelling. */
export const unsupportedOptions: ReadonlySet<string> = new Set([
  'CREDENTIAL',
  'ENABLE_BROKER',
  'ERROR_BROKER_CONVERSATIONS',
  'FILE_SNAPSHOT',
  'MEDIADESCRIPTION',
  'MEDIANAME',
  'MEDIAPASSWORD',
  'METADATA_ONLY',
  'MIRROR',
  'NEW_BROKER',
  'PASSWORD',
  'READ_WRITE_FILEGROUPS',
  'RESTART',
  'SNAPSHOT',
  'STOPATMARK',
  'STOPBEFOREMARK',
]);

export const conflicts: readonly (readonly [string, string])[] = [
  ['FORMAT', 'NOFORMAT'],
  ['FORMAT', 'NOINIT'],
  ['INIT', 'NOINIT'],
  ['SKIP', 'NOSKIP'],
  ['CHECKSUM', 'NO_CHECKSUM'],
  ['COMPRESSION', 'NO_COMPRESSION'],
  ['STOP_ON_ERROR', 'CONTINUE_AFTER_ERROR'],
  ['RECOVERY', 'NORECOVERY'],
  ['RECOVERY', 'STANDBY'],
  ['NORECOVERY', 'STANDBY'],
  ['NORECOVERY', 'KEEP_CDC'],
  ['NORECOVERY', 'KEEP_REPLICATION'],
  ['NORECOVERY', 'RESTRICTED_USER'],
  ['EXPIREDATE', 'RETAINDAYS'],
  ['REWIND', 'NOREWIND'],
  ['UNLOAD', 'NOUNLOAD'],
  ['DIFFERENTIAL', 'COPY_ONLY'],
];
