// Builds for Windows on Linux, by MinGW-w64: build/win32-x64. Only what changed is compiled again. Run by itself, with the native tests.
// @ts-check
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, root, step } from './bootstrap.mjs';

export const windowsBuild = join(root, 'build', 'win32-x64');

/** Debian's names of the packages that a cross build lacks here; none where it can be made. */
export function missingCrossTools() {
  return [
    ['x86_64-w64-mingw32-g++-posix', 'g++-mingw-w64-x86-64'],
    ['cmake', 'cmake'],
  ]
    .filter(([command = '']) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0)
    .map(([, name = '']) => name);
}

/**
 * The addon, Release/sqlvdi.node, and the stand-in as a COM server, sqlvdi.dll.
 * @param {{ tests?: boolean }} [options] tests: the native tests too
 */
export function buildForWindows({ tests = false } = {}) {
  const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
  const toolchain = `--CDCMAKE_TOOLCHAIN_FILE=${join(root, 'cmake', 'mingw-w64.cmake')}`;
  const options = ['--directory', join(root, 'native'), '--out', windowsBuild, '--target', 'sqlvdi', '--parallel', '2'];
  step('building the addon for Windows', process.execPath, [cmakeJs, 'build', ...options, toolchain]);
  const target = tests ? 'all' : 'sqlvdi_dll';
  step(`building ${tests ? 'the native tests' : 'sqlvdi.dll'} for Windows`, 'cmake', [
    '--build',
    windowsBuild,
    '--target',
    target,
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = missingCrossTools();
  if (missing.length > 0) fail(`a build for Windows needs: ${missing.join(' ')}`);
  buildForWindows({ tests: true });
}
