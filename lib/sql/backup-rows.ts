// The result sets of RESTORE HEADERONLY, FILELISTONLY and LABELONLY as typed rows. Names are the server's in camelCase.
import { type Column, type RowOf, readRow } from './columns.ts';
import type { ExecuteResult } from './executor.ts';

const header = {
  backupName: ['BackupName', 'text'],
  backupDescription: ['BackupDescription', 'text'],
  /** 1 database, 2 log, 4 file, 5 differential, 6 differential file, 7 partial, 8 differential partial. */
  backupType: ['BackupType', 'number'],
  backupTypeDescription: ['BackupTypeDescription', 'text'],
  expirationDate: ['ExpirationDate', 'date'],
  compressed: ['Compressed', 'boolean'],
  /** Of the backup set on the medium, from 1: what `with.file` takes. */
  position: ['Position', 'number'],
  /** 7: virtual device. */
  deviceType: ['DeviceType', 'number'],
  userName: ['UserName', 'text'],
  serverName: ['ServerName', 'text'],
  databaseName: ['DatabaseName', 'text'],
  databaseVersion: ['DatabaseVersion', 'number'],
  databaseCreationDate: ['DatabaseCreationDate', 'date'],
  /** In bytes. */
  backupSize: ['BackupSize', 'bigint'],
  /** In bytes. */
  compressedBackupSize: ['CompressedBackupSize', 'bigint'],
  firstLsn: ['FirstLSN', 'bigint'],
  lastLsn: ['LastLSN', 'bigint'],
  checkpointLsn: ['CheckpointLSN', 'bigint'],
  databaseBackupLsn: ['DatabaseBackupLSN', 'bigint'],
  forkPointLsn: ['ForkPointLSN', 'bigint'],
  differentialBaseLsn: ['DifferentialBaseLSN', 'bigint'],
  differentialBaseGuid: ['DifferentialBaseGUID', 'text'],
  backupStartDate: ['BackupStartDate', 'date'],
  backupFinishDate: ['BackupFinishDate', 'date'],
  softwareVendorId: ['SoftwareVendorId', 'number'],
  softwareVersionMajor: ['SoftwareVersionMajor', 'number'],
  softwareVersionMinor: ['SoftwareVersionMinor', 'number'],
  softwareVersionBuild: ['SoftwareVersionBuild', 'number'],
  compatibilityLevel: ['CompatibilityLevel', 'number'],
  machineName: ['MachineName', 'text'],
  flags: ['Flags', 'number'],
  collation: ['Collation', 'text'],
  recoveryModel: ['RecoveryModel', 'text'],
  bindingId: ['BindingID', 'text'],
  recoveryForkId: ['RecoveryForkID', 'text'],
  firstRecoveryForkId: ['FirstRecoveryForkID', 'text'],
  familyGuid: ['FamilyGUID', 'text'],
  backupSetGuid: ['BackupSetGUID', 'text'],
  hasBulkLoggedData: ['HasBulkLoggedData', 'boolean'],
  isSnapshot: ['IsSnapshot', 'boolean'],
  isReadOnly: ['IsReadOnly', 'boolean'],
  isSingleUser: ['IsSingleUser', 'boolean'],
  hasBackupChecksums: ['HasBackupChecksums', 'boolean'],
  isDamaged: ['IsDamaged', 'boolean'],
  beginsLogChain: ['BeginsLogChain', 'boolean'],
  hasIncompleteMetaData: ['HasIncompleteMetaData', 'boolean'],
  isForceOffline: ['IsForceOffline', 'boolean'],
  isCopyOnly: ['IsCopyOnly', 'boolean'],
  containment: ['Containment', 'number'],
  keyAlgorithm: ['KeyAlgorithm', 'text'],
  encryptorThumbprint: ['EncryptorThumbprint', 'bytes'],
  encryptorType: ['EncryptorType', 'text'],
  lastValidRestoreTime: ['LastValidRestoreTime', 'date'],
  timeZone: ['TimeZone', 'text'],
  compressionAlgorithm: ['CompressionAlgorithm', 'text'],
} as const satisfies Readonly<Record<string, Column>>;

