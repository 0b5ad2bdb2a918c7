// Who runs this process.
import { userInfo } from 'node:os';

/** The user's name, or the number where there is none: a container's user may have no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
