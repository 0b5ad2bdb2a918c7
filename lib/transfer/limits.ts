// Time limits: their defaults, their checks, and the error of one that has passed.
import type { Limits } from './options.ts';

/** A part of the transfer took longer than `limits` allows. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
  /** Always 'SQLVDI_LIMIT'. */
  readonly code = 'SQLVDI_LIMIT';
  /** The member of `limits`. */
  readonly limit: keyof Limits;

  constructor(limit: keyof Limits, milliseconds: number) {
    super(`${meanings[limit]} within ${milliseconds} ms (limits.${limit})`);
    this.limit = limit;
  }
}

const meanings: Readonly<Record<keyof Limits, string>> = {
  connectMs: 'The server was not reached, or did not answer,',
  attachMs:
    'The server did not attach to the virtual device set; check that the statement runs on this machine and on this instance,',
  configureMs: 'The server attached, but sent no command',
  idleMs: 'The server sent no further command',
  holdMs: 'A destination or origin did not do what the server had asked of it',
  verdictMs: 'Every device was closed, but the statement did not end',
};

/** Every limit decided, in milliseconds; 0 is none. */
export type CheckedLimits = Readonly<Record<keyof Limits, number>>;

const minute = 60_000;
const hour = 60 * minute;

/** For operations that only read or write; a restore also initialises files and recovers the database. */
const defaults: CheckedLimits = {
  connectMs: minute / 2,
  attachMs: 5 * minute,
  configureMs: 2 * minute,
  idleMs: hour / 2,
  holdMs: hour,
  verdictMs: 5 * minute,
};

export const restoreDefaults: CheckedLimits = { ...defaults, idleMs: 6 * hour, verdictMs: 24 * hour };

/** Throws a TypeError or RangeError where a limit is none. */
export function checkLimits(limits: Limits = {}, fallback: CheckedLimits = defaults): CheckedLimits {
  for (const name of Object.keys(limits)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new TypeError(`limits.${name} is not known; there are ${Object.keys(defaults).join(', ')}`);
    }
  }
  const limit = (name: keyof Limits): number => {
    const value = limits[name] ?? fallback[name];
    if (typeof value !== 'number') throw new TypeError(`limits.${name} must be a number, not ${typeof value}`);
    if (!(value >= 0)) {
      throw new RangeError(`limits.${name} is ${String(value)}; it must be 0 (none) or more milliseconds`);
    }
    return value;
  };
  return {
    connectMs: limit('connectMs'),
    attachMs: limit('attachMs'),
    configureMs: limit('configureMs'),
    idleMs: limit('idleMs'),
    holdMs: limit('holdMs'),
    verdictMs: limit('verdictMs'),
  };
}
