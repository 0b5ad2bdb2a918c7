// Backup and restore through the stand-in, with every kind of destination and origin.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Destination, discard, type Origin, type Progress, type Sink, type SqlMessage } from '../lib/index.ts';
import { backup, restore, verify } from './support/operations.ts';
import { filesIn, mebibyte, nothingHeld, startServer } from './support/server.ts';

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** A destination of some kind, and an origin that gives the same bytes back. */
type RoundTrip = (path: string) => { readonly to: Destination; readonly from: () => Origin };

function collecting(): { readonly chunks: Buffer[]; readonly all: () => Buffer } {
  const chunks: Buffer[] = [];
  return { chunks, all: () => Buffer.concat(chunks) };
}

const kinds: Record<string, RoundTrip> = {
  'a path': (path) => ({ to: path, from: () => path }),
  'a file: URL': (path) => ({ to: pathToFileURL(path), from: () => pathToFileURL(path) }),
  'a file stream': (path) => ({ to: createWriteStream(path), from: () => createReadStream(path) }),
  'a Writable and a Readable': () => {
    const { chunks, all } = collecting();
    const to = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        chunks.push(chunk);
        setImmediate(callback);
      },
    });
    return { to, from: () => Readable.from(chunks.length > 0 ? [all()] : []) };
  },
  'Web streams': () => {
    const { chunks, all } = collecting();
    const to = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(Buffer.from(chunk)) });
    return { to, from: () => new Blob([new Uint8Array(all())]).stream() };
  },
  'a Sink and a Source': () => {
    const { chunks, all } = collecting();
    const from = () => {
      const data = all();
      let position = 0;
      return {
        read(into: Uint8Array) {
          const count = data.copy(into, 0, position, position + 7777);
          position += count;
          return count;
        },
      };
    };
    return { to: { write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) }, from };
  },
  'an AsyncIterable': () => {
    const { chunks } = collecting();
    return {
      to: { write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) },
      from: () =>
        (async function* () {
          yield* chunks;
        })(),
    };
  },
};

describe.each(Object.entries(kinds))('%s', (_name, roundTrip) => {
  test.each([1, 3])('takes and gives back a database over %i stripes', async (count) => {
    const { server, file } = await startServer();
    const stripes = Array.from({ length: count }, (_, i) => roundTrip(file(`${i}.bak`)));
    const result = await backup({ database: 'Sales', to: stripes.map(({ to }) => to), embedded: server, sha256: true });
    expect(result.bytes).toBeGreaterThan(8 * mebibyte);
    expect(result.stripes).toHaveLength(count);
    expect(result.stripes.every(({ bytes, sha256: hash }) => bytes > 0 && /^[0-9a-f]{64}$/.test(hash ?? ''))).toBe(
      true,
    );
    const read = await verify({ from: stripes.map(({ from }) => from()), embedded: server });
    expect(read.bytes).toBeLessThanOrEqual(result.bytes);
  });
});

test('a restored database is the one that was backed up', async () => {
  const { server, file } = await startServer();
  const to = [file('1.bak'), file('2.bak')];
  await backup({ database: 'Sales', to, embedded: server });
  await restore({ database: 'Copy', from: to, embedded: server });
  expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
  await nothingHeld();
});

test('the result says what was moved, with the file’s own SHA-256', async () => {
  const { server, file } = await startServer();
  const result = await backup({ database: 'Sales', to: file('a.bak'), embedded: server, sha256: true });
  const data = await readFile(file('a.bak'));
  expect(result).toMatchObject({
    bytes: data.length,
    stripes: [{ bytes: data.length, path: file('a.bak'), sha256: sha256(data) }],
    config: { deviceCount: 1, features: expect.arrayContaining(['writeMedia', 'requestComplete', 'completeEnabled']) },
  });
  expect(result.messages.at(-1)).toMatchObject({ number: 3014 });
  expect(result.elapsedMs).toBeGreaterThan(0);
});

test('a folder names a server for this call alone', async () => {
  const { server, folder, file } = await startServer();
  await server.close();
  const embedded = file('server');
  await backup({ database: 'Sales', to: file('a.bak'), embedded });
  await verify({ from: file('a.bak'), embedded });
  expect(await filesIn(folder)).toEqual(['a.bak']);
});

