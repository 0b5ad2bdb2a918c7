// `npm run prebuilds`: makes and checks what the package brings along, so that its users need no compiler: prebuilds/<platform>-x64.
// On Linux also for Windows, where MinGW-w64 and CMake are there; on Windows for Windows.
// @ts-check
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bootstrap, fail, root, step } from './bootstrap.mjs';
import { binaryProblem } from './check-binary.mjs';
import { buildForWindows, missingCrossTools, windowsBuild } from './cross-build.mjs';

/** @param {NodeJS.Platform} platform */
const folderOf = (platform) => join(root, 'prebuilds', `${platform}-x64`);

/**
 * Puts a built library where node-gyp-build finds it, without symbols, and checks it.
 * @param {string} built
 * @param {NodeJS.Platform} platform
 * @param {string} name node-gyp-build reads its parts: any Node with Node-API (napi), only where the C library is glibc
 * @param {string} [strip] the program that removes symbols; MSVC puts none into the file
 */
function publish(built, platform, name, strip) {
  const file = join(folderOf(platform), name);
  mkdirSync(folderOf(platform), { recursive: true });
  copyFileSync(built, file);
  if (strip) step(`stripping ${name}`, strip, ['--strip-unneeded', file]);
  const problem = binaryProblem(file, platform);
  if (problem) {
    rmSync(file);
    fail(problem);
  }
  console.log(`${relative(root, file)}  ${Math.ceil(statSync(file).size / 1024)} KiB`);
}

if (process.arch !== 'x64') fail(`prebuilt libraries are made on x64 only, and this is ${process.arch}`);
bootstrap();
if (process.platform === 'win32') {
  // Without sqlvdi.dll, which CMake builds, and CMake is not used with MSVC.
  rmSync(folderOf('win32'), { recursive: true, force: true });
  publish(join(root, 'build', 'Release', 'sqlvdi.node'), 'win32', 'sqlvdi.napi.node');
} else {
  rmSync(folderOf('linux'), { recursive: true, force: true });
  publish(join(root, 'build', 'Release', 'sqlvdi.node'), 'linux', 'sqlvdi.napi.glibc.node', 'strip');
  const missing = missingCrossTools();
  if (missing.length === 0) {
    buildForWindows();
    const strip = 'x86_64-w64-mingw32-strip';
    rmSync(folderOf('win32'), { recursive: true, force: true });
    publish(join(windowsBuild, 'Release', 'sqlvdi.node'), 'win32', 'sqlvdi.napi.node', strip);
    publish(join(windowsBuild, 'sqlvdi.dll'), 'win32', 'sqlvdi.dll', strip);
  } else {
    console.log(`skipped: win32-x64 (needs ${missing.join(' ')})`);
  }
}
