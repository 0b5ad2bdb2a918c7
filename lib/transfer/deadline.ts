// When something has to be over: of several deadlines the earliest counts.

/** Calls back once, when the earliest of the deadlines set since the last `clear` has passed. */
export class Deadline {
  readonly #onPassed: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** At most so many milliseconds from now. */
  within(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (at >= this.#at) return;
    this.clear();
    this.#at = at;
    this.#timer = setTimeout(this.#onPassed, milliseconds);
  }

  /** There is none any more. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }
}
