// sqlvdi embedded …: the stand-in server, for trying things out without code.

import type { Command } from 'commander';
import { EmbeddedServer } from '../index.ts';
import { addExec } from './embedded-exec.ts';
import { addServe } from './embedded-serve.ts';
import { formatBytes } from './format.ts';
import type { Output } from './output.ts';
import { parseInteger, parseSize } from './parse.ts';
import { requireFolder } from './server.ts';

interface CreateFlags {
  readonly size: number;
  readonly seed?: number;
  readonly compressible?: boolean;
}

async function withServer<T>(folder: string, work: (server: EmbeddedServer) => Promise<T>): Promise<T> {
  await using server = await EmbeddedServer.start({ folder });
  return await work(server);
}

const addJson = (command: Command) =>
  command.option('--json', 'print one JSON document').option('-q, --quiet', 'print errors and answers only');

export function addEmbedded(program: Command, output: Output): void {
  const embedded = program
    .command('embedded')
    .description("The stand-in server's databases. It is no SQL Server: it serves tests and trials.");

  addJson(embedded.command('create'))
    .description('Create a database of generated content; it takes no room on disk.')
    .argument('<folder>', 'where the stand-in keeps its databases; made where it is missing')
    .argument('<database>', 'name of the new database')
    .requiredOption('--size <size>', 'size, a multiple of 8k, for example 256m or 100g', parseSize)
    .option('--seed <n>', 'what the content is generated from', parseInteger(0, 2 ** 32 - 1))
    .option('--compressible', 'content that compresses well')
    .action(async (folder: string, database: string, { size, seed, compressible }: CreateFlags) => {
      await withServer(folder, (server) => server.createDatabase(database, { size, seed, compressible }));
      output.line(`Created ${database}: ${formatBytes(size)}`);
      output.document({ operation: 'create', database, size });
    });

  addJson(embedded.command('list'))
    .description('List the databases.')
    .argument('<folder>', 'where the stand-in keeps its databases')
    .action(async (folder: string) => {
      requireFolder(folder);
      const databases = await withServer(folder, (server) => server.databases());
      output.answer(databases.map(({ name, size }) => `${formatBytes(size).padStart(8)}  ${name}`));
      output.document({ operation: 'list', databases });
    });

  addJson(embedded.command('checksum'))
    .description("Print the SHA-256 of a database's content, for comparing.")
    .argument('<folder>', 'where the stand-in keeps its databases')
    .argument('<database>', 'name of the database')
    .action(async (folder: string, database: string) => {
      requireFolder(folder);
      const sha256 = await withServer(folder, (server) => server.checksum(database));
      output.answer([sha256]);
      output.document({ operation: 'checksum', database, sha256 });
    });

  addServe(embedded, output);
  addExec(embedded, output);
}
