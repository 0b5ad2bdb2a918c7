// --limit: how long each part of what a command does may take.

import { InvalidArgumentError } from 'commander';
import type { Limits } from '../index.ts';
import { parseDuration } from './parse.ts';

/** The members of `limits` without their unit: 'connectMs' -> 'connect'. */
type Part<Name = keyof Limits> = Name extends `${infer Word}Ms` ? Word : never;

// What `limits` has that is not here, or the other way round, does not compile.
const parts: Readonly<Record<Part, true>> = {
  connect: true,
  attach: true,
  configure: true,
  idle: true,
  hold: true,
  verdict: true,
};

export const limitNames: readonly string[] = Object.keys(parts);

/** 'idle=2h', split at the first '='. May be repeated, for one part each. */
export function collectLimit(text: string, previous: Limits = {}): Limits {
  const split = text.indexOf('=');
  const part = text.slice(0, split);
  if (split < 0 || !Object.hasOwn(parts, part)) {
    throw new InvalidArgumentError(`Give <part>=<duration>, such as idle=2h; the parts are ${limitNames.join(', ')}.`);
  }
  const name = `${part}Ms`;
  if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`'${part}' is given twice.`);
  return { ...previous, [name]: parseDuration(text.slice(split + 1)) };
}
