// What a message of a BACKUP or RESTORE means, by its number. Texts are in the server's language, and never tell a code.
import type { SqlMessage } from './executor.ts';

/** The outcome as message 3014 tells it. A number is null where its text has another form than expected. */
export interface Verdict {
  /** Pages (of 8 KiB) processed. */
  readonly pages: number | null;
  /** How long the server says it took. */
  readonly seconds: number | null;
  /** Of 2^20 bytes. */
  readonly megabytesPerSecond: number | null;
}

/**
 * - progress: "… percent processed" (3211);
 * - verdict: "… successfully processed …" (3014), the last message of one that succeeded;
 * - warning: the statement goes on or has succeeded, and yet something is amiss: damage that CONTINUE_AFTER_ERROR let pass,
 *   files that are missing, a base that is not where it is looked for, a disk that a restore would not fit on;
 * - information: whatever else has a severity up to 10;
 * - consequence: "… is terminating abnormally" (3013), the end of every chain of errors and never its cause;
 * - error: severity 11 and more. The first one is the cause, where the statement failed: see {@link succeeded}.
 */
export type MessageKind =
  | { readonly kind: 'progress' /** 0 to 100. */; readonly percent: number }
  | ({ readonly kind: 'verdict' } & Verdict)
  | { readonly kind: 'information' | 'warning' | 'consequence' | 'error' };

const progress = 3211;
const success = 3014;
/** "The backup set on file 1 is valid.": how VERIFYONLY ends, which never says 3014. */
const valid = 3262;
const terminating = 3013;
const lowestError = 11;

/** By their numbers, since severity 10 is that of praise and warning alike. */
const warnings: ReadonlySet<number> = new Set([
  3003, 3005, 3022, 3040, 3042, 3058, 3130, 3131, 3134, 3175, 3181, 3184, 3188, 3192, 3257,
]);

/** What a message means. */
export function messageKind(message: Pick<SqlMessage, 'number' | 'severity' | 'message'>): MessageKind {
  if (message.number === progress) {
    // Its only number in every language.
    const percent = Number(/\d+/.exec(message.message)?.[0] ?? Number.NaN);
    return percent >= 0 && percent <= 100 ? { kind: 'progress', percent } : { kind: 'information' };
  }
  if (message.number === success) return { kind: 'verdict', ...readVerdict(message.message) };
  if (message.severity < lowestError) return { kind: warnings.has(message.number) ? 'warning' : 'information' };
  return { kind: message.number === terminating ? 'consequence' : 'error' };
}

/** Whether a message is an error by its severity. */
export function isError({ severity }: Pick<SqlMessage, 'severity'>): boolean {
  return severity >= lowestError;
}

/**
 * Whether BACKUP or RESTORE has succeeded in spite of errors: the server said so, and not the contrary. It does where its history
 * in msdb could not be written (3009), or where damage was to be passed over (CONTINUE_AFTER_ERROR). The same goes for VERIFYONLY.
 */
export function succeeded(messages: readonly SqlMessage[]): boolean {
  const has = (wanted: number) => messages.some(({ number }) => number === wanted);
  return (has(success) || has(valid)) && !has(terminating);
}

/** The verdict among a statement's messages, or null. */
export function verdictOf(messages: readonly SqlMessage[]): Verdict | null {
  const last = messages.findLast(({ number }) => number === success);
  return last === undefined ? null : readVerdict(last.message);
}

/** "BACKUP DATABASE successfully processed 338 pages in 0.013 seconds (203.124 MB/sec).": three numbers, in this order. */
function readVerdict(text: string): Verdict {
  const match = /(?<![\d.,])(\d+)\s[^\d]+?(\d+[.,]\d{3})\s[^\d]*?\((\d+[.,]\d{3})\s*MB/u.exec(text);
  const decimal = (part: string | undefined) => (part === undefined ? null : Number(part.replace(',', '.')));
  return {
    pages: match?.[1] === undefined ? null : Number(match[1]),
    seconds: decimal(match?.[2]),
    megabytesPerSecond: decimal(match?.[3]),
  };
}
