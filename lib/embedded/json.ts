// Reads values of unknown shape (files, backup headers, other processes) with a check at every step, so that none is trusted.

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One JSON object; each getter throws a TypeError that names the member that is wrong. */
export class Fields {
  private readonly value: Readonly<Record<string, unknown>>;
  private readonly path: string;

  /** `name`: what the object is called in errors. */
  constructor(value: unknown, name = '') {
    if (!isRecord(value)) throw new TypeError(`${name === '' ? '' : `${name} is `}not an object`);
    this.value = value;
    this.path = name === '' ? '' : `${name}.`;
  }

  static parse(text: string): Fields {
    return new Fields(JSON.parse(text));
  }

  get(key: string): unknown {
    return this.value[key];
  }

  isNull(key: string): boolean {
    return this.value[key] === null;
  }

  string(key: string): string {
    const value = this.value[key];
    return typeof value === 'string' ? value : this.wrong(key, 'a string');
  }

  stringOrNull(key: string): string | null {
    return this.isNull(key) ? null : this.string(key);
  }

  /** A whole number, not negative. */
  integer(key: string): number {
    const value = this.value[key];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.wrong(key, 'a whole number');
  }

  integerOrNull(key: string): number | null {
    return this.isNull(key) ? null : this.integer(key);
  }

  boolean(key: string): boolean {
    const value = this.value[key];
    return typeof value === 'boolean' ? value : this.wrong(key, 'a boolean');
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.string(key);
    return allowed.find((one) => one === value) ?? this.wrong(key, `one of ${allowed.join(', ')}`);
  }

  list<T>(key: string, read: (item: unknown) => T): T[] {
    const value = this.value[key];
    return Array.isArray(value) ? value.map(read) : this.wrong(key, 'a list');
  }

  object(key: string): Fields {
    return new Fields(this.value[key], `${this.path}${key}`);
  }

  /** Throws where there are others: a misspelt member must not be one that has no effect. */
  only(...known: readonly string[]): void {
    const other = Object.keys(this.value).find((key) => !known.includes(key));
    if (other !== undefined) {
      throw new TypeError(`${this.path}${other} is not known; there are ${known.join(', ')}`);
    }
  }

  private wrong(key: string, expected: string): never {
    throw new TypeError(`${this.path}${key} is not ${expected}`);
  }
}

export function asString(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('item is not a string');
  return value;
}
