// T-SQL names and strings quoted so that whatever they contain stays a name or a string.

/** The longest identifier (sysname) in UTF-16 units. */
const maxIdentifierLength = 128;

/** [name] with each ] doubled. Throws a TypeError or RangeError where no identifier can be made of it. */
export function quoteIdentifier(name: string, what: string): string {
  checkText(name, what);
  if (name.length === 0) throw new RangeError(`${what} is empty`);
  if (name.length > maxIdentifierLength) {
    throw new RangeError(`${what} is ${name.length} characters long; SQL Server allows ${maxIdentifierLength}`);
  }
  return `[${name.replaceAll(']', ']]')}]`;
}

/**
 * N'text' with each ' doubled. T-SQL drops a backslash together with the line break after it, so both are written twice:
 * the second backslash and the first line break then go, and one of each is left.
 */
export function quoteString(text: string, what: string): string {
  checkText(text, what);
  return `N'${text.replaceAll("'", "''").replace(/\\(\r?\n)/g, '\\\\$1$1')}'`;
}

function checkText(text: string, what: string): void {
  if (typeof text !== 'string') throw new TypeError(`${what} must be a string, not ${typeof text}`);
  if (text.includes('\0')) throw new TypeError(`${what} contains a NUL character`);
}
