// What a command prints, and where: results on stdout, everything about how it goes on stderr.

import { printable } from './format.ts';
import { type ProgressView, progressView, silentProgress } from './progress.ts';
import { describeError, errorDocument, ReportedError } from './report.ts';

export class Output {
  /** One JSON document at the end, and nothing else. */
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #stdoutIsData: boolean;

  constructor(options: { readonly json: boolean; readonly quiet: boolean; readonly stdoutIsData: boolean }) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.#stdoutIsData = options.stdoutIsData;
    // A reader that went away (`sqlvdi ... | head -1`) is no reason for a stack trace.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  }

  /** From the raw arguments, since also an error in the arguments themselves must be reported in the right way and place. */
  static of(args: readonly string[]): Output {
    const end = args.indexOf('--');
    const options = end < 0 ? args : args.slice(0, end);
    return new Output({
      json: options.includes('--json'),
      quiet: options.includes('--quiet') || options.includes('-q'),
      stdoutIsData: options.some((arg, i) => arg === '--to=-' || (arg === '--to' && options[i + 1] === '-')),
    });
  }

  /** A line of the outcome, for people. */
  line(text: string): void {
    if (!this.json && !this.quiet) this.#results.write(`${printable(text)}\n`);
  }

  /** What was asked for, such as a list: printed also with --quiet. */
  answer(lines: readonly string[]): void {
    if (!this.json) this.#results.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }

  /** The outcome for machines. */
  document(document: Readonly<Record<string, unknown>>): void {
    if (this.json) this.#writeDocument({ ok: true, ...document });
  }

  /** Printed as one line in either form, for scripts that wait for it. */
  ready(line: string, document: Readonly<Record<string, unknown>>): void {
    const text = this.json ? JSON.stringify({ ok: true, ...document }, jsonValue) : printable(line);
    this.#results.write(`${text}\n`);
  }

  error(error: unknown): void {
    if (error instanceof ReportedError) return;
    if (this.json) this.#writeDocument({ ok: false, error: errorDocument(error) });
    else
      process.stderr.write(
        describeError(error)
          .map((line) => `${line}\n`)
          .join(''),
      );
  }

  /** What went wrong, while the command goes on. */
  problem(lines: readonly string[]): void {
    process.stderr.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }

  /** A remark while the command runs. */
  note(line: string): void {
    if (!this.json && !this.quiet) process.stderr.write(`${printable(line)}\n`);
  }

  progress(label: string): ProgressView {
    return this.json || this.quiet ? silentProgress : progressView(label);
  }

  /** Resolves once everything printed so far has gone out, or its reader has gone. */
  async flush(): Promise<void> {
    for (const stream of new Set([this.#results, process.stderr])) {
      await new Promise<void>((resolve) => stream.write('', () => resolve()));
    }
  }

  get #results(): NodeJS.WritableStream {
    return this.#stdoutIsData ? process.stderr : process.stdout;
  }

  #writeDocument(document: Readonly<Record<string, unknown>>): void {
    this.#results.write(`${JSON.stringify(document, jsonValue, 2)}\n`);
  }
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
