// Throughput and event-loop delay of the ways to take a backup, compared within one run on the stand-in server.
// node bench/transfer.mjs [--gib 2] [--quick]: needs dist/ and the addon (npm run bench builds both).

import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { backup, discard, EmbeddedServer } from '../dist/index.js';

const { values } = parseArgs({ options: { gib: { type: 'string', default: '2' }, quick: { type: 'boolean' } } });
const size = Number(values.gib) * 1024 ** 3;
const transferSizes = values.quick ? [1 << 20] : [64 << 10, 1 << 20, 4 << 20];
const stripeCounts = values.quick ? [1] : [1, 4];

const folder = await mkdtemp(join(tmpdir(), 'sqlvdi-bench-'));

const destinations = {
  'native, to nothing': () => discard(),
  'native, to a file': (stripe) => join(folder, `stripe${stripe}.bak`),
  'Sink in JavaScript': () => ({ write() {} }),
  'Node Writable': () =>
    new Writable({
      write(_chunk, _encoding, done) {
        done();
      },
    }),
};

/** The event loop's p99 delay while `work` runs, in milliseconds. */
async function withDelay(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const result = await work();
  delay.disable();
  return { result, p99: delay.percentile(99) / 1e6 };
}

const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

async function compare(server) {
  const run = (to, maxTransferSize) =>
    backup({
      database: 'bench',
      to,
      overwrite: true,
      with: { maxTransferSize },
      execute: server.execute,
      provider: 'embedded',
    });

  await run(discard(), 1 << 20); // warms up
  const idle = await withDelay(() => sleep(2000));
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}`;
  console.log(
    `${machine}, Node ${process.versions.node}, ${process.platform} ${process.arch}; database of ${values.gib} GiB.`,
  );
  console.log(`Event-loop delay when idle: p99 ${idle.p99.toFixed(2)} ms.\n`);
  row('destination', 'MAXTRANSFERSIZE', 'stripes', 'GB/s', 'event-loop delay, p99');
  row('---', '---:', '---:', '---:', '---:');

  for (const [name, makeDestination] of Object.entries(destinations)) {
    for (const maxTransferSize of transferSizes) {
      for (const stripes of stripeCounts) {
        const to = Array.from({ length: stripes }, (_, stripe) => makeDestination(stripe));
        const { result, p99 } = await withDelay(() => run(to, maxTransferSize));
        const rate = result.bytes / result.elapsedMs / 1e6;
        row(name, `${maxTransferSize / 1024} KiB`, stripes, rate.toFixed(2), `${p99.toFixed(2)} ms`);
      }
    }
  }
}

try {
  // A process of its own, as a real server is: its work does not count as this process's.
  const server = await EmbeddedServer.start({ folder: join(folder, 'server'), process: true });
  try {
    await server.createDatabase('bench', { size });
    await compare(server);
  } finally {
    await server.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
