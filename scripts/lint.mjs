// `npm run lint`: formatting, lint rules, layers, generated files, workflows, shell scripts. With --fix, formats. Tools that this machine lacks are named.
// @ts-check
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './bootstrap.mjs';

const fix = process.argv.includes('--fix');

/** @param {string[]} names the first of them that this machine has */
const find = (...names) => names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

/**
 * @param {string} name
 * @param {string | undefined} command
 * @param {string[]} args
 */
function check(name, command, args) {
  if (!command) return console.log(`skipped: ${name} (not installed)`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}`);
  if (status !== 0) process.exitCode = 1;
}

const native = readdirSync(join(root, 'native'), { recursive: true, withFileTypes: true })
  .filter((entry) => /\.(h|cc)$/.test(entry.name))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const biome = join('node_modules', '@biomejs', 'biome', 'bin', 'biome');
check('biome', process.execPath, [biome, 'check', '--error-on-warnings', ...(fix ? ['--write'] : [])]);
// One version of clang-format everywhere: others wrap some lines differently.
check('clang-format', find('clang-format-14'), [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...native]);
check('layers', process.execPath, [join('scripts', 'check-layers.mjs')]);
check('generated files', process.execPath, [join('scripts', 'generate-status.mjs'), ...(fix ? [] : ['--check'])]);
check('workflows', process.execPath, [join('scripts', 'lint-workflows.mjs')]);
check('shellcheck', find('shellcheck'), [join('.ci', 'run')]);
