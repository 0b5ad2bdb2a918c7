// A backup agent as a process of its own, whose SQL Server lives in its parent: it sends statements there over IPC.
import { backup } from '../../../dist/index.js';

const pending = new Map();
let next = 0;

/** The statement's fate in the parent's server. */
function execute(statement, { signal } = {}) {
  return new Promise((resolve, reject) => {
    const id = next++;
    pending.set(id, { resolve, reject });
    signal?.addEventListener('abort', () => reject(signal.reason));
    process.send({ execute: statement, id });
  });
}

process.on('message', (message) => {
  const { resolve, reject } = pending.get(message.id);
  if (message.error) reject(new Error(message.error));
  else resolve(message.result);
});

const options = JSON.parse(process.argv[2]);
const result = await backup({ ...options, execute, provider: process.env['SQLVDI_TEST_PROVIDER'] ?? 'embedded' });
process.send({ done: result.bytes });
process.disconnect();
