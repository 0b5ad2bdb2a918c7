// The catalog views that can be read: SQL Server's names and columns, with what the stand-in knows.
import type { SqlValue } from '../../sql/executor.ts';
import type { ColumnType } from '../batch.ts';
import { type Catalog, keyOf } from '../catalog.ts';
import { sizeOf } from '../content.ts';
import type { Environment } from '../environment.ts';
import { countPages, union } from '../ranges.ts';
import { type DatabaseRecord, pageSize } from '../record.ts';

export type Row = Readonly<Record<string, SqlValue>>;

export interface View {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** `database`: the one that the view's name or the session says. */
  readonly rows: (environment: Environment, database: string) => Promise<readonly Row[]>;
}

/** Sessions begin here; nothing is in it. */
export const masterDatabase = 'master';
/** The numbers before it are the system databases', of which the stand-in has none but in name. */
const firstUserDatabase = 5;
const extentPages = 8;

/** null where there is no such database. The numbers are for joining: a new database may change them. */
export function databaseId(catalog: Catalog, name: string): number | null {
  if (keyOf(name) === masterDatabase) return 1;
  const index = catalog.list().findIndex((one) => keyOf(one.name) === keyOf(name));
  return index < 0 ? null : firstUserDatabase + index;
}

/** What sys.master_files and sys.database_files say of a file. */
const fileColumns = {
  file_id: 'int',
  type: 'tinyint',
  type_desc: 'nvarchar',
  data_space_id: 'int',
  name: 'nvarchar',
  physical_name: 'nvarchar',
  state: 'tinyint',
  state_desc: 'nvarchar',
  size: 'int',
} as const;

/** By names in lower case. */
export const views: Readonly<Record<string, View>> = {
  'sys.databases': {
    columns: {
      name: 'nvarchar',
      database_id: 'int',
      source_database_id: 'int',
      create_date: 'datetime',
      compatibility_level: 'tinyint',
      collation_name: 'nvarchar',
      user_access_desc: 'nvarchar',
      is_read_only: 'bit',
      state: 'tinyint',
      state_desc: 'nvarchar',
      is_in_standby: 'bit',
      recovery_model: 'tinyint',
      recovery_model_desc: 'nvarchar',
    },
    rows: async ({ catalog }) =>
      catalog.list().map(({ name, created, state }) => ({
        name,
        database_id: databaseId(catalog, name),
        create_date: new Date(created),
        compatibility_level: 160,
        collation_name: 'SQL_Latin1_General_CP1_CI_AS',
        user_access_desc: 'MULTI_USER',
        is_read_only: false,
        state: state === 'online' ? 0 : 1,
        state_desc: state.toUpperCase(),
        is_in_standby: false,
        recovery_model: 1,
        recovery_model_desc: 'FULL',
      })),
  },
  'sys.master_files': {
    columns: { database_id: 'int', ...fileColumns },
    rows: async (environment) =>
      (await Promise.all(environment.catalog.list().map((record) => filesOf(environment, record)))).flat(),
  },
  'sys.database_files': {
    columns: fileColumns,
    rows: async (environment, database) => {
      const record = environment.catalog.get(database);
      return record === undefined ? [] : await filesOf(environment, record);
    },
  },
  'sys.dm_db_file_space_usage': {
    columns: {
      database_id: 'smallint',
      file_id: 'smallint',
      total_page_count: 'bigint',
      allocated_extent_page_count: 'bigint',
      unallocated_extent_page_count: 'bigint',
      modified_extent_page_count: 'bigint',
    },
    rows: async ({ catalog }, database) => {
      const record = catalog.get(database);
      if (record === undefined) return [];
      const pages = BigInt(await pagesOf(catalog, record));
      return [
        {
          database_id: databaseId(catalog, database),
          file_id: 1,
          total_page_count: pages,
          allocated_extent_page_count: pages,
          unallocated_extent_page_count: 0n,
          modified_extent_page_count: BigInt(modifiedPages(record)),
        },
      ];
    },
  },
};

async function filesOf({ catalog }: Environment, record: DatabaseRecord): Promise<Row[]> {
  const { data, log } = record;
  const common = { database_id: databaseId(catalog, record.name), state: 0, state_desc: 'ONLINE' };
  const size = await pagesOf(catalog, record);
  return [
    {
      ...common,
      file_id: 1,
      type: 0,
      type_desc: 'ROWS',
      data_space_id: 1,
      name: data.logical,
      physical_name: data.physical,
      size,
    },
    {
      ...common,
      file_id: 2,
      type: 1,
      type_desc: 'LOG',
      data_space_id: 0,
      name: log.logical,
      physical_name: log.physical,
      size: 8,
    },
  ];
}

/** Kept streams count as what they would take in pages. */
async function pagesOf(catalog: Catalog, record: DatabaseRecord): Promise<number> {
  return Math.ceil((await sizeOf(catalog, record)) / pageSize);
}

/** What the next differential backup would hold, in whole extents as SQL Server counts. */
function modifiedPages({ history: { base, changes } }: DatabaseRecord): number {
  const extents = changes
    .filter(({ lsn }) => base === null || lsn > base.lsn)
    .map(({ first, count }) => {
      const from = Math.floor(first / extentPages);
      return { first: from, count: Math.ceil((first + count) / extentPages) - from };
    });
  return countPages(union(extents)) * extentPages;
}
