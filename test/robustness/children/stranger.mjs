// Another user of this machine, who knows the name of a set. `uid`: who, '' for its parent's user.
import { EmbeddedServer, VirtualDeviceSet } from '../../../dist/index.js';

const [setName, folder, uid] = process.argv.slice(2);
// Loaded and started as its parent's user: whose files it may read is none of the test's business.
const server = await EmbeddedServer.start({ folder });
await server.createDatabase('a', { size: 65536 });
const set = new VirtualDeviceSet({ provider: 'embedded' });
if (uid !== '') {
  process.setgroups([]);
  process.setgid(Number(uid));
  process.setuid(Number(uid));
}

const calls = {
  join: () => set.openInSecondaryEx(null, setName),
  attach: () => server.execute(`BACKUP DATABASE a TO VIRTUAL_DEVICE = N'${setName}'`),
};
process.on('message', (call) => {
  calls[call]().then(
    () => process.send('ok'),
    (error) => process.send(error.code ?? error.number),
  );
});
process.on('disconnect', () => process.exit());
process.send('ready');