test('full, differential and log, with hostile names and every option', async () => {
  const { server, file } = await startServer();
  const database = "O'Brien's ]; DROP [x] -- 🦉";
  await server.createDatabase(database, { size: mebibyte });
  const options = {
    checksum: true,
    compression: true,
    name: "night's ]",
    description: "it's",
    blockSize: 4096,
    maxTransferSize: 131072,
    bufferCount: 6,
    format: true,
    init: true,
    copyOnly: false,
  };
  await backup({ database, to: file('full'), embedded: server, with: options });
  await server.modify(database, { pages: 5 });
  await backup({ database, type: 'differential', to: file('diff'), embedded: server });
  await server.modify(database, { pages: 3, seed: 2 });
  await backup({ database, type: 'log', to: file('log'), embedded: server });
  const copy = 'copy of it';
  await restore({ database: copy, from: file('full'), embedded: server, with: { recovery: false, blockSize: 4096 } });
  await restore({ database: copy, from: file('diff'), embedded: server, with: { recovery: false } });
  await restore({ database: copy, type: 'log', from: file('log'), embedded: server, with: { recovery: true } });
  expect(await server.checksum(copy)).toBe(await server.checksum(database));
  expect((await stat(file('diff'))).size).toBeLessThan(mebibyte);
});

test('progress goes from attaching to 100 percent, and messages come as they are sent', async () => {
  const { server } = await startServer(32 * mebibyte);
  const progress: Progress[] = [];
  const messages: SqlMessage[] = [];
  const result = await backup({
    database: 'Sales',
    to: discard(),
    embedded: server,
    onProgress: (one) => progress.push(one),
    onMessage: (message) => messages.push(message),
  });
  expect(messages).toEqual(result.messages);
  expect(messages.filter(({ number }) => number === 3211).length).toBeGreaterThan(10);
  expect(progress.at(-1)).toMatchObject({ phase: 'finishing', percent: 100, bytes: result.bytes });
  const bytes = progress.map((one) => one.bytes);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
});

test('a target is replaced only where that was asked for, and only at the end', async () => {
  const { server, file, folder } = await startServer();
  await backup({ database: 'Sales', to: file('a.bak'), embedded: server });
  const before = await readFile(file('a.bak'));
  await expect(backup({ database: 'Sales', to: file('a.bak'), embedded: server })).rejects.toMatchObject({
    code: 'EEXIST',
  });
  await server.inject({ action: 'error', device: 0, at: { byte: mebibyte } });
  await expect(backup({ database: 'Sales', to: file('a.bak'), overwrite: true, embedded: server })).rejects.toThrow();
  expect((await readFile(file('a.bak'))).equals(before)).toBe(true);
  await backup({ database: 'Sales', to: file('a.bak'), overwrite: true, embedded: server });
  expect(await filesIn(folder)).toEqual(['a.bak']);
});

test('64 stripes', async () => {
  const { server, file } = await startServer(16 * mebibyte);
  const to = Array.from({ length: 64 }, (_, i) => file(`${i}.bak`));
  await backup({ database: 'Sales', to, embedded: server });
  await restore({ database: 'Copy', from: to, embedded: server });
  expect(await server.checksum('Copy')).toBe(await server.checksum('Sales'));
});

test('several at once do not get into each other’s way', async () => {
  const { server, file } = await startServer();
  const names = ['A', 'B', 'C', 'D'];
  for (const [seed, name] of names.entries()) await server.createDatabase(name, { size: 4 * mebibyte, seed });
  await Promise.all(names.map((database) => backup({ database, to: file(database), embedded: server })));
  await Promise.all(names.map((name) => restore({ database: `${name}2`, from: file(name), embedded: server })));
  for (const name of names) expect(await server.checksum(`${name}2`)).toBe(await server.checksum(name));
});

test('a sink’s calls come in order, and no file is made', async () => {
  const { server, folder } = await startServer();
  const events: string[] = [];
  const sink: Sink = {
    write(chunk) {
      if (events.at(-1) !== 'write') events.push('write');
      expect(chunk.length % 512).toBe(0);
    },
    flush: () => void events.push('flush'),
    complete: () => void events.push('complete'),
    abort: () => void events.push('abort'),
  };
  await backup({ database: 'Sales', to: sink, embedded: server });
  expect(events[0]).toBe('write');
  expect(events.filter((event) => event === 'complete')).toHaveLength(1);
  expect(events.slice(-2)).toEqual(['flush', 'complete']);
  expect(await filesIn(folder)).toEqual([]);
});
