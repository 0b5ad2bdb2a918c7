// sqlvdi verify --from <file|->

import type { Command } from 'commander';
import { verify } from '../index.ts';
import { addStripes, addTransferOptions, type TransferFlags, transferWith } from './options.ts';
import type { Output } from './output.ts';
import { parseInteger } from './parse.ts';
import { serverOf } from './server.ts';
import { originsOf } from './stdio.ts';
import { reportTransfer, runTransfer } from './transfer.ts';

interface VerifyFlags extends TransferFlags {
  readonly from: readonly string[];
  readonly backupSet?: number;
}

export function addVerify(program: Command, output: Output): void {
  const command = program
    .command('verify')
    .description('Have the server read a backup to its end and check it, without restoring it.');
  addStripes(command, '--from');
  addTransferOptions(command)
    .option('--backup-set <n>', 'FILE: which backup set of the medium', parseInteger(1, 2 ** 31 - 1))
    .action(async (flags: VerifyFlags) => {
      const server = await serverOf(flags, { stdinIsData: flags.from.includes('-') });
      const from = originsOf(flags.from);
      const clause = { ...transferWith(flags), file: flags.backupSet };
      const { setName, sha256 = false } = flags;
      const result = await runTransfer(output, 'Verifying', (hooks) =>
        verify({ ...server, ...hooks, setName, from, with: clause, sha256 }),
      );
      reportTransfer(output, { name: 'verify', done: 'Verified', database: null }, flags.from, result);
    });
}
