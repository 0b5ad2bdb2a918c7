// Progress on stderr: a live bar on a terminal, a plain line now and then elsewhere.

import { clearLine, cursorTo } from 'node:readline';
import type { Progress } from '../index.ts';
import { formatBytes, formatClock, formatRate } from './format.ts';

export interface ProgressView {
  update(progress: Progress): void;
  /** Takes the bar away, so that other text can follow. */
  stop(): void;
}

export type ProgressStream = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>;

/** The view that suits the stream. `label` says what is going on: 'Backing up'. */
export function progressView(label: string, stream: ProgressStream = process.stderr): ProgressView {
  return stream.isTTY && process.env['TERM'] !== 'dumb' ? new LiveBar(label, stream) : new PlainLines(label, stream);
}

export const silentProgress: ProgressView = { update() {}, stop() {} };

const FRAME_MS = 100;

class LiveBar implements ProgressView {
  readonly #label: string;
  readonly #stream: ProgressStream;
  readonly #glyphs = isUnicodeTerminal() ? (['━', '─'] as const) : (['#', '.'] as const);
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  #stopped = false;

  constructor(label: string, stream: ProgressStream) {
    this.#label = label;
    this.#stream = stream;
  }

  update(progress: Progress): void {
    const now = performance.now();
    if (this.#stopped) return;
    if (now - this.#drawnAt < FRAME_MS && progress.phase === 'transferring') return;
    this.#drawnAt = now;
    this.#drawn = true;
    // A full line would wrap on some consoles, and a terminal echoes ^C behind it.
    const line = barLine(this.#label, progress, (this.#stream.columns || 80) - 3, this.#glyphs);
    cursorTo(this.#stream, 0);
    this.#stream.write(line);
    clearLine(this.#stream, 1);
  }

  stop(): void {
    this.#stopped = true;
    if (!this.#drawn) return;
    this.#drawn = false;
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
  }
}

const MAX_BAR = 40;
const MIN_BAR = 8;

/** One line of at most `width` characters. The bar takes what the figures leave; where that is too little, they go from the end. */
export function barLine(
  label: string,
  progress: Progress,
  width: number,
  [full, empty]: readonly [string, string],
): string {
  const parts = figures(progress);
  const room = Math.min(MAX_BAR, width - [label, '', ...parts].join('  ').length);
  if (room >= MIN_BAR && progress.phase !== 'attaching') {
    const done = Math.round((room * (progress.percent ?? 0)) / 100);
    return [label, full.repeat(done) + empty.repeat(room - done), ...parts].join('  ');
  }
  let line = label;
  for (const part of parts) {
    if (line.length + 2 + part.length > width) break;
    line += `  ${part}`;
  }
  return line.slice(0, width);
}

const LINE_EVERY_MS = 5000;
const LINE_EVERY_PERCENT = 10;

class PlainLines implements ProgressView {
  readonly #label: string;
  readonly #stream: NodeJS.WritableStream;
  #nextMs = LINE_EVERY_MS;
  #nextPercent = LINE_EVERY_PERCENT;

  constructor(label: string, stream: NodeJS.WritableStream) {
    this.#label = label;
    this.#stream = stream;
  }

  update(progress: Progress): void {
    const percent = progress.percent ?? 0;
    if (progress.elapsedMs < this.#nextMs && percent < this.#nextPercent) return;
    this.#nextMs = progress.elapsedMs + LINE_EVERY_MS;
    this.#nextPercent = (Math.floor(percent / LINE_EVERY_PERCENT) + 1) * LINE_EVERY_PERCENT;
    this.#stream.write(
      `${this.#label.trim()}: ${figures(progress)
        .map((part) => part.trim())
        .join(', ')}\n`,
    );
  }

  stop(): void {}
}

/** Padded, so that a line redrawn in place keeps still. */
function figures({ percent, bytes, bytesPerSecond, etaMs, phase }: Progress): string[] {
  if (phase === 'attaching') return ['waiting for the server'];
  const parts = percent === null ? [] : [`${String(Math.floor(percent)).padStart(3)}%`];
  parts.push(formatBytes(bytes).padStart(8), formatRate(bytesPerSecond).padStart(10));
  if (phase === 'finishing') parts.push('finishing');
  else if (etaMs !== null) parts.push(`${formatClock(etaMs)} left`);
  return parts;
}

function isUnicodeTerminal(): boolean {
  const { LC_ALL, LC_CTYPE, LANG, WT_SESSION } = process.env;
  if (process.platform === 'win32') return WT_SESSION !== undefined;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
