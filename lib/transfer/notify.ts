// Calls the caller's callbacks, whose failures end the transfer and not the process.

/** Calls one. What it throws, or rejects with where it is async, goes to `onFailure`: nothing of it may end the process. */
export function notify<T>(
  callback: ((value: T) => unknown) | undefined,
  value: T,
  onFailure: (error: unknown) => void,
): void {
  try {
    const result = callback?.(value);
    if (result instanceof Promise) result.catch(onFailure);
  } catch (error) {
    onFailure(error);
  }
}
