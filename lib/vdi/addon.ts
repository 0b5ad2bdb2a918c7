// Finds the native addon: the one that was built here, else the one that the package brings along for this system.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { packageFolder } from '../common/package-folder.ts';
import { messageOf } from '../common/thrown.ts';
import { type BinaryTarget, binaryTarget } from './binary.ts';

/** Where the addon comes from. 'SQLVDI_ADDON': the environment variable names it. */
export interface AddonSource {
  readonly path: string;
  readonly from: 'SQLVDI_ADDON' | 'build' | 'prebuild';
}

/** A place that was looked at, and why it was of no use. */
export interface AddonAttempt {
  /** The file's, or the folder's where files were looked for in it. */
  readonly path: string;
  /** One line. */
  readonly reason: string;
}

/** The native addon could not be found or loaded. The message says what was looked for and what to do. */
export class AddonLoadError extends Error {
  override readonly name = 'AddonLoadError';
  /** Always 'SQLVDI_ADDON_NOT_LOADED'. */
  readonly code = 'SQLVDI_ADDON_NOT_LOADED';
  /** Where it was looked for, in this order. */
  readonly attempts: readonly AddonAttempt[];
  /** What to do. */
  readonly advice: string;

  constructor(attempts: readonly AddonAttempt[], advice: string, cause?: unknown) {
    const system = `${process.platform} ${process.arch}${isMusl() ? ' (musl)' : ''}, Node ${process.versions.node}`;
    const looked = attempts.map(({ path, reason }) => `'${path}' (${reason})`).join(', ');
    super(
      `The native part of sqlvdi cannot be loaded on ${system}. Looked for: ${looked}. Advice: ${advice}.`,
      cause === undefined ? undefined : { cause },
    );
    this.attempts = attempts;
    this.advice = advice;
  }
}

const rebuild =
  "run 'npm rebuild sqlvdi' in the project that uses it, or 'npm run build' in a checkout; either needs a C++20 compiler, make and Python 3";

/**
 * The addon's file: SQLVDI_ADDON, where that is set, else build/, else prebuilds/.
 * Throws an {@link AddonLoadError} where there is none.
 * @param packageRoot the package's folder
 */
export function findAddon(packageRoot = packageFolder()): AddonSource {
  const chosen = process.env['SQLVDI_ADDON'];
  if (chosen) return { path: resolve(chosen), from: 'SQLVDI_ADDON' };
  try {
    const path: string = createRequire(import.meta.url)('node-gyp-build').resolve(packageRoot);
    return { path, from: path.includes(`${sep}prebuilds${sep}`) ? 'prebuild' : 'build' };
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('No native build'))) throw error;
    throw new AddonLoadError(placesWithout(packageRoot), adviceWithout());
  }
}

/** The error for a file that is there and cannot be loaded. */
export function loadFailure({ path, from }: AddonSource, cause: unknown): AddonLoadError {
  const said = messageOf(cause).split('\n', 1)[0] ?? '';
  const target = existsSync(path) ? targetOf(path) : null;
  const foreign = target && (target.platform !== process.platform || target.arch !== process.arch);
  const why = foreign ? `it was built for ${target.platform} ${target.arch}` : said;
  const reason = from === 'SQLVDI_ADDON' ? `named by SQLVDI_ADDON: ${why}` : why;
  return new AddonLoadError([{ path, reason }], adviceFor(from, foreign ? target : null, said), cause);
}

function adviceFor(from: AddonSource['from'], foreign: BinaryTarget | null, said: string): string {
  if (from === 'SQLVDI_ADDON') return 'correct or unset SQLVDI_ADDON';
  if (foreign) return 'node_modules seems to come from another system: delete it and install on this one';
  if (isMusl()) return `the prebuilt addon is for glibc and this system has musl: ${rebuild}`;
  if (said.includes('GLIBC_')) return `the C library here is older than the prebuilt addon needs: ${rebuild}`;
  return rebuild;
}

function placesWithout(packageRoot: string): AddonAttempt[] {
  // node-gyp-build takes the folder of the first variable instead of the package's own.
  const root = process.env['SQLVDI_PREBUILD'] ?? packageRoot;
  const fitting = `${process.platform}-${process.arch}`;
  const prebuilds = join(root, 'prebuilds', fitting);
  return [
    { path: join(root, 'build', 'Release', 'sqlvdi.node'), reason: 'not there' },
    { path: prebuilds, reason: reasonAgainst(join(root, 'prebuilds'), fitting) },
    { path: join(dirname(process.execPath), 'prebuilds', fitting), reason: 'not there' },
  ];
}

function reasonAgainst(folder: string, fitting: string): string {
  const there = listed(join(folder, fitting)).filter((name) => name.endsWith('.node'));
  if (there.length > 0) return `${there.join(', ')} does not fit this system's C library`;
  const others = listed(folder);
  return others.length > 0 ? `not there; the package brings ${others.join(' and ')}` : 'not there';
}

function adviceWithout(): string {
  if (process.arch === 'ia32') return 'use a 64-bit Node.js: sqlvdi brings nothing for 32 bits';
  if (process.platform !== 'linux' && process.platform !== 'win32')
    return 'use Linux or Windows: VDI exists nowhere else';
  return rebuild;
}

/** A folder's entries; none where it is missing. */
function listed(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** A file that cannot even be read has no target; why is what loading it said. */
function targetOf(path: string): BinaryTarget | null {
  try {
    return binaryTarget(path);
  } catch {
    return null;
  }
}

/** Whether the C library is not glibc, whose version Node's report tells. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report: unknown = process.report.getReport();
  const header: unknown = typeof report === 'object' && report !== null && 'header' in report ? report.header : null;
  return typeof header === 'object' && header !== null && !('glibcVersionRuntime' in header);
}
