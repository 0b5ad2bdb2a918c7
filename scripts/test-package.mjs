// `npm run test:package`: packs the package as npm publishes it, installs it where nothing else is and no compiler is on the PATH,
// and takes a backup with it: on Linux, and in Windows' Node under Wine.
// @ts-check
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fail, root, step } from './bootstrap.mjs';
import { missingCrossTools } from './cross-build.mjs';
import { hasWine, nodeForWindows, npmForWindows, Wine, windowsPath } from './wine.mjs';

const maximumSize = 3e6;
const work = join(root, 'build', 'package');
const reports = join(root, 'build', 'reports');

/** A child that is not to think it runs inside this project. */
const cleanEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle)_|npm_config_local_prefix$|SQLVDI_)/i.test(name),
  ),
);

/** @returns {string} the tarball */
function pack() {
  for (const name of readdirSync(work).filter((file) => file.endsWith('.tgz'))) rmSync(join(work, name));
  step('packing', 'npm', ['pack', '--pack-destination', work]);
  const tarball = join(work, readdirSync(work).find((file) => file.endsWith('.tgz')) ?? fail('npm pack made nothing'));
  const { size } = statSync(tarball);
  if (size >= maximumSize) fail(`the package has ${size} bytes, and may have ${maximumSize}`);
  console.log(`the package has ${(size / 1e6).toFixed(2)} MB`);
  return tarball;
}

/**
 * A folder with a package.json and nothing else, outside of this project, whose dependencies a program would find.
 * @param {string} name
 */
function emptyFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `sqlvdi-package-${name}-`));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  return folder;
}

/** Node, npm, a shell, and no compiler. @param {string} folder */
function bareTools(folder) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['node', 'npm', 'npx', 'sh', 'env']) {
    const places = (process.env['PATH'] ?? '').split(delimiter).map((place) => join(place, name));
    symlinkSync(places.find((place) => existsSync(place)) ?? fail(`there is no ${name} on the PATH`), join(bin, name));
  }
  return bin;
}

/**
 * A backup and its restore, by the command; the copy must be what the original was.
 * @param {(args: string[]) => string} sqlvdi runs the command; returns what it printed, and throws where it failed
 */
function roundTrip(sqlvdi) {
  sqlvdi(['embedded', 'create', 'server', 'Sales', '--size', '8m']);
  sqlvdi(['backup', 'Sales', '--to', 'sales.bak', '--embedded', 'server']);
  sqlvdi(['restore', 'Copy', '--from', 'sales.bak', '--embedded', 'server']);
  const [original, copy] = ['Sales', 'Copy'].map((name) => sqlvdi(['embedded', 'checksum', 'server', name]).trim());
  if (!original || original !== copy) throw new Error(`the restored copy differs: '${original}' and '${copy}'`);
}

/** @param {string} what @param {number | null} status @param {string} output */
function expectSuccess(what, status, output) {
  if (status !== 0) throw new Error(`${what} ended with ${status}:\n${output}`);
  return output;
}

/** @param {string} folder @param {string} platform */
function expectPrebuild(folder, platform) {
  const installed = join(folder, 'node_modules', 'sqlvdi');
  if (existsSync(join(installed, 'build'))) throw new Error('the installation compiled the addon');
  if (!existsSync(join(installed, 'prebuilds', `${platform}-x64`)))
    throw new Error('the package has no prebuilt addon');
}

/** @param {string} tarball @param {string} folder */
function testOnLinux(tarball, folder) {
  const env = { ...cleanEnv, PATH: bareTools(folder) };
  const run = (/** @type {string} */ command, /** @type {string[]} */ args) => {
    const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
    if (error) throw error;
    return expectSuccess([command, ...args].join(' '), status, status === 0 ? stdout : `${stdout}${stderr}`);
  };
  for (const compiler of ['g++', 'c++', 'cc', 'make', 'python3']) {
    if (existsSync(join(env.PATH, compiler))) throw new Error(`${compiler} is on the PATH`);
  }
  run('npm', ['install', '--no-audit', '--no-fund', tarball]);
  expectPrebuild(folder, 'linux');
  roundTrip((args) => run('npx', ['--no', 'sqlvdi', ...args]));
}

/** @param {string} code @param {{ status: number | null, output: string }} outcome */
function expectDoctorToMiss(code, { status, output }) {
  if (status !== 1 || !output.includes(code))
    throw new Error(`doctor ended with ${status}, without ${code}:\n${output}`);
}

