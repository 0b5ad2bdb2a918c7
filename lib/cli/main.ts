#!/usr/bin/env node
// The sqlvdi command. Exit codes: 0 done, 1 failed, 2 wrong usage, 128 + n cancelled by signal n.

import { CommanderError } from 'commander';
import { Output } from './output.ts';
import { createProgram } from './program.ts';
import { UsageError } from './report.ts';
import { CancelledError } from './signals.ts';

async function main(args: readonly string[], output: Output): Promise<number> {
  try {
    await createProgram(output).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // --help and --version end this way too, and so does the help that is shown where a command is missing.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    const failure = error instanceof CommanderError ? UsageError.from(error) : error;
    output.error(failure);
    if (failure instanceof CancelledError) return failure.exitCode;
    return failure instanceof UsageError || isWrongArgument(failure) ? 2 : 1;
  }
}

/** What the library throws for a wrong option, before anything is done. Node's own errors of these classes have a code. */
function isWrongArgument(error: unknown): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && !('code' in error);
}

const args = process.argv.slice(2);
const output = Output.of(args);
process.exitCode = await main(args, output);
if (process.exitCode !== 0) {
  // After a failure the stalled other end of a pipe may hold on to stdin or stdout, and with it this process.
  await output.flush();
  process.exit();
}
