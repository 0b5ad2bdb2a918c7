// Media that are not what was written: each kind is told apart on RESTORE and VERIFYONLY, and changes nothing.
import { appendFile, copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../lib/embedded/server.ts';
import { backup, restore, verify } from '../support/operations.ts';
import { errorNumbers, MiB, serverWith, stripePaths } from './support.ts';

async function prepare(): Promise<{ server: EmbeddedServer; first: string; second: string }> {
  const server = await serverWith('a', 2 * MiB);
  const [first = '', second = ''] = await stripePaths(2);
  await backup({ database: 'a', to: [first, second], embedded: server });
  return { server, first, second };
}

async function edit(path: string, change: (content: Buffer) => void): Promise<void> {
  const content = await readFile(path);
  change(content);
  await writeFile(path, content);
}

const flip = (at: (size: number) => number) => (content: Buffer) => {
  const place = at(content.length);
  content.writeUInt8(content.readUInt8(place) ^ 1, place);
};

/** What is done to the files. */
const spoilt: [string, (first: string, second: string) => Promise<void>, number][] = [
  ['truncated in the middle', async (_, second) => shorten(second, (await stat(second)).size >> 1), 3203],
  ['truncated by its last block', (_, second) => shorten(second, 512), 3203],
  ['truncated in its header', (first) => truncate(first, 512), 3203],
  [
    'with a flipped bit in its pages',
    (first) =>
      edit(
        first,
        flip((size) => size >> 1),
      ),
    3189,
  ],
  [
    'with a flipped bit near its end',
    (first) =>
      edit(
        first,
        flip((size) => size - 4000),
      ),
    3189,
  ],
  [
    'with a flipped bit in its header',
    (first) =>
      edit(
        first,
        flip(() => 40),
      ),
    3189,
  ],
  ['no backup at all', (first) => writeFile(first, 'x'.repeat(100_000)), 3241],
];

/** Which files are given. */
const mixed: [string, (first: string, second: string, other: readonly string[]) => string[], number][] = [
  ['swapped', (first, second) => [second, first], 3133],
  ['missing', (first) => [first], 3132],
  ['given twice', (first, _, other) => [first, other[0] ?? ''], 3227],
  ['one too many', (first, second, other) => [first, second, other[0] ?? ''], 3227],
  ['of another backup', (first, _, other) => [first, other[2] ?? ''], 3258],
];

async function refuses(server: EmbeddedServer, from: readonly string[], number: number): Promise<void> {
  const before = await server.checksum('a');
  expect(await errorNumbers(verify({ from, embedded: server }))).toContain(number);
  expect(await errorNumbers(restore({ database: 'new', from, embedded: server }))).toContain(number);
  const numbers = await errorNumbers(restore({ database: 'a', from, with: { replace: true }, embedded: server }));
  expect(numbers[0]).toBe(number);
  expect(numbers.at(-1)).toBe(3013);
  expect(await server.checksum('a')).toBe(before);
  expect((await server.databases()).map(({ name }) => name)).toEqual(['a']);
}

describe('a stripe', () => {
  it.each(spoilt)('%s', async (_, spoil, number) => {
    const { server, first, second } = await prepare();
    await spoil(first, second);
    await refuses(server, [first, second], number);
  });

  it.each(mixed)('%s', async (_, choose, number) => {
    const { server, first, second } = await prepare();
    const [copy = '', one = '', two = ''] = await stripePaths(3);
    await copyFile(first, copy);
    await backup({ database: 'a', to: [one, two], embedded: server });
    await refuses(server, choose(first, second, [copy, one, two]), number);
  });

  it('that goes on after its end is the same backup or refused, never another', async () => {
    const { server, first, second } = await prepare();
    await appendFile(first, Buffer.alloc(65536, 1));
    const outcome = await restore({ database: 'new', from: [first, second], embedded: server }).then(
      () => 'restored',
      () => 'refused',
    );
    if (outcome === 'restored') expect(await server.checksum('new')).toBe(await server.checksum('a'));
    else expect(await server.databases()).toHaveLength(1);
  });
});

async function shorten(path: string, by: number): Promise<void> {
  await truncate(path, (await stat(path)).size - by);
}
