// The command's parts put together.
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { addBackup } from './backup.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addEmbedded } from './embedded.ts';
import { addInspect } from './inspect.ts';
import type { Output } from './output.ts';
import { addRestore } from './restore.ts';
import { addRun } from './run.ts';
import { userConfigPath } from './settings.ts';
import { addVerify } from './verify.ts';

const AFTER_HELP = `
Sizes take k, m, g (powers of 1024), durations ms, s, m, h. A database whose name begins with - goes after --, a file named - is ./-.
With --to - the stream is all that stdout carries; everything else goes to stderr.

The server: --server with --user or --trusted; or SQLVDI_SERVER, SQLVDI_USER, SQLVDI_TRUSTED, SQLVDI_DRIVER, SQLVDI_ENCRYPT,
SQLVDI_TRUST_SERVER_CERTIFICATE, SQLVDI_PROVIDER, SQLVDI_INSTANCE; or a file of the same names (--config, SQLVDI_CONFIG, or
${userConfigPath()}). Flags come before the environment, and that before the file. The password is in SQLVDI_PASSWORD.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP.`;

export function createProgram(output: Output): Command {
  const program = new Command('sqlvdi')
    .description('Back up and restore SQL Server databases through the Virtual Device Interface.')
    .version(packageVersion(), '-V, --version')
    .helpCommand(true)
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    // Errors are reported in one place, in the form that was asked for.
    .configureOutput({ outputError() {} });
  for (const add of [addBackup, addRestore, addVerify, addInspect, addRun, addEmbedded, addDoctor, addDemo])
    add(program, output);
  return program;
}

function packageVersion(): string {
  const { version }: { readonly version: string } = createRequire(import.meta.url)('sqlvdi/package.json');
  return version;
}
