// A stand-in server as a process of its own, which runs the statements that its parent sends over IPC.
import { EmbeddedServer } from '../../../dist/index.js';

const server = await EmbeddedServer.start({ folder: process.argv[2] });
process.on('disconnect', () => process.exit());
process.on('message', ({ id, execute }) => {
  server.execute(execute).then(
    (result) => process.send({ id, result: { rows: [], messages: result.messages } }),
    (error) => process.send({ id, error: error.message }),
  );
});
process.send({ ready: true });
