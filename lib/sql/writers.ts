// How one kind of option value is checked and written as T-SQL.
import { quoteString } from './quote.ts';

/** Writes one option's value as clauses, or throws a TypeError or RangeError that names the option. */
export type Write = (value: unknown, name: string) => string[];

export function number(keyword: string, allowed: string, fits: (value: number) => boolean): Write {
  return (value, name) => {
    if (typeof value !== 'number') throw new TypeError(`${name} must be a number, not ${typeof value}`);
    if (!Number.isInteger(value) || !fits(value)) throw new RangeError(`${name} is ${value}; it must be ${allowed}`);
    return [`${keyword} = ${value}`];
  };
}

/** `no` is null where the option's absence says the same. */
export function flag(yes: string, no: string | null): Write {
  return (value, name) => {
    if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, not ${typeof value}`);
    if (value) return [yes];
    return no === null ? [] : [no];
  };
}

export function text(keyword: string, maxLength: number): Write {
  return (value, name) => {
    if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${typeof value}`);
    if (value.length > maxLength) {
      throw new RangeError(`${name} is ${value.length} characters long; SQL Server allows ${maxLength}`);
    }
    return [`${keyword} = ${quoteString(value, name)}`];
  };
}

export function date(keyword: string): Write {
  return (value, name) => [`${keyword} = ${quoteDate(value, name)}`];
}

/** A mark's name, or a mark and the time after which it is looked for. */
export function mark(keyword: string): Write {
  return (value, name) => {
    if (typeof value === 'string') return [`${keyword} = ${quoteString(value, name)}`];
    const { mark: at, after } = members(value, name, ['mark', 'after']);
    if (typeof at !== 'string') throw new TypeError(`${name}.mark must be a string`);
    const since = after === undefined ? '' : ` AFTER ${quoteDate(after, `${name}.after`)}`;
    return [`${keyword} = ${quoteString(at, `${name}.mark`)}${since}`];
  };
}

/** An object's members, none but the known ones. */
export function members(value: unknown, name: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${name} must be an object with ${known.join(', ')}, not ${typeof value}`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new TypeError(`${name}.${unknown} is not known; there are ${known.join(', ')}`);
  return { ...value };
}

export function oneOf(value: unknown, name: string, allowed: readonly string[]): string {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new TypeError(`${name} is '${String(value)}'; it must be ${allowed.join(', ')}`);
  return found;
}

/** The server reads a time without a zone as its own; it runs on this machine, so this machine's is meant. */
function quoteDate(value: unknown, name: string): string {
  if (typeof value === 'string') return quoteString(value, name);
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
    throw new TypeError(`${name} must be a valid Date, or a string that the server reads as a date`);
  }
  const two = (part: number) => String(part).padStart(2, '0');
  const day = `${String(value.getFullYear()).padStart(4, '0')}-${two(value.getMonth() + 1)}-${two(value.getDate())}`;
  const time = `${two(value.getHours())}:${two(value.getMinutes())}:${two(value.getSeconds())}`;
  return quoteString(`${day}T${time}.${String(value.getMilliseconds()).padStart(3, '0')}`, name);
}
