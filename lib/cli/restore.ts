// sqlvdi restore <database> --from <file|->

import { type Command, Option } from 'commander';
import { type RestoreOptions, type RestoreWith, restore } from '../index.ts';
import {
  addScopeOptions,
  addStripes,
  addTransferOptions,
  type ScopeFlags,
  scopeOf,
  type TransferFlags,
  transferWith,
} from './options.ts';
import type { Output } from './output.ts';
import { collect, collectMove, parseInteger } from './parse.ts';
import { serverOf } from './server.ts';
import { originsOf } from './stdio.ts';
import { reportTransfer, runTransfer } from './transfer.ts';

interface RestoreFlags extends TransferFlags, ScopeFlags {
  readonly from: readonly string[];
  readonly type: NonNullable<RestoreOptions['type']>;
  readonly backupSet?: number;
  readonly replace?: boolean;
  readonly recovery?: boolean;
  readonly standby?: string;
  readonly move?: Readonly<Record<string, string>> | 'auto';
  readonly stopAt?: string;
  readonly stopAtMark?: string;
  readonly stopBeforeMark?: string;
  readonly keepReplication?: boolean;
  readonly keepCdc?: boolean;
  readonly restrictedUser?: boolean;
  readonly partial?: boolean;
  readonly page?: readonly string[];
}

export function addRestore(program: Command, output: Output): void {
  const command = program
    .command('restore')
    .description('Restore a database from one file, or from all stripes of a set.')
    .argument('<database>', 'name of the database (after -- where it begins with -)');
  addStripes(command, '--from');
  addScopeOptions(
    addTransferOptions(command).addOption(
      new Option('--type <type>', 'what to restore').choices(['database', 'log']).default('database'),
    ),
  )
    .option('--page <file:page>', "PAGE: only this page, such as '1:57'; may be given again", collect)
    .option('--backup-set <n>', 'FILE: which backup set of the medium', parseInteger(1, 2 ** 31 - 1))
    .option('--replace', 'REPLACE: overwrite a database of that name')
    .option('--recovery', 'RECOVERY: make the database usable')
    .option('--no-recovery', 'NORECOVERY: leave it open for further restores')
    .option('--standby <file>', 'STANDBY: leave it readable for further restores; the undo file on the server')
    .option(
      '--move <logical=physical>',
      "MOVE a file of the database; may be given again. 'auto': every file into the server's own folders",
      collectMove,
    )
    .option('--stop-at <time>', 'STOPAT: recover to this moment')
    .option('--stop-at-mark <mark>', 'STOPATMARK: recover up to and with this transaction')
    .option('--stop-before-mark <mark>', 'STOPBEFOREMARK: recover up to this transaction')
    .option('--keep-replication', 'KEEP_REPLICATION')
    .option('--keep-cdc', 'KEEP_CDC')
    .option('--restricted-user', 'RESTRICTED_USER')
    .option('--partial', 'PARTIAL: the first step of a piecemeal restore')
    .action((database: string, flags: RestoreFlags) => run(output, database, flags));
}

async function run(output: Output, database: string, flags: RestoreFlags): Promise<void> {
  const server = await serverOf(flags, { stdinIsData: flags.from.includes('-') });
  const from = originsOf(flags.from);
  const result = await runTransfer(output, 'Restoring', (hooks) =>
    restore({
      ...server,
      ...hooks,
      ...scopeOf(flags),
      setName: flags.setName,
      pages: flags.page,
      database,
      type: flags.type,
      from,
      with: restoreWith(flags),
      sha256: flags.sha256 ?? false,
    }),
  );
  reportTransfer(output, { name: 'restore', done: `Restored ${database}`, database }, flags.from, result);
}

function restoreWith(flags: RestoreFlags): RestoreWith {
  const { replace, recovery, standby, move, stopAt, stopAtMark, stopBeforeMark } = flags;
  const { keepReplication, keepCdc, restrictedUser, partial } = flags;
  return {
    ...transferWith(flags),
    file: flags.backupSet,
    replace,
    recovery,
    standby,
    move,
    stopAt,
    stopAtMark,
    stopBeforeMark,
    keepReplication,
    keepCdc,
    restrictedUser,
    partial,
  };
}
