// doctor(): whether this machine can take backups, and what to do where it cannot.
import { messageOf } from '../common/thrown.ts';
import type { ProviderName } from '../vdi/native.ts';
import { type Finding, problem } from './finding.ts';
import { linuxChecks } from './linux.ts';
import type { Machine, Wanted } from './machine.ts';
import { checkAddon, checkNode, checkPlatform, checkSet } from './runtime.ts';
import { thisMachine } from './this-machine.ts';
import { windowsChecks } from './windows.ts';

export type { Finding, FindingLevel } from './finding.ts';

/** What {@link doctor} should check. */
export interface DoctorOptions {
  /** What will be used; 'auto' by default: com on Windows, libsqlvdi on Linux. */
  readonly provider?: 'auto' | ProviderName | undefined;
  /** The SQL Server instance, without the machine's name; the default instance where it is missing. */
  readonly instance?: string | null | undefined;
}

/** What {@link doctor} found. */
export interface DoctorReport {
  /** False where an error is among the findings. */
  readonly ok: boolean;
  /** In the order of the checks: what comes first may be why later ones fail. */
  readonly findings: readonly Finding[];
}

/**
 * Checks what a backup on this machine needs, and finally creates and closes a virtual device set. It changes nothing.
 * It does not reject for what it finds: what cannot be found out is a finding too.
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  return await examine(thisMachine, options);
}

/** The same for a machine that a test makes up. */
export async function examine(
  machine: Machine,
  { provider = 'auto', instance = null }: DoctorOptions,
): Promise<DoctorReport> {
  const wanted: Wanted = { provider, instance };
  const findings = [
    await finding('platform', () => checkPlatform(machine)),
    await finding('node', () => checkNode(machine)),
    await finding('addon', () => checkAddon(machine)),
  ];
  // Without the addon nothing more can be asked, and every further error would only be that one again.
  if (findings.every(({ level }) => level !== 'error')) {
    for (const [check, run] of machine.platform === 'win32' ? windowsChecks : linuxChecks) {
      findings.push(await finding(check, () => run(machine, wanted)));
    }
    findings.push(await finding('virtual device set', () => checkSet(machine, wanted)));
  }
  return { ok: findings.every(({ level }) => level !== 'error'), findings };
}

async function finding(check: string, run: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    return problem(
      check,
      'error',
      `cannot be found out: ${messageOf(error)}`,
      'look at the message; it may want other rights',
    );
  }
}
