// Bytes, rates and durations as people read them.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** 1536 -> '1.5 KiB'. Powers of 1024; at most three digits before the unit grows. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  const rounded = () => Number(value.toPrecision(3));
  while (unit < UNITS.length - 1 && rounded() >= 1000) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || rounded() >= 100 ? 0 : rounded() >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Bytes per second -> '512 MiB/s'. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** Milliseconds -> '850 ms', '4.2 s', '3:07 min', '2:03:07 h'. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const clock = formatClock(milliseconds);
  return clock.split(':').length === 3 ? `${clock} h` : `${clock} min`;
}

/** Milliseconds -> '0:42', '3:07', '2:03:07'. For a bar, where the width should not jump. */
export function formatClock(milliseconds: number): string {
  const total = Math.round(milliseconds / 1000);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = String(total % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** Names and messages come from elsewhere: control characters must not reach a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
