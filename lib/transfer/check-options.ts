// The options that operations share, as plain JavaScript may give them: what is wrong is said before anything starts, and no text is taken for true.

const kinds = {
  overwrite: 'boolean',
  sha256: 'boolean',
  onProgress: 'function',
  onMessage: 'function',
  limits: 'object',
} as const;

/** Throws a TypeError that names the option. The others are checked where they are used. */
export function checkOptions(options: object, operation: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${operation} needs an object of options, not ${nameOf(options)}`);
  }
  for (const [name, kind] of Object.entries(kinds)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || (typeof value === kind && value !== null)) continue;
    throw new TypeError(`${name} must be ${kind === 'object' ? 'an' : 'a'} ${kind}, not ${nameOf(value)}`);
  }
  const signal: unknown = Reflect.get(options, 'signal');
  if (signal !== undefined && !isSignal(signal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${nameOf(signal)}`);
  }
}

// By its methods, since it may come from another realm.
function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'throwIfAborted') === 'function';
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
