// Arguments of options -> values. Each throws commander's InvalidArgumentError, which names the option in its message.

import { InvalidArgumentError } from 'commander';

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** '64k', '4m', '1.5g', '1048576', '4MiB' -> bytes. Powers of 1024. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const factor = FACTORS[match?.[2]?.toLowerCase() ?? 'none'];
  const bytes = factor === undefined ? Number.NaN : Number(match?.[1]) * factor;
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new InvalidArgumentError('Give a size such as 65536, 64k, 4m or 1g.');
  }
  return bytes;
}

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** '90s', '5m', '1.5h', '500ms' -> milliseconds; '0' is none. A bare number could be of any unit. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const milliseconds = Math.round(Number(match?.[1]) * (MILLISECONDS[match?.[2] ?? ''] ?? Number.NaN));
  if (!Number.isSafeInteger(milliseconds) || milliseconds === 0) {
    throw new InvalidArgumentError('Give a duration such as 90s, 5m or 2h, or 0 for no limit.');
  }
  return milliseconds;
}

/** A whole number from `minimum` to `maximum`. */
export function parseInteger(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= minimum && value <= maximum)) {
      throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

/** For an option that may be repeated: every value, in the order given. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return [...previous, value];
}

/** 'Sales_Data=/data/sales.mdf', split at the first '='. May be repeated, for one logical name each. Or 'auto', alone. */
export function collectMove(
  text: string,
  previous?: Readonly<Record<string, string>> | 'auto',
): Readonly<Record<string, string>> | 'auto' {
  if (text === 'auto' || previous === 'auto') {
    if (previous === undefined) return 'auto';
    throw new InvalidArgumentError("'auto' moves every file: give it alone.");
  }
  const split = text.indexOf('=');
  const logical = text.slice(0, split);
  if (split < 1 || split === text.length - 1) {
    throw new InvalidArgumentError("Give <logical name>=<physical file>, for example 'Sales=/data/sales.mdf'.");
  }
  if (Object.hasOwn(previous ?? {}, logical)) throw new InvalidArgumentError(`'${logical}' is moved twice.`);
  // fromEntries, since an assignment would not make a property of a name such as __proto__.
  return Object.fromEntries([...Object.entries(previous ?? {}), [logical, text.slice(split + 1)]]);
}
