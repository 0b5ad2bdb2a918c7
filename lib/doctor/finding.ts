// What a check found, and what to do about it.

/** 'warning': it works, or may work, but not for everybody or not as it should. 'error': no backup can be taken. */
export type FindingLevel = 'ok' | 'warning' | 'error';

/** One thing that was checked. */
export interface Finding {
  /** What was checked: 'node', 'addon', 'vdi class' … */
  readonly check: string;
  /** How bad it is. */
  readonly level: FindingLevel;
  /** What was found, in one line. */
  readonly found: string;
  /** What to do about it; null where nothing needs to be done. */
  readonly fix: string | null;
}

export function ok(check: string, found: string): Finding {
  return { check, level: 'ok', found, fix: null };
}

export function problem(check: string, level: 'warning' | 'error', found: string, fix: string): Finding {
  return { check, level, found, fix };
}
