// sqlvdi headers, files and label: what a backup says about itself.

import type { Command } from 'commander';
import {
  type BackupFile,
  type BackupHeader,
  files,
  headers,
  type InspectOptions,
  label,
  type MediaLabel,
  type SqlValue,
} from '../index.ts';
import { addBufferOptions, addOutputOptions, addStripes, type BufferFlags } from './options.ts';
import type { Output } from './output.ts';
import { parseInteger } from './parse.ts';
import { serverOf } from './server.ts';
import { cancellable } from './signals.ts';
import { originsOf } from './stdio.ts';
import { tableLines } from './table.ts';

interface InspectFlags extends BufferFlags {
  readonly from: readonly string[];
  readonly backupSet?: number;
}

interface Inspection<T> {
  readonly name: string;
  readonly description: string;
  readonly read: (options: InspectOptions) => Promise<readonly T[]>;
  /** What people see of each row; --json has all of it. */
  readonly columns: readonly (keyof T & string)[];
  readonly backupSet: boolean;
}

export function addInspect(program: Command, output: Output): void {
  addInspection<BackupHeader>(program, output, {
    name: 'headers',
    description: 'List the backup sets in a backup (RESTORE HEADERONLY).',
    read: headers,
    columns: [
      'position',
      'backupTypeDescription',
      'databaseName',
      'backupStartDate',
      'backupSize',
      'compressed',
      'isCopyOnly',
      'backupName',
    ],
    backupSet: true,
  });
  addInspection<BackupFile>(program, output, {
    name: 'files',
    description: "List the database's files in a backup (RESTORE FILELISTONLY).",
    read: files,
    columns: ['logicalName', 'type', 'size', 'fileGroupName', 'physicalName'],
    backupSet: true,
  });
  addInspection<MediaLabel>(program, output, {
    name: 'label',
    description: "Show a backup medium's label (RESTORE LABELONLY).",
    read: async (options) => [await label(options)],
    columns: ['mediaSetId', 'familyCount', 'familySequenceNumber', 'softwareName', 'mediaDate', 'mediaName'],
    backupSet: false,
  });
}

function addInspection<T extends Readonly<Record<string, SqlValue>>>(
  program: Command,
  output: Output,
  { name, description, read, columns, backupSet }: Inspection<T>,
): void {
  const command = program.command(name).description(description);
  addStripes(command, '--from');
  addOutputOptions(addBufferOptions(command));
  if (backupSet) {
    command.option('--backup-set <n>', 'FILE: which backup set of the medium', parseInteger(1, 2 ** 31 - 1));
  }
  command.action(async (flags: InspectFlags) => {
    const server = await serverOf(flags, { stdinIsData: flags.from.includes('-') });
    const from = originsOf(flags.from);
    const { blockSize, bufferCount, maxTransferSize, backupSet: file, setName } = flags;
    const clause = { blockSize, bufferCount, maxTransferSize, file };
    const rows = await cancellable(output, (signal) => read({ ...server, signal, setName, from, with: clause }));
    output.answer(
      tableLines({
        columns: columns.map((column) => ({ name: column })),
        rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
      }),
    );
    output.document({ operation: name, [name]: rows });
  });
}
