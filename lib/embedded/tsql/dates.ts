// Dates as T-SQL's strings have them.

const pattern = /^(\d{4})-?(\d\d)-?(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?)?$/;

/**
 * The forms that mean the same in every language: 20240131, 2024-01-31, either with a time of day; null for others. In this machine's time zone, which is
 * the server's.
 */
export function dateOf(text: string): Date | null {
  const match = pattern.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const milliseconds = Math.floor(Number(`0.${match[7] ?? 0}`) * 1000);
  const date = new Date(year, month - 1, day, hour, minute, second, milliseconds);
  // 31 February would be a day in March, and 24:00 one later.
  return date.getMonth() === month - 1 && date.getDate() === day && date.getHours() === hour ? date : null;
}
