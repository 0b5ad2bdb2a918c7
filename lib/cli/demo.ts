// sqlvdi demo: the whole way there and back on the stand-in server, to look at.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { backup, EmbeddedServer, type ProviderName, restore } from '../index.ts';
import { formatBytes } from './format.ts';
import type { Output } from './output.ts';
import { parseSize } from './parse.ts';
import { cancellable } from './signals.ts';
import { speedOf, withProgress } from './transfer.ts';

interface DemoFlags {
  readonly size: number;
  readonly provider: (typeof demoProviders)[number];
  readonly keep?: boolean;
}

/** What the stand-in can be reached through. */
const demoProviders = ['embedded', 'com'] as const satisfies readonly ProviderName[];

export function addDemo(program: Command, output: Output): void {
  program
    .command('demo')
    .description(
      'Back a generated database up over two stripes, restore it elsewhere and compare. No SQL Server is used.',
    )
    .option('--size <size>', 'size of the database, a multiple of 8k', parseSize, 256 * 1024 ** 2)
    .addOption(
      new Option('--provider <name>', "how virtual device sets are made; com: by the stand-in's registered DLL")
        .choices(demoProviders)
        .default('embedded'),
    )
    .option('--keep', 'keep the folder with the backup and the databases')
    .option('--json', 'print one JSON document at the end')
    .option('-q, --quiet', 'print errors and answers only')
    .action(async ({ size, provider, keep = false }: DemoFlags) => {
      const folder = await mkdtemp(join(tmpdir(), 'sqlvdi-demo-'));
      try {
        await cancellable(output, (signal) => runDemo(output, { folder, size, provider, signal }));
      } finally {
        if (!keep) await rm(folder, { recursive: true, force: true });
      }
      // Without its name the folder could not be found again.
      if (keep) output.answer([`Kept: ${folder}`]);
      else output.line('Everything was in a temporary folder, which has been removed.');
    });
}

const DATABASE = 'demo';

interface DemoOptions extends Pick<DemoFlags, 'size' | 'provider'> {
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function runDemo(output: Output, { folder, size, provider, signal }: DemoOptions): Promise<void> {
  const step = (name: string, text: string) => output.line(`  ${name.padEnd(8)}  ${text}`);
  await using original = await EmbeddedServer.start({ folder: join(folder, 'server') });
  await using copy = await EmbeddedServer.start({ folder: join(folder, 'second-server') });
  const stripes = ['stripe-1.bak', 'stripe-2.bak'].map((name) => join(folder, name));

  output.line('sqlvdi demo, on the embedded stand-in server: no SQL Server is used.');
  output.line('');
  const seed = Math.floor(Math.random() * 2 ** 32);
  await original.createDatabase(DATABASE, { size, seed });
  step('database', `${formatBytes(size)} of generated pages, seed ${seed}`);

  const written = await withProgress(output, '  backup  ', signal, (hooks) =>
    backup({ ...hooks, database: DATABASE, to: stripes, embedded: original, provider, sha256: true }),
  );
  step('backup', `${speedOf(written)}, ${stripes.length} stripes`);
  written.stripes.forEach(({ bytes, sha256 }, i) => {
    step('', `${formatBytes(bytes)}  ${basename(stripes[i] ?? '')}  sha256 ${shortened(sha256)}`);
  });
  signal.throwIfAborted();

  const read = await withProgress(output, '  restore ', signal, (hooks) =>
    restore({ ...hooks, database: DATABASE, from: stripes, embedded: copy, provider }),
  );
  step('restore', `${speedOf(read)}, into a second server's folder`);
  signal.throwIfAborted();

  const [before, after] = [await original.checksum(DATABASE), await copy.checksum(DATABASE)];
  if (before !== after) throw new Error(`the restored database differs: sha256 ${before} before, ${after} after`);
  step('compare', `identical, sha256 ${shortened(before)} over all pages`);
  output.line('');
  output.document({ operation: 'demo', size, seed, provider, backup: written, restore: read, sha256: before });
}

function shortened(sha256: string | null): string {
  return `${sha256?.slice(0, 12)}…`;
}
