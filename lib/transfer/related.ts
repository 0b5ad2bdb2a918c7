// What a failure carries besides itself.

/**
 * The errors that came with this one: a failed operation rejects with its primary cause, the first in time, and the others
 * (the SQL Server error that followed a full disk, say) are in the error's `related` property, which this reads.
 */
export function relatedErrors(error: unknown): readonly Error[] {
  if (!(error instanceof Error) || !('related' in error) || !Array.isArray(error.related)) return [];
  return error.related.filter((item) => item instanceof Error);
}

/** Attaches the errors that followed; an error that cannot be extended is left as it is. */
export function attachRelated(error: unknown, related: readonly Error[]): void {
  const others = related.filter((item) => item !== error);
  if (others.length === 0 || !(error instanceof Error) || !Object.isExtensible(error)) return;
  Object.defineProperty(error, 'related', { value: others, enumerable: true, configurable: true, writable: true });
}
