// What a prebuilt library may ask of the machine it is loaded on. Reads its tables with binutils' objdump.
// @ts-check
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';

/** Every Windows has these. A compiler's runtime (vcruntime140, libstdc++-6 …) is not among them: it is linked in. */
const windowsLibraries = new Set(
  ['advapi32', 'bcrypt', 'kernel32', 'msvcrt', 'ntdll', 'ole32', 'oleaut32', 'user32', 'version'].map(
    (name) => `${name}.dll`,
  ),
);

/**
 * The newest symbol versions a prebuilt library for Linux may need.
 * glibc 2.34 took libpthread into itself, so nothing that is linked on a newer system can ask for less; RHEL 9, Ubuntu
 * 22.04, Debian 12 and Amazon Linux 2023 have it. Node itself needs a libgcc that is newer than 4.3. Of the C++ library
 * (GLIBCXX, CXXABI) nothing may be needed: it is linked in.
 */
const newestVersions = new Map([
  ['GLIBC', '2.34'],
  ['GCC', '4.3.0'],
]);

/**
 * What is wrong with a library, in one line; null where nothing is.
 * @param {string} file a .so or .node for Linux, or a .dll or .node for Windows
 * @param {NodeJS.Platform} platform
 */
export function binaryProblem(file, platform) {
  const flag = platform === 'win32' ? '-p' : '-T';
  const { status, stdout, error } = spawnSync('objdump', [flag, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) return "objdump is needed to check the prebuilt libraries: install 'binutils'";
  if (status !== 0) return `objdump cannot read '${file}'`;
  return platform === 'win32' ? importProblem(file, stdout) : versionProblem(file, stdout);
}

/**
 * The same for a Windows library.
 * @param {string} file
 * @param {string} tables what objdump -p prints
 */
export function importProblem(file, tables) {
  const imported = [...tables.matchAll(/DLL Name: (\S+)/g)].map(([, name = '']) => name.toLowerCase());
  const allowed = (/** @type {string} */ name) =>
    windowsLibraries.has(name) || (name === 'node.exe' && file.endsWith('.node'));
  const foreign = imported.filter((name) => !allowed(name));
  if (imported.length === 0) return `'${basename(file)}' imports nothing: is it a Windows library?`;
  return foreign.length === 0
    ? null
    : `'${basename(file)}' imports ${foreign.join(', ')}, which not every Windows has: link it statically`;
}

/**
 * The same for a Linux library.
 * @param {string} file
 * @param {string} tables what objdump -T prints
 */
export function versionProblem(file, tables) {
  const needed = [...tables.matchAll(/\*UND\*.*\(([A-Z]+)_([0-9.]+)\)\s+(\S+)/g)];
  const excess = needed.find(([, family = '', version = '']) => {
    const newest = newestVersions.get(family);
    return newest === undefined || isNewer(version, newest);
  });
  if (needed.length === 0) return `'${basename(file)}' needs no version of glibc: is it a Linux library?`;
  if (!excess) return null;
  const [, family = '', version = '', symbol = ''] = excess;
  const limit = newestVersions.get(family);
  const may = limit === undefined ? `nothing of ${family}` : `at most ${family}_${limit}`;
  return `'${basename(file)}' needs ${family}_${version} (for ${symbol}), and may need ${may}: build it on an older system`;
}

/**
 * @param {string} version
 * @param {string} other
 */
function isNewer(version, other) {
  const [left, right] = [version, other].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
