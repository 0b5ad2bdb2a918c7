// An embedded server in a folder of its own, gone with its test.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { EmbeddedServer } from '../../lib/embedded/server.ts';
import { loadBinding } from '../../lib/vdi/load.ts';
import { freshFolder } from './folder.ts';

export const mebibyte = 1024 * 1024;

/** A server with the database 'Sales', and a folder for backups. */
export async function startServer(size = 8 * mebibyte, process = false) {
  const folder = await freshFolder();
  const server = await EmbeddedServer.start({ folder: join(folder, 'server'), process });
  onTestFinished(() => server.close());
  await server.createDatabase('Sales', { size });
  return { server, folder, file: (name: string) => join(folder, name) };
}

/** What is in a folder besides the server's own. */
export async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== 'server').sort();
}

/** The addon holds nothing any more, on either side. A thread's last steps come after the answer it gave. */
export async function nothingHeld(): Promise<void> {
  await expect
    .poll(() => {
      const { clientSets, serverSets, devices, views, mappings } = loadBinding().census();
      return { clientSets, serverSets, devices, views, mappings };
    })
    .toEqual({ clientSets: 0, serverSets: 0, devices: 0, views: 0, mappings: 0 });
}
