// sqlvdi run "<T-SQL with {device}>": a BACKUP or RESTORE statement of the user's own.

import type { Command } from 'commander';
import { type RunDevice, run } from '../index.ts';
import { addOutputOptions, type OutputFlags } from './options.ts';
import type { Output } from './output.ts';
import { collect } from './parse.ts';
import { UsageError } from './report.ts';
import { addServerOptions, type ServerFlags, serverOf } from './server.ts';
import { destinationsOf, originsOf } from './stdio.ts';
import { tableLines } from './table.ts';
import { reportTransfer, runTransfer } from './transfer.ts';

interface RunFlags extends ServerFlags, OutputFlags {
  readonly to?: readonly string[];
  readonly from?: readonly string[];
  readonly setName?: string;
  readonly force?: boolean;
  readonly sha256?: boolean;
}

export function addRun(program: Command, output: Output): void {
  const command = program
    .command('run')
    .description('Run a BACKUP or RESTORE statement of your own, with {device} where VIRTUAL_DEVICE = … belongs.')
    .argument('<sql>', 'the statement; {device} stands for all devices, {device:0}, {device:1} … for one each')
    .option('--to <file>', 'where a device writes to: a file, or - for stdout; given again, one more device', collect)
    .option('--from <file>', 'where a device reads from: a file, or - for stdin; given again, one more', collect);
  addOutputOptions(addServerOptions(command))
    .option('--set-name <name>', 'name of the virtual device set (default: a new GUID)')
    .option('--force', 'replace files that are there already, once the statement has succeeded')
    .option('--sha256', 'compute the SHA-256 of every stripe')
    .action((sql: string, flags: RunFlags) => execute(output, sql, flags));
}

async function execute(output: Output, sql: string, flags: RunFlags): Promise<void> {
  const { to = [], from = [], setName, force: overwrite = false, sha256 = false } = flags;
  if ((to.length === 0) === (from.length === 0)) throw new UsageError('give --to or --from, and not both');
  const server = await serverOf(flags, { stdinIsData: from.includes('-') });
  const devices: RunDevice[] =
    to.length > 0 ? destinationsOf(to).map((one) => ({ to: one })) : originsOf(from).map((one) => ({ from: one }));
  const result = await runTransfer(output, 'Running', (hooks) =>
    run({ ...server, ...hooks, sql, devices, setName, overwrite, sha256 }),
  );
  const [first] = result.rows;
  if (first !== undefined) {
    const columns = Object.keys(first).map((name) => ({ name }));
    const rows = result.rows.map((row) => columns.map(({ name }) => row[name] ?? null));
    output.answer(tableLines({ columns, rows }));
  }
  const names = to.length > 0 ? to : from;
  reportTransfer(output, { name: 'run', done: 'Done', database: null }, names, result, { rows: result.rows });
}
