// `npm run prebuilds`: makes and checks what the package brings along, so that its users need no compiler: prebuilds/<platform>-x64.
// On Linux also for Windows, where MinGW-w64 and CMake are there; on Windows for Windows. With --packing, which npm's prepack gives,
// what cannot be made here does not keep the package from being made: it is said on stderr.
// @ts-check
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bootstrap, fail, root, step } from './bootstrap.mjs';
import { binaryProblem } from './check-binary.mjs';
import { buildForWindows, missingCrossTools, windowsBuild } from './cross-build.mjs';

const packing = process.argv.includes('--packing');

/** @param {NodeJS.Platform} platform */
const folderOf = (platform) => join(root, 'prebuilds', `${platform}-x64`);

/**
 * Ends the process, unless the package is to be made all the same.
 * @param {string} what a platform's folder, or a file in it
 * @param {string} why
 */
function missing(what, why) {
  if (!packing) fail(why);
  const consequence = existsSync(join(root, 'prebuilds', what))
    ? 'was not made anew and is packed as it is'
    : 'is MISSING from the package';
  console.error(`\nsqlvdi: WARNING: prebuilds/${what} ${consequence}: ${why}\n`);
}

/**
 * Puts a built library where node-gyp-build finds it, without symbols, and checks it.
 * @param {string} built
 * @param {NodeJS.Platform} platform
 * @param {string} name node-gyp-build reads its parts: any Node with Node-API (napi), only where the C library is glibc
 * @param {string} [strip] the program that removes symbols; MSVC puts none into the file
 */
function publish(built, platform, name, strip) {
  const file = join(folderOf(platform), name);
  // What an older system made stays where this one's cannot take its place.
  const made = join(root, 'build', name);
  copyFileSync(built, made);
  if (strip) step(`stripping ${name}`, strip, ['--strip-unneeded', made]);
  const problem = binaryProblem(made, platform);
  if (problem) return missing(`${platform}-x64/${name}`, problem);
  mkdirSync(folderOf(platform), { recursive: true });
  rmSync(file, { force: true });
  renameSync(made, file);
  console.log(`${relative(root, file)}  ${Math.ceil(statSync(file).size / 1024)} KiB`);
}

function makeForWindows() {
  // Without sqlvdi.dll, which CMake builds, and CMake is not used with MSVC.
  publish(join(root, 'build', 'Release', 'sqlvdi.node'), 'win32', 'sqlvdi.napi.node');
  if (!packing) return;
  missing('win32-x64/sqlvdi.dll', 'it is made on Linux, by MinGW-w64');
  missing('linux-x64', 'it is made on Linux');
}

function makeOnLinux() {
  publish(join(root, 'build', 'Release', 'sqlvdi.node'), 'linux', 'sqlvdi.napi.glibc.node', 'strip');
  const tools = missingCrossTools();
  if (tools.length === 0) {
    buildForWindows();
    const strip = 'x86_64-w64-mingw32-strip';
    publish(join(windowsBuild, 'Release', 'sqlvdi.node'), 'win32', 'sqlvdi.napi.node', strip);
    publish(join(windowsBuild, 'sqlvdi.dll'), 'win32', 'sqlvdi.dll', strip);
  } else if (packing) {
    missing('win32-x64', `it needs ${tools.join(' ')}`);
  } else {
    console.log(`skipped: win32-x64 (needs ${tools.join(' ')})`);
  }
}

if (process.arch !== 'x64') {
  const why = `prebuilt libraries are made on x64 only, and this is ${process.arch}`;
  missing('linux-x64', why);
  missing('win32-x64', why);
}
bootstrap();
if (process.arch === 'x64') {
  if (process.platform === 'win32') makeForWindows();
  else makeOnLinux();
}
