// Ends in the middle of a backup in the way its argument names; the parent looks at how the process ended.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { backup, discard, EmbeddedServer } from '../../../dist/index.js';

/** A backup that would take minutes; tells when bytes flow. */
async function run(way, setName, folder, flowing) {
  const server = await EmbeddedServer.start({ folder });
  await server.createDatabase('Endless', { size: 1024 ** 4 });
  const destination = () => (way.endsWith('-js') ? { write: () => undefined } : discard());
  let told = false;
  await backup({
    database: 'Endless',
    to: [destination(), destination()],
    embedded: server,
    provider: process.env['SQLVDI_TEST_PROVIDER'] ?? 'embedded',
    setName,
    onProgress: ({ bytes }) => {
      if (bytes > 0 && !told) {
        told = true;
        flowing();
      }
    },
  });
}

const [way, set, folder] = isMainThread ? process.argv.slice(2) : workerData;
if (!isMainThread) {
  const { parentPort } = await import('node:worker_threads');
  await run(way, set, folder, () => parentPort.postMessage('flowing'));
} else if (way.startsWith('worker')) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [way, set, folder] });
  worker.on('message', async () => {
    await worker.terminate();
    console.log('terminated');
  });
} else if (way.startsWith('exit')) {
  await run(way, set, folder, () => process.exit(7));
} else if (way.startsWith('throw')) {
  await run(way, set, folder, () => {
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
  });
} else if (way.startsWith('sigterm')) {
  await run(way, set, folder, () => process.kill(process.pid, 'SIGTERM'));
}
