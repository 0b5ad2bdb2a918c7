// The stand-in in the place of a real server, reached over TDS as one is: it tries the tests out, and proves nothing about SQL Server.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServer } from '../../lib/embedded/server.ts';
import { TdsEndpoint } from '../../lib/embedded/tds/endpoint.ts';
import type { ServerUnderTest } from './server.ts';

const size = 32 * 1024 ** 2;
const user = 'sa';

export async function startStandIn(instance: string | null): Promise<ServerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'sqlvdi-real-'));
  const server = await EmbeddedServer.start({ folder, instance: instance ?? undefined });
  const password = randomUUID();
  const endpoint = await TdsEndpoint.start(server, { logins: [{ user, password }] });
  const address = `127.0.0.1,${endpoint.port}`;
  let changes = 0;
  return {
    options: { connection: { server: address, user, password, encrypt: false }, provider: 'embedded' },
    command: {
      args: ['--server', address, '--user', user, '--provider', 'embedded'],
      env: { SQLVDI_PASSWORD: password },
    },
    createDatabase: (name) => server.createDatabase(name, { size, compressible: true }),
    change: (name) => server.modify(name, { pages: 200, seed: ++changes }),
    fingerprint: (name) => server.checksum(name),
    checkDatabase: async (name) => {
      await server.execute(`DBCC CHECKDB (${name}) WITH NO_INFOMSGS`);
    },
    // It has no files of its own to collide with.
    moves: async () => undefined,
    async close() {
      await endpoint.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