const file = {
  logicalName: ['LogicalName', 'text'],
  physicalName: ['PhysicalName', 'text'],
  /** L log, D data, F full-text catalog, S FILESTREAM, FileTable or memory-optimized data. */
  type: ['Type', 'text'],
  fileGroupName: ['FileGroupName', 'text'],
  /** In bytes. */
  size: ['Size', 'bigint'],
  /** In bytes. */
  maxSize: ['MaxSize', 'bigint'],
  fileId: ['FileId', 'number'],
  createLsn: ['CreateLSN', 'bigint'],
  dropLsn: ['DropLSN', 'bigint'],
  uniqueId: ['UniqueId', 'text'],
  readOnlyLsn: ['ReadOnlyLSN', 'bigint'],
  readWriteLsn: ['ReadWriteLSN', 'bigint'],
  /** In bytes. */
  backupSizeInBytes: ['BackupSizeInBytes', 'bigint'],
  /** In bytes. */
  sourceBlockSize: ['SourceBlockSize', 'number'],
  fileGroupId: ['FileGroupId', 'number'],
  logGroupGuid: ['LogGroupGUID', 'text'],
  differentialBaseLsn: ['DifferentialBaseLSN', 'bigint'],
  differentialBaseGuid: ['DifferentialBaseGUID', 'text'],
  isReadOnly: ['IsReadOnly', 'boolean'],
  isPresent: ['IsPresent', 'boolean'],
  tdeThumbprint: ['TDEThumbprint', 'bytes'],
  snapshotUrl: ['SnapshotUrl', 'text'],
} as const satisfies Readonly<Record<string, Column>>;

const label = {
  mediaName: ['MediaName', 'text'],
  mediaSetId: ['MediaSetId', 'text'],
  /** How many stripes the backup has. */
  familyCount: ['FamilyCount', 'number'],
  /** Which of them this is, from 1. */
  familySequenceNumber: ['FamilySequenceNumber', 'number'],
  mediaFamilyId: ['MediaFamilyId', 'text'],
  mediaSequenceNumber: ['MediaSequenceNumber', 'number'],
  mediaLabelPresent: ['MediaLabelPresent', 'boolean'],
  mediaDescription: ['MediaDescription', 'text'],
  softwareName: ['SoftwareName', 'text'],
  softwareVendorId: ['SoftwareVendorId', 'number'],
  mediaDate: ['MediaDate', 'date'],
  mirrorCount: ['Mirror_Count', 'number'],
  isCompressed: ['IsCompressed', 'boolean'],
} as const satisfies Readonly<Record<string, Column>>;

/**
 * A backup set on a medium: a row of RESTORE HEADERONLY. Each member is the server's column of that name in camelCase, as Microsoft's
 * reference of RESTORE HEADERONLY describes it, and null where the server does not say. Dates are moments: what the
 * server says is read in this machine's time zone. Log sequence numbers are null also where the driver rounds them (tedious and mssql,
 * beyond 2^53).
 */
export type BackupHeader = RowOf<typeof header>;

/**
 * A file of the database in a backup: a row of RESTORE FILELISTONLY. Each member is the server's column of that name in camelCase, as
 * Microsoft's reference of RESTORE FILELISTONLY describes it, and null where the server does not say. Log sequence numbers are null also
 * where the driver rounds them (tedious and mssql, beyond 2^53).
 */
export type BackupFile = RowOf<typeof file>;

/**
 * A medium: the row of RESTORE LABELONLY. Each member is the server's column of that name in camelCase, as Microsoft's reference of
 * RESTORE LABELONLY describes it, and null where the server does not say. The date is a moment: what the server says is read
 * in this machine's time zone.
 */
export type MediaLabel = RowOf<typeof label>;

type Row = ExecuteResult['rows'][number];

export const readHeader = (row: Row): BackupHeader => readRow(header, row);
export const readFile = (row: Row): BackupFile => readRow(file, row);
/** Microsoft's pages spell one column both ways. */
export const readLabel = ({ MirrorCount = null, ...row }: Row): MediaLabel =>
  readRow(label, { Mirror_Count: MirrorCount, ...row });
