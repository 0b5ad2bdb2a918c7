// Options that not every edition and version has: refused before anything is started, with what would be needed.
import { ServerSupportError } from './connection-error.ts';
import type { ServerInfo } from './server-info.ts';
import type { BackupWith } from './with.ts';

const sqlServer2014 = 12;
const sqlServer2022 = 16;
const sqlServer2025 = 17;
const express = 4;

/** Throws a ServerSupportError where this server cannot make such a backup. What it does not say about itself is not held against it. */
export function checkBackupSupport(info: ServerInfo, options: BackupWith): void {
  const { compression, encryption } = options;
  if (compression !== undefined && compression !== false) {
    refuseSmallEditions(info, 'with.compression');
    if (typeof compression === 'object') {
      const needed = compression.algorithm === 'ZSTD' ? sqlServer2025 : sqlServer2022;
      refuseOlderThan(info, needed, `with.compression.algorithm '${compression.algorithm}'`);
    }
  }
  if (encryption !== undefined) {
    refuseSmallEditions(info, 'with.encryption');
    refuseOlderThan(info, sqlServer2014, 'with.encryption');
  }
}

function refuseSmallEditions({ engineEdition, edition }: ServerInfo, option: string): void {
  if (engineEdition !== express && edition?.startsWith('Web') !== true) return;
  throw new ServerSupportError(`${edition ?? 'this edition'} cannot do that: leave ${option} out`);
}

function refuseOlderThan({ majorVersion, version }: ServerInfo, needed: number, option: string): void {
  if (majorVersion === null || majorVersion >= needed) return;
  throw new ServerSupportError(`${option} needs SQL Server ${years[needed]} (${needed}.x); this is ${version}`);
}

const years: Readonly<Record<number, number>> = { [sqlServer2014]: 2014, [sqlServer2022]: 2022, [sqlServer2025]: 2025 };
