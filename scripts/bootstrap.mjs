// Brings a fresh clone to where it runs: checks Node, installs dependencies, builds the addon and the TypeScript. No dependencies of its own.
// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingTools } from './tools.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const builtAddon = join(root, 'build', 'Release', 'sqlvdi.node');

const require = createRequire(import.meta.url);
const verbose = ['verbose', 'silly'].includes(process.env['npm_config_loglevel'] ?? '');

/**
 * Ends the process with one line on stderr.
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  console.error(`sqlvdi: ${message}`);
  process.exit(1);
}

/**
 * Runs a program; its output is shown only where it fails, or npm was asked to be verbose.
 * @param {string} what what the step does, for people
 * @param {string} command
 * @param {string[]} args
 */
export function step(what, command, args) {
  console.error(`sqlvdi: ${what} …`);
  const options = { cwd: root, stdio: verbose ? /** @type {const} */ ('inherit') : /** @type {const} */ ('pipe') };
  const done = spawnSync(command, args, { ...options, maxBuffer: 1 << 28 });
  if (done.status === 0) return;
  if (!verbose) process.stderr.write(Buffer.concat([done.stdout ?? Buffer.alloc(0), done.stderr ?? Buffer.alloc(0)]));
  fail(`${what} failed${done.error ? `: ${done.error.message}` : ''}`);
}

/** What this folder's package.json says. */
const manifest = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Node's version must satisfy package.json's "engines", which has the form ">=major.minor". */
export function checkNode() {
  const { engines } = manifest();
  const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number);
  if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
    fail(
      `Node.js ${engines.node} is needed, this is ${process.versions.node}: install a newer one from https://nodejs.org`,
    );
  }
}

/** Without install scripts: the addon is built by buildAddon, which speaks more clearly than npm. */
function ensureDependencies() {
  const modules = join(root, 'node_modules');
  const { dependencies, devDependencies } = manifest();
  const wanted = Object.keys({ ...dependencies, ...devDependencies });
  // npm writes its own lock file last: where it is missing, an installation was interrupted.
  const files = [join(modules, '.package-lock.json'), ...wanted.map((name) => join(modules, name, 'package.json'))];
  if (files.every((file) => existsSync(file))) return;
  const npm = process.env['npm_execpath'] ?? npmBesideNode();
  step('installing dependencies', process.execPath, [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}

/** npm's own script, where this runs without npm. */
function npmBesideNode() {
  const prefix = dirname(process.execPath);
  const places = [join(prefix, 'node_modules'), join(prefix, '..', 'lib', 'node_modules'), '/usr/share/nodejs'];
  const found = places.map((place) => join(place, 'npm', 'bin', 'npm-cli.js')).find((file) => existsSync(file));
  return found ?? fail('npm was not found: run this as "npm run …"');
}

/** Node's own headers where they are installed beside it, so that node-gyp need not download them. */
function nodeHeaders() {
  const prefix = join(dirname(process.execPath), '..');
  const file = join(prefix, 'include', 'node', 'node_version.h');
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const part = (/** @type {string} */ name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
  return version === process.versions.node ? [`--nodedir=${prefix}`] : [];
}

/** Compiles the addon into build/Release. Only what changed is compiled again. */
export function buildAddon() {
  const missing = missingTools();
  if (missing) fail(missing);
  const nodeGyp = require.resolve('node-gyp/bin/node-gyp.js');
  step('building the native addon', process.execPath, [
    nodeGyp,
    'configure',
    'build',
    '--jobs=max',
    '--loglevel=error',
    ...nodeHeaders(),
  ]);
}

/** Whether node-gyp-build finds a bundled prebuild or an addon that was built earlier. */
export function hasAddon() {
  try {
    require('node-gyp-build').path(root);
    return true;
  } catch {
    return false;
  }
}

/** Whether build/Release is older than what it is built from. */
function addonOutdated() {
  if (!existsSync(builtAddon)) return true;
  const built = statSync(builtAddon).mtimeMs;
  const files = readdirSync(join(root, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('test'))
    .map((entry) => join(entry.parentPath, entry.name));
  return [...files, join(root, 'binding.gyp')].some((file) => statSync(file).mtimeMs > built);
}

/** dist/: the declarations, and the programs in a few bundles. */
function compileTypeScript() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const program = (/** @type {string} */ name, /** @type {string} */ path) =>
    join(dirname(require.resolve(`${name}/package.json`)), path);
  step('compiling TypeScript', process.execPath, [program('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json']);
  step('bundling', process.execPath, [program('rolldown', 'bin/cli.mjs'), '-c', 'scripts/rolldown.config.mjs']);
}

/**
 * All of it, skipping what is there already. SQLVDI_ADDON names an addon built elsewhere.
 * @param {{ addon?: boolean }} [options] addon: whether this system's own addon is needed
 */
export function bootstrap({ addon = true } = {}) {
  checkNode();
  const needsAddon = addon && !process.env['SQLVDI_ADDON'] && addonOutdated();
  // Said before npm's minutes, not after them.
  const missing = needsAddon ? missingTools() : null;
  if (missing) fail(missing);
  ensureDependencies();
  if (needsAddon) buildAddon();
  compileTypeScript();
}
