// What the end-to-end tests share: servers in folders of their own, and a client for any statement.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { EmbeddedServer, type EmbeddedServerOptions } from '../../lib/embedded/server.ts';
import { SqlServerError } from '../../lib/sql/error.ts';
import type { ExecuteResult } from '../../lib/sql/executor.ts';
import { VirtualDeviceSet } from '../../lib/vdi/set.ts';
import { freshFolder } from '../support/folder.ts';
import { provider } from '../support/raw.ts';

export const MiB = 2 ** 20;

/** Closed with the test. */
export async function startServer(options: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const server = await EmbeddedServer.start({ folder: await freshFolder(), ...options });
  onTestFinished(() => server.close());
  return server;
}

export async function serverWith(name: string, size: number, compressible = false): Promise<EmbeddedServer> {
  const server = await startServer();
  await server.createDatabase(name, { size, seed: 42, compressible });
  return server;
}

/** Paths for a backup's stripes in a new folder. */
export async function stripePaths(count: number): Promise<string[]> {
  const folder = await freshFolder();
  return Array.from({ length: count }, (_, index) => join(folder, `stripe${index + 1}.bak`));
}

/** Runs a statement that reads from as many devices as there are files. */
export async function readWith(
  server: EmbeddedServer,
  statement: string,
  files: readonly string[],
): Promise<ExecuteResult> {
  const name = `embedded test ${randomUUID()}`;
  const names = files.map((_, index) => (index === 0 ? name : `${name}/${index}`));
  const set = new VirtualDeviceSet({ provider });
  await set.createEx(server.instance, name, { deviceCount: files.length, features: ['requestComplete'] });
  try {
    const executed = server.execute(`${statement} FROM ${names.map((one) => `VIRTUAL_DEVICE = N'${one}'`).join(', ')}`);
    await Promise.race([set.getConfiguration(), executed]);
    const devices = [];
    for (const one of names) devices.push(await set.openDevice(one));
    await Promise.allSettled(devices.map((device, index) => device.transferFrom(files[index] ?? '')));
    return await executed;
  } finally {
    await set[Symbol.asyncDispose]();
  }
}

/** The error numbers of a statement that fails, information left out. */
export async function errorNumbers(work: Promise<unknown>): Promise<number[]> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SqlServerError))
    throw new Error('the statement did not fail with a SqlServerError', { cause: error });
  return error.messages.filter(({ severity }) => severity > 10).map(({ number }) => number);
}
