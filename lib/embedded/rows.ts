// The result sets of RESTORE HEADERONLY, FILELISTONLY and LABELONLY: what is known of a backup, under SQL Server's columns.
import type { SqlValue } from '../sql/executor.ts';
import type { ColumnType, ResultSet } from './batch.ts';
import { lsnOf } from './chain.ts';
import type { BackupHeader, BackupType } from './header.ts';
import type { Media } from './media.ts';
import { fileColumns, headerColumns, labelColumns } from './media-columns.ts';
import { countPages } from './ranges.ts';
import { pageSize } from './record.ts';

type Kind = readonly [type: number, description: string];
type Row = Readonly<Record<string, SqlValue>>;

/** Of the whole database, and of files. */
const backupTypes: Readonly<Record<BackupType, readonly [whole: Kind, files: Kind]>> = {
  full: [
    [1, 'Database'],
    [4, 'File or Filegroup'],
  ],
  log: [
    [2, 'Transaction Log'],
    [2, 'Transaction Log'],
  ],
  differential: [
    [5, 'Database Differential'],
    [6, 'File Differential'],
  ],
};
const virtualDevice = 7;
/** The log file's size is not simulated: eight pages, of which a backup carries none. */
const logPages = 8;

/** Where the stream is a real server's, only what its first block is known to say is filled in. */
export function headerRows(media: Media): ResultSet {
  return resultSet(headerColumns, [media.kind === 'own' ? ownHeader(media.header) : keptHeader(media.format)]);
}

/** No rows where the stream is a real server's. */
export function fileRows(media: Media): ResultSet {
  return resultSet(fileColumns, media.kind === 'own' ? ownFiles(media.header) : []);
}

function ownFiles(header: BackupHeader): Row[] {
  const { data, log, pageCount } = header;
  const row = (
    logical: string,
    physical: string,
    type: string,
    group: string | null,
    pages: number,
    id: number,
  ): Row => ({
    LogicalName: logical,
    PhysicalName: physical,
    Type: type,
    FileGroupName: group,
    Size: BigInt(pages) * BigInt(pageSize),
    MaxSize: 35184372080640n,
    FileId: BigInt(id),
  });
  return [
    row(data.logical, data.physical, 'D', 'PRIMARY', pageCount, 1),
    row(log.logical, log.physical, 'L', null, logPages, 2),
  ];
}

export function labelRows(media: Media): ResultSet {
  const own = media.kind === 'own' ? media : null;
  return resultSet(labelColumns, [
    {
      MediaName: own?.header.mediaName ?? null,
      MediaSetId: own?.stripes[0]?.mediaSetId ?? null,
      FamilyCount: own?.stripes.length ?? null,
      FamilySequenceNumber: own === null ? null : 1,
      MediaSequenceNumber: own === null ? null : 1,
      MediaLabelPresent: false,
      MediaDescription: own?.header.mediaDescription ?? null,
      SoftwareName: own === null ? 'Microsoft SQL Server' : 'sqlvdi embedded server',
      MediaDate: own === null ? null : new Date(own.header.started),
      IsCompressed: own === null ? media.kind === 'kept' && media.format === 'compressed' : own.header.compressed,
    },
  ]);
}

/** What a row does not say is NULL. */
function resultSet(types: Readonly<Record<string, ColumnType>>, rows: readonly Row[]): ResultSet {
  const columns = Object.entries(types).map(([name, type]) => ({ name, type }));
  return { columns, rows: rows.map((row) => columns.map(({ name }) => row[name] ?? null)) };
}

function keptHeader(format: 'tape' | 'compressed'): Row {
  return { Compressed: format === 'compressed' ? 1 : 0, Position: 1, DeviceType: virtualDevice };
}

function ownHeader(header: BackupHeader): Row {
  const [type, description] = backupTypes[header.type][header.filesOnly ? 1 : 0];
  const lastFork = header.forks.at(-1);
  return {
    BackupName: header.name,
    BackupDescription: header.description,
    BackupType: type,
    ExpirationDate: header.expires === null ? null : new Date(header.expires),
    Compressed: header.compressed ? 1 : 0,
    Position: 1,
    DeviceType: virtualDevice,
    ServerName: header.server,
    DatabaseName: header.database,
    DatabaseCreationDate: new Date(header.databaseCreated),
    BackupSize: BigInt(header.ranges === null ? header.pageCount : countPages(header.ranges)) * BigInt(pageSize),
    FirstLSN: lsnOf(header.firstLsn),
    LastLSN: lsnOf(header.lastLsn),
    CheckpointLSN: lsnOf(header.lastLsn),
    DatabaseBackupLSN: header.base === null ? 0n : lsnOf(header.base.lsn),
    BackupStartDate: new Date(header.started),
    MachineName: header.server,
    RecoveryForkID: lastFork?.id ?? null,
    FamilyGUID: header.familyId,
    HasBackupChecksums: header.checksum,
    IsDamaged: false,
    BeginsLogChain: false,
    IsCopyOnly: header.copyOnly,
    FirstRecoveryForkID: lastFork?.id ?? null,
    ForkPointLSN: header.forks.length > 1 && lastFork !== undefined ? lsnOf(lastFork.lsn) : null,
    RecoveryModel: 'FULL',
    DifferentialBaseLSN: header.type === 'differential' && header.base !== null ? lsnOf(header.base.lsn) : null,
    DifferentialBaseGUID: header.type === 'differential' && header.base !== null ? header.base.id : null,
    BackupTypeDescription: description,
    BackupSetGUID: header.id,
  };
}
