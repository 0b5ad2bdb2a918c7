// A named pipe whose other end neither reads nor writes.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freshFolder } from './folder.ts';

/** Its path; the other end goes with the test. */
export async function stalledPipe(): Promise<string> {
  return process.platform === 'win32' ? await pipeOfWindows() : await fifo();
}

async function pipeOfWindows(): Promise<string> {
  const path = `\\\\.\\pipe\\sqlvdi-test-${randomUUID()}`;
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(path);
  await once(server, 'listening');
  return path;
}

async function fifo(): Promise<string> {
  const path = join(await freshFolder(), 'pipe');
  const { status, error } = spawnSync('mkfifo', [path]);
  if (status !== 0) throw error ?? new Error(`mkfifo ended with ${status}`);
  // Open both ways it waits for nobody, and is a reader and a writer to the end under test.
  const end = await open(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => end.close());
  return path;
}
