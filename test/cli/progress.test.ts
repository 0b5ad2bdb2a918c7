// A transfer's progress: the bar on a terminal, plain lines elsewhere.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { barLine, progressView } from '../../lib/cli/progress.ts';
import type { Progress } from '../../lib/index.ts';

const half: Progress = {
  bytes: 512 << 20,
  totalBytes: null,
  percent: 50,
  elapsedMs: 1000,
  bytesPerSecond: 512 << 20,
  etaMs: 1000,
  phase: 'transferring',
};

describe('barLine', () => {
  test('shows percent, bytes, rate and time left', () => {
    expect(barLine('Backing up', half, 79, ['#', '.'])).toBe(
      `Backing up  ${'#'.repeat(14)}${'.'.repeat(14)}   50%   512 MiB   512 MiB/s  0:01 left`,
    );
  });

  test.each([0, 5, 20, 40, 60, 79, 200])('fits into %d columns', (width) => {
    expect(barLine('Backing up', half, width, ['#', '.']).length).toBeLessThanOrEqual(width);
  });

  test('leaves out what is not known', () => {
    const line = barLine('Backing up', { ...half, percent: null, etaMs: null }, 79, ['#', '.']);
    expect(line).not.toMatch(/%|left|#/);
    expect(line).toContain('512 MiB');
  });

  test('says what it waits for', () => {
    expect(barLine('Backing up', { ...half, phase: 'attaching' }, 79, ['#', '.'])).toContain('waiting for the server');
    expect(barLine('Backing up', { ...half, phase: 'finishing' }, 79, ['#', '.'])).toContain('finishing');
  });
});

function fakeStream(properties: { isTTY?: boolean; columns?: number }) {
  const chunks: string[] = [];
  const stream = new PassThrough({ decodeStrings: false, encoding: 'utf8' });
  stream.on('data', (chunk: string) => chunks.push(chunk));
  return { stream: Object.assign(stream, properties), text: () => chunks.join('').replaceAll('\u001b', 'ESC') };
}

describe('plain lines', () => {
  test('one for every ten percent or five seconds', () => {
    const { stream, text } = fakeStream({});
    const view = progressView('Backing up', stream);
    for (let percent = 0; percent <= 30; percent++) view.update({ ...half, percent, elapsedMs: percent });
    view.update({ ...half, percent: 31, elapsedMs: 6000 });
    view.update({ ...half, percent: 32, elapsedMs: 6001 });
    view.stop();
    const lines = text().trimEnd().split('\n');
    expect(lines.map((line) => /\d+(?=%)/.exec(line)?.[0])).toEqual(['10', '20', '30', '31']);
    expect(lines[0]).toBe('Backing up: 10%, 512 MiB, 512 MiB/s, 0:01 left');
  });
});

describe('the live bar', () => {
  test('redraws one line and takes it away at the end', () => {
    const { stream, text } = fakeStream({ isTTY: true, columns: 60 });
    const view = progressView('Backing up', stream);
    view.update(half);
    expect(text()).toMatch(/^ESC\[1GBacking up.*50%.*ESC\[0K$/);
    view.stop();
    expect(text()).toMatch(/ESC\[1GESC\[2K$/);
    expect(text()).not.toContain('\n');
  });

  test('draws nothing once it was stopped', () => {
    const { stream, text } = fakeStream({ isTTY: true, columns: 60 });
    const view = progressView('Backing up', stream);
    view.stop();
    view.update(half);
    expect(text()).toBe('');
  });
});
