// sqlvdi embedded exec "<T-SQL>": runs statements on a stand-in server that another process serves, and prints as sqlcmd does.

import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type BatchEvent, EmbeddedClient, type ResultSet, SqlServerError } from '../index.ts';
import type { Output } from './output.ts';
import { ReportedError, UsageError } from './report.ts';
import { cancellable } from './signals.ts';
import { tableLines } from './table.ts';

interface ExecFlags {
  readonly instance?: string;
  readonly inputFile?: string;
}

/** A line that ends a batch, as in sqlcmd. */
const separator = /^[ \t]*GO[ \t]*;?[ \t]*$/im;

export function addExec(embedded: Command, output: Output): void {
  embedded
    .command('exec')
    .description("Run T-SQL on the stand-in server that 'embedded serve' runs. Exit code 1 where a statement fails.")
    .argument('[statements]', 'T-SQL; a line GO ends a batch')
    .option('--instance <name>', "the server's instance (default: the default instance)")
    .option('-i, --input-file <file>', 'take the T-SQL from a file')
    .option('--json', 'print one JSON document with the messages and result sets')
    .action(async (statements: string | undefined, flags: ExecFlags) => {
      const text = await textOf(statements, flags);
      await cancellable(output, (signal) => run(output, text, flags, signal));
    });
}

async function textOf(statements: string | undefined, { inputFile }: ExecFlags): Promise<string> {
  if ((statements === undefined) === (inputFile === undefined)) {
    throw new UsageError('give the T-SQL either as an argument or with --input-file');
  }
  return inputFile === undefined ? (statements ?? '') : (await readFile(inputFile, 'utf8')).replace(/^\uFEFF/, '');
}

async function run(output: Output, text: string, { instance }: ExecFlags, signal: AbortSignal): Promise<void> {
  await using client = await EmbeddedClient.connect({ instance });
  const messages: unknown[] = [];
  const resultSets: ResultSet[] = [];
  const onEvent = (event: BatchEvent): void => {
    if (event.kind === 'message') messages.push(event.message);
    if (event.kind === 'resultSet') resultSets.push(event.resultSet);
    if (!output.json) print(output, event);
  };
  try {
    for (const batch of text.split(separator)) {
      if (batch.trim() !== '') await client.run(batch, { signal, onEvent });
    }
  } catch (error) {
    // Its messages were printed as they came.
    if (error instanceof SqlServerError && !output.json) throw new ReportedError(error.message, { cause: error });
    throw error;
  }
  output.document({ operation: 'exec', messages, resultSets });
}

function print(output: Output, event: BatchEvent): void {
  if (event.kind === 'resultSet') output.answer(tableLines(event.resultSet));
  if (event.kind !== 'message') return;
  const { number, severity, state, server, line, message } = event.message;
  if (severity <= 10) output.line(message);
  else output.problem([`Msg ${number}, Level ${severity}, State ${state}, Server ${server}, Line ${line}`, message]);
}
