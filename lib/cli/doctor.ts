// sqlvdi doctor: whether this machine can take backups, and what to do where it cannot.

import { type Command, Option } from 'commander';
import { type DoctorOptions, doctor, type Finding } from '../index.ts';
import type { Output } from './output.ts';
import { ReportedError } from './report.ts';
import { providers } from './server.ts';

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok     ', warning: 'warning', error: 'ERROR  ' };

export function addDoctor(program: Command, output: Output): void {
  program
    .command('doctor')
    .description('Check what a backup on this machine needs, and say how to fix what is missing. Changes nothing.')
    .addOption(new Option('--provider <name>', 'what will be used').choices(providers).default('auto'))
    .option('--instance <name>', 'the SQL Server instance, without the machine name (default: the default instance)')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only what is not ok')
    .addHelpText('after', '\nExit code 1 where an error is among the findings.')
    .action(async (options: DoctorOptions) => {
      const { ok, findings } = await doctor(options);
      output.answer(findings.filter(({ level }) => level !== 'ok' || !output.quiet).flatMap(lines));
      output.document({ ok, operation: 'doctor', findings });
      if (!ok) throw new ReportedError('errors were found');
    });
}

function lines({ check, level, found, fix }: Finding): string[] {
  return [`${MARKS[level]}  ${check}: ${found}`, ...(fix === null ? [] : [`         fix: ${fix}`])];
}
