// What backup, restore and verify do alike: run with progress and cancellation, then say what came of it.

import { messageKind, type Progress, type TransferResult } from '../index.ts';
import { formatBytes, formatDuration, formatRate } from './format.ts';
import type { Output } from './output.ts';
import { cancellable } from './signals.ts';

export interface Hooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export function runTransfer<T>(output: Output, label: string, work: (hooks: Hooks) => Promise<T>): Promise<T> {
  return cancellable(output, (signal) => withProgress(output, label, signal, work));
}

export async function withProgress<T>(
  output: Output,
  label: string,
  signal: AbortSignal,
  work: (hooks: Hooks) => Promise<T>,
): Promise<T> {
  const view = output.progress(label);
  const stop = () => view.stop();
  signal.addEventListener('abort', stop);
  try {
    return await work({ signal, onProgress: (progress) => view.update(progress) });
  } finally {
    signal.removeEventListener('abort', stop);
    view.stop();
  }
}

/** `names` are the stripes as they were given on the command line; `more` is what the document has besides. */
export function reportTransfer(
  output: Output,
  operation: { readonly name: string; readonly done: string; readonly database: string | null },
  names: readonly string[],
  result: TransferResult,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const stripes = result.stripes.map((stripe, i) => ({ name: names[i] ?? '', ...stripe }));
  output.line(`${operation.done}: ${speedOf(result)}`);
  for (const { name, bytes, sha256 } of stripes) {
    output.line(`  ${formatBytes(bytes).padStart(8)}  ${name}${sha256 === null ? '' : `  sha256 ${sha256}`}`);
  }
  // The progress of a transfer that has ended says nothing any more.
  const messages = result.messages.filter((message) => messageKind(message).kind !== 'progress');
  for (const { message } of messages) output.line(`  ${message}`);
  output.document({
    operation: operation.name,
    database: operation.database,
    bytes: result.bytes,
    elapsedMs: result.elapsedMs,
    bytesPerSecond: rateOf(result),
    stripes,
    messages,
    verdict: result.verdict,
    config: result.config,
    ...more,
  });
}

/** '1.00 GiB in 2.0 s (512 MiB/s)' */
export function speedOf(result: TransferResult): string {
  return `${formatBytes(result.bytes)} in ${formatDuration(result.elapsedMs)} (${formatRate(rateOf(result))})`;
}

function rateOf({ bytes, elapsedMs }: TransferResult): number {
  return elapsedMs > 0 ? (bytes / elapsedMs) * 1000 : 0;
}
