// Calls process.exit() while a native transfer waits for the pipe that its argument names.
import { randomUUID } from 'node:crypto';
import { EmbeddedServer, VirtualDeviceSet } from '../../../dist/index.js';

const [pipe, folder] = process.argv.slice(2);
const server = await EmbeddedServer.start({ folder });
await server.createDatabase('Sales', { size: 16 * 1024 ** 2 });
const name = randomUUID();
const set = new VirtualDeviceSet({ provider: process.env['SQLVDI_TEST_PROVIDER'] ?? 'embedded' });
await set.createEx(null, name, { deviceCount: 1 });
server.execute(`BACKUP DATABASE Sales TO VIRTUAL_DEVICE = '${name}'`).catch(() => undefined);
await set.getConfiguration();
const device = await set.openDevice(name);
device.transferTo(pipe).catch(() => undefined);
// By then the pipe is full.
setTimeout(() => process.exit(7), 500);
