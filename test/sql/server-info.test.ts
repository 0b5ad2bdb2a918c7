// What is read of a server before anything starts, and which options it supports.
import { describe, expect, it } from 'vitest';
import { PermissionError, ServerSupportError } from '../../lib/sql/connection-error.ts';
import { estimateBackup, readDatabases } from '../../lib/sql/databases.ts';
import { SqlServerError } from '../../lib/sql/error.ts';
import type { Execute, SqlValue } from '../../lib/sql/executor.ts';
import { checkServer, readServerInfo, type ServerInfo } from '../../lib/sql/server-info.ts';
import { checkBackupSupport } from '../../lib/sql/support.ts';
import type { BackupWith } from '../../lib/sql/with.ts';
import { message } from '../support/scripted-server.ts';

const answering =
  (...rows: Readonly<Record<string, SqlValue>>[]): Execute =>
  async () => ({ rows, messages: [] });

const developer: ServerInfo = {
  sysadmin: true,
  engineEdition: 3,
  edition: 'Developer Edition (64-bit)',
  version: '16.0.4135.4',
  majorVersion: 16,
  instance: null,
  dataPath: null,
  logPath: null,
};

describe('what a server says of itself', () => {
  it('as numbers or as text, as the drivers have it', async () => {
    for (const [yes, edition] of [
      [1, 3],
      ['1', '3'],
    ]) {
      const row = {
        sysadmin: yes ?? null,
        EngineEdition: edition ?? null,
        Edition: 'Developer Edition (64-bit)',
        ProductVersion: '16.0.4135.4',
        InstanceName: null,
        InstanceDefaultDataPath: null,
        InstanceDefaultLogPath: null,
      };
      expect(await readServerInfo(answering(row), undefined)).toEqual(developer);
    }
  });

  it('nothing: nobody is let through for that', async () => {
    const info = await readServerInfo(answering(), undefined);
    expect(info).toMatchObject({ sysadmin: false, engineEdition: null, majorVersion: null });
    expect(() => checkServer(info)).toThrow(PermissionError);
  });

  it('no member of sysadmin, or Azure', () => {
    expect(() => checkServer(developer)).not.toThrow();
    expect(() => checkServer({ ...developer, sysadmin: false })).toThrow('not a member of sysadmin');
    for (const engineEdition of [5, 6, 8, 9, 11]) {
      expect(() => checkServer({ ...developer, engineEdition, edition: 'SQL Azure' })).toThrow(ServerSupportError);
    }
  });
});

describe('options of an edition or version', () => {
  const express = { ...developer, engineEdition: 4, edition: 'Express Edition (64-bit)' };
  const web = { ...developer, engineEdition: 2, edition: 'Web Edition (64-bit)' };
  const unknown = { ...developer, engineEdition: null, edition: null, version: null, majorVersion: null };
  const certificate = { encryption: { algorithm: 'AES_256', certificate: 'c' } } as const;

  it.each<[string, ServerInfo, BackupWith]>([
    ['compression on Express', express, { compression: true }],
    ['compression on Web', web, { compression: { algorithm: 'MS_XPRESS' } }],
    ['encryption on Express', express, certificate],
    ['encryption on 2012', { ...developer, majorVersion: 11 }, certificate],
    ['QAT_DEFLATE on 2019', { ...developer, majorVersion: 15 }, { compression: { algorithm: 'QAT_DEFLATE' } }],
    ['ZSTD on 2022', developer, { compression: { algorithm: 'ZSTD' } }],
  ])('refused: %s', (_name, info, options) => {
    expect(() => checkBackupSupport(info, options)).toThrow(ServerSupportError);
  });

  it.each<[string, ServerInfo, BackupWith]>([
    ['no compression on Express', express, { compression: false }],
    ['compression on Developer', developer, { compression: true, ...certificate }],
    ['ZSTD on 2025', { ...developer, majorVersion: 17 }, { compression: { algorithm: 'ZSTD' } }],
    ['whatever on a server that says nothing', unknown, { compression: { algorithm: 'ZSTD' }, ...certificate }],
  ])('allowed: %s', (_name, info, options) => {
    expect(() => checkBackupSupport(info, options)).not.toThrow();
  });
});

describe('the size of a backup', () => {
  it('by the pages of the catalog, of a name that is quoted', async () => {
    const statements: string[] = [];
    const execute: Execute = async (statement) => {
      statements.push(statement);
      return { rows: [{ pages: '1024' }], messages: [] };
    };
    expect(await estimateBackup(execute, 'a]b', 'full', undefined)).toBe(1024 * 8192);
    expect(await estimateBackup(execute, 'a]b', 'differential', undefined)).toBe(1024 * 8192);
    expect(await estimateBackup(execute, 'a]b', 'log', undefined)).toBeNull();
    expect(statements).toEqual([
      'SELECT SUM(allocated_extent_page_count) AS pages FROM [a]]b].sys.dm_db_file_space_usage',
      'SELECT SUM(modified_extent_page_count) AS pages FROM [a]]b].sys.dm_db_file_space_usage',
    ]);
  });

  it('unknown where the server refuses, but not where the connection is lost', async () => {
    const refusing: Execute = () => Promise.reject(new SqlServerError([message(297, 16, 'no permission')]));
    expect(await estimateBackup(refusing, 'x', 'full', undefined)).toBeNull();
    expect(await estimateBackup(answering({ pages: null }), 'x', 'full', undefined)).toBeNull();
    const lost: Execute = () => Promise.reject(new Error('lost'));
    await expect(estimateBackup(lost, 'x', 'full', undefined)).rejects.toThrow('lost');
  });
});

it('the list of databases', async () => {
  const row = { name: 'a', database_id: 5, state_desc: 'ONLINE', recovery_model_desc: 'FULL', is_in_standby: true };
  expect(await readDatabases(answering(row), undefined)).toEqual([
    { name: 'a', id: 5, state: 'ONLINE', recoveryModel: 'FULL', sourceId: null, standby: true },
  ]);
});
