// sqlvdi backup <database> --to <file|->, and sqlvdi backup --all-databases --to <folder>

import { type Command, Option } from 'commander';
import { backup } from '../index.ts';
import { backupAll } from './backup-all.ts';
import { addBackupWith, type BackupFlags, backupWith } from './backup-with.ts';
import { addScopeOptions, addStripes, addTransferOptions, type ScopeFlags, scopeOf } from './options.ts';
import type { Output } from './output.ts';
import { parseInteger } from './parse.ts';
import { UsageError } from './report.ts';
import { requireFolder, serverOf } from './server.ts';
import { destinationsOf } from './stdio.ts';
import { reportTransfer, runTransfer } from './transfer.ts';

interface Flags extends BackupFlags, ScopeFlags {
  readonly to: readonly string[];
  readonly force?: boolean;
  readonly allDatabases?: boolean;
  readonly jobs?: number;
}

export function addBackup(program: Command, output: Output): void {
  const command = program
    .command('backup')
    .description('Back a database up to one file, or over several stripes; or all databases into a folder.')
    .argument('[database]', 'name of the database (after -- where it begins with -)');
  addStripes(command, '--to');
  addTransferOptions(command)
    .addOption(new Option('--type <type>', 'kind of backup').choices(['full', 'differential', 'log']).default('full'))
    .option(
      '--all-databases',
      'every database of the server but tempdb, each into a file of its own in the folder --to',
    )
    .option('--jobs <n>', 'how many at once with --all-databases (default: 1)', parseInteger(1, 64))
    .option('--force', 'replace files that are there already, once the backup is complete');
  addBackupWith(addScopeOptions(command)).action(async (database: string | undefined, flags: Flags) => {
    if (flags.allDatabases) return allDatabases(output, database, flags);
    if (database === undefined) throw new UsageError("missing required argument 'database', or --all-databases");
    if (flags.jobs !== undefined) throw new UsageError('--jobs goes with --all-databases');
    return oneDatabase(output, database, flags);
  });
}

async function oneDatabase(output: Output, database: string, flags: Flags): Promise<void> {
  const server = await serverOf(flags);
  requireFolder(flags.embedded);
  const to = destinationsOf(flags.to);
  const result = await runTransfer(output, 'Backing up', (hooks) =>
    backup({
      ...server,
      ...hooks,
      ...scopeOf(flags),
      setName: flags.setName,
      database,
      type: flags.type,
      to,
      with: backupWith(flags),
      overwrite: flags.force ?? false,
      sha256: flags.sha256 ?? false,
    }),
  );
  reportTransfer(output, { name: 'backup', done: `Backed up ${database}`, database }, flags.to, result);
}

async function allDatabases(output: Output, database: string | undefined, flags: Flags): Promise<void> {
  if (database !== undefined) throw new UsageError('give a database or --all-databases, not both');
  const [folder, ...others] = flags.to;
  if (folder === undefined || folder === '-' || others.length > 0) {
    throw new UsageError('--all-databases needs one folder: --to <folder>');
  }
  const forOne = {
    '--set-name': flags.setName,
    '--file': flags.file,
    '--filegroup': flags.filegroup,
    '--read-write-filegroups': flags.readWriteFilegroups,
  };
  for (const [name, value] of Object.entries(forOne)) {
    if (value !== undefined) throw new UsageError(`${name} is for one database, not for --all-databases`);
  }
  const server = await serverOf(flags);
  requireFolder(flags.embedded);
  const { type, jobs = 1, sha256 = false, force: overwrite = false } = flags;
  await backupAll(output, { server, folder, jobs, type, backup: { with: backupWith(flags), sha256, overwrite } });
}