/**
 * Where nothing is registered a backup by COM fails at once, with the error that a program can tell by its class.
 * @param {{ status: number | null, output: string }} outcome of a backup with --json
 */
function expectClassNotRegistered({ status, output }) {
  const { error } = JSON.parse(output);
  const { name, code, hresult, advice } = error;
  const told = name === 'VdiClassNotRegisteredError' && code === 'REGDB_E_CLASSNOTREG' && hresult === 0x80040154;
  if (status !== 1 || !told || !/sqlvdi\.dll.*regsvr32/.test(advice)) {
    throw new Error(`a backup without the registration ended with ${status}:\n${output}`);
  }
}

/** @param {string} tarball @param {string} folder */
function testUnderWine(tarball, folder) {
  // npm for Windows is not there: Linux' npm installs for Windows, without running scripts, which a prebuild does not need.
  step('installing the package for Windows', 'npm', ['install', '--prefix', folder, ...npmForWindows, tarball]);
  expectPrebuild(folder, 'win32');
  // Under another name, as hosts like Electron have one: the addon must not insist on node.exe.
  const node = join(folder, 'agent.exe');
  copyFileSync(nodeForWindows(join(work, 'node'), '22'), node);
  // An earlier run has registered the DLL in its Windows.
  rmSync(join(work, 'prefix'), { recursive: true, force: true });
  const wine = new Wine(join(work, 'prefix'));
  const main = windowsPath(folder, 'node_modules', 'sqlvdi', 'dist', 'cli', 'main.js');
  const run = (/** @type {string[]} */ args) =>
    wine.run([node, main, ...args], { cwd: folder, log: join(folder, 'log') });
  try {
    roundTrip((args) => {
      const { status, output } = run(args);
      return expectSuccess(`sqlvdi ${args.join(' ')}`, status, output);
    });
    // No SQL Server is on this Windows: COM says so, and what to do about it.
    expectDoctorToMiss('REGDB_E_CLASSNOTREG', run(['doctor']));
    const byCom = ['--embedded', 'server', '--provider', 'com'];
    expectClassNotRegistered(run(['backup', 'Sales', '--to', 'com.bak', ...byCom, '--json']));
    const dll = join(folder, 'node_modules', 'sqlvdi', 'prebuilds', 'win32-x64');
    expectSuccess('regsvr32', wine.run(['regsvr32', '/s', 'sqlvdi.dll'], { cwd: dll }).status, '');
    expectSuccess('sqlvdi doctor', run(['doctor', '--provider', 'com']).status, run(['doctor']).output);
    const demo = run(['demo', '--size', '8m', '--provider', 'com']);
    expectSuccess('sqlvdi demo --provider com', demo.status, demo.output);
  } finally {
    wine.end();
  }
}

/**
 * @param {string} name
 * @param {string[]} missing
 * @param {(folder: string) => void} test
 */
function check(name, missing, test) {
  const label = `the package ${name}`;
  const report = join(reports, `package-${name.replaceAll(' ', '-')}.json`);
  if (missing.length > 0) {
    console.log(`skipped: ${label} (needs ${missing.join(' ')})`);
    writeFileSync(report, JSON.stringify({ name: `${label} (needs ${missing.join(' ')})`, skipped: true }));
    return;
  }
  const folder = emptyFolder(name.replaceAll(' ', '-'));
  let exitCode = 0;
  try {
    test(folder);
    console.log(`ok: ${label}`);
  } catch (error) {
    exitCode = 1;
    console.error(`FAILED: ${label}: ${error instanceof Error ? error.message : error}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(report, JSON.stringify({ name: label, exitCode }));
  if (exitCode !== 0) process.exitCode = exitCode;
}

mkdirSync(work, { recursive: true });
mkdirSync(reports, { recursive: true });
// npm pack alone must make them. With --keep-prebuilds those that another system made are packed.
if (!process.argv.includes('--keep-prebuilds')) rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
const tarball = pack();
check('on Linux', process.platform === 'linux' ? [] : ['Linux'], (folder) => testOnLinux(tarball, folder));
check('under Wine', [...missingCrossTools(), ...(hasWine() ? [] : ['wine'])], (folder) =>
  testUnderWine(tarball, folder),
);
