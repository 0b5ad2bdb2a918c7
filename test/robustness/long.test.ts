// A backup much larger than memory allows to hold: RSS stays put, and JavaScript stays awake.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { discard, EmbeddedServer } from '../../lib/index.ts';
import { freshFolder } from '../support/folder.ts';
import { backup } from '../support/operations.ts';
import { isLinux } from '../support/process.ts';

const gibibyte = 1024 ** 3;
/** Under Wine each lock and wake-up is a request to another process. */
const size = isLinux ? 20 : 2;

/** The 99th percentile of the event loop's delay during the work, ms. */
async function loopDelay(work: Promise<unknown>): Promise<number> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work;
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

test(`${size} GiB to a null sink: RSS grows by less than 64 MiB, the event loop by less than 5 ms`, {
  timeout: 300_000,
}, async () => {
  const path = await freshFolder();
  // Its own process, as SQL Server is: what is measured here is the client.
  await using server = await EmbeddedServer.start({ folder: path, process: true });
  await server.createDatabase('Warm', { size: gibibyte });
  await server.createDatabase('Long', { size: size * gibibyte });
  await backup({ database: 'Warm', to: discard(), embedded: server });
  const idle = await loopDelay(delay(1000));
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 100);
  let bytes = 0;
  const busy = await loopDelay(
    backup({ database: 'Long', to: discard(), embedded: server }).then((result) => {
      bytes = result.bytes;
    }),
  );
  clearInterval(sampler);
  expect(bytes).toBeGreaterThan(size * gibibyte);
  expect(peak - before).toBeLessThan(64 * 1024 * 1024);
  expect(busy - idle).toBeLessThan(5);
});
