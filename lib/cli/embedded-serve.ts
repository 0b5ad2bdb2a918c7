// sqlvdi embedded serve <folder>: runs the stand-in server for other processes.

import type { Command } from 'commander';
import { EmbeddedEndpoint, EmbeddedServer, TdsEndpoint } from '../index.ts';
import type { Output } from './output.ts';
import { parseInteger } from './parse.ts';
import { UsageError } from './report.ts';
import { password } from './server.ts';
import { cancellable } from './signals.ts';

interface ServeFlags {
  readonly instance?: string;
  readonly port?: number;
  readonly user?: string;
  readonly passwordStdin?: boolean;
}

export function addServe(embedded: Command, output: Output): void {
  embedded
    .command('serve')
    .description(
      "Run the stand-in server until Ctrl-C or SIGTERM. Other processes of this user reach it by 'embedded exec'; with --port, " +
        'SQL clients on this machine too.',
    )
    .argument('<folder>', 'where the stand-in keeps its databases; made where it is missing')
    .option('--instance <name>', "the instance's name, which VDI clients give too (default: the default instance)")
    .option(
      '--port <n>',
      'let SQL clients log in at 127.0.0.1 and this port; 0: any that is free',
      parseInteger(0, 65535),
    )
    .option('--user <name>', 'their login; its password comes from SQLVDI_PASSWORD or --password-stdin')
    .option('--password-stdin', 'read the password from stdin')
    .option('--json', 'print the line that says it is ready as JSON')
    .action(async (folder: string, flags: ServeFlags) => {
      const { port, user, passwordStdin = false } = flags;
      if ((port === undefined) !== (user === undefined)) throw new UsageError('--port and --user go together');
      if (passwordStdin && user === undefined) throw new UsageError('--password-stdin needs --port and --user');
      const logins = user === undefined ? [] : [{ user, password: await password(passwordStdin) }];
      await cancellable(output, (signal) => serve(output, folder, flags, logins, signal), 'Stopping');
    });
}

async function serve(
  output: Output,
  folder: string,
  { instance, port }: ServeFlags,
  logins: Parameters<typeof TdsEndpoint.start>[1]['logins'],
  signal: AbortSignal,
): Promise<void> {
  await using server = await EmbeddedServer.start({ folder, instance });
  await using endpoint = await EmbeddedEndpoint.start(server);
  await using tds = port === undefined ? null : await TdsEndpoint.start(server, { port, logins });
  const what = instance === undefined ? 'the default instance' : `the instance ${instance}`;
  const where = tds === null ? '' : `, at 127.0.0.1,${tds.port}`;
  output.ready(`Serving ${folder} as ${what}${where} until Ctrl-C.`, {
    operation: 'serve',
    folder,
    instance: instance ?? null,
    path: endpoint.path,
    port: tds?.port ?? null,
    pid: process.pid,
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
