// Runs the native tests of a build folder and writes their counts where .ci/run adds them up.
// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bootstrap.mjs';

/**
 * @param {string} folder the build folder
 * @param {string} name the report's
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string[]} [prefix] what ctest is started with
 * @returns {boolean} whether all passed
 */
export function runNativeTests(folder, name, env = process.env, prefix = []) {
  const junit = join(folder, 'tests.xml');
  const [command = '', ...args] = [...prefix, 'ctest', '--test-dir', folder];
  const options = ['--output-on-failure', '--no-tests=error', '--parallel', '2', '--output-junit', junit];
  const { status } = spawnSync(command, [...args, ...options], { stdio: 'inherit', env });

  /** @type {(attribute: string) => number} */
  const count = (attribute) =>
    Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(readFileSync(junit, 'utf8'))?.[1] ?? 0);
  const failed = count('failures');
  const skipped = count('skipped') + count('disabled');
  // The names that vitest's report has, so that one reader serves both.
  const report = {
    numPassedTests: count('tests') - failed - skipped,
    numFailedTests: failed,
    numPendingTests: skipped,
  };
  const reports = join(root, 'build', 'reports');
  mkdirSync(reports, { recursive: true });
  writeFileSync(join(reports, `${name}.json`), JSON.stringify(report));
  return status === 0;
}
