// Drives a set itself, and closes it from its signal handler in the middle of a transfer to the file its argument names.
import { EmbeddedServer, VirtualDeviceSet } from '../../../dist/index.js';

const [setName, folder, file] = process.argv.slice(2);
const server = await EmbeddedServer.start({ folder });
await server.createDatabase('Endless', { size: 1024 ** 4 });
const set = new VirtualDeviceSet({ provider: process.env['SQLVDI_TEST_PROVIDER'] ?? 'embedded' });
await set.createEx(null, setName, { deviceCount: 1 });
const statement = server.execute(`BACKUP DATABASE Endless TO VIRTUAL_DEVICE = N'${setName}'`);
await set.getConfiguration();
const device = await set.openDevice(setName);
const ends = Promise.allSettled([statement, device.transferTo(file)]);

const flowing = setInterval(() => {
  if (device.counters.bytes === 0) return;
  clearInterval(flowing);
  process.send('flowing');
}, 1);

process.once('SIGTERM', async () => {
  process.exitCode = 23;
  const closed = await set.close().then(
    () => 'closed',
    (error) => error.code,
  );
  const again = await set.close().catch((error) => error.code);
  const [said, moved] = await ends;
  await server.close();
  console.log([closed, again, said.reason?.name, moved.reason?.name].join(' '));
  // Nothing that is still open may keep the process.
  process.disconnect();
});
