// `npm run test:native`: the C++ tests, which need no Node. With --sanitize=address,undefined or --sanitize=thread, under sanitizers.
// @ts-check
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkNode, fail, root, step } from './bootstrap.mjs';
import { runNativeTests } from './native-tests.mjs';

const sanitize = process.argv.find((argument) => argument.startsWith('--sanitize='))?.split('=')[1] ?? '';
const name = ['native', ...sanitize.split(',').filter(Boolean)].join('-');
const folder = join(root, 'build', name);

checkNode();
if (spawnSync('cmake', ['--version'], { stdio: 'ignore' }).status !== 0) fail('the native tests need: cmake');
step('configuring the native tests', 'cmake', ['-S', 'native', '-B', folder, `-DSQLVDI_SANITIZE=${sanitize}`]);
step('building the native tests', 'cmake', ['--build', folder, '--parallel', '2']);
// Address randomisation with many bits leaves the thread sanitizer no room for its shadow memory.
const prefix = sanitize === 'thread' ? ['setarch', '--addr-no-randomize'] : [];
process.exitCode = runNativeTests(folder, name, process.env, prefix) ? 0 : 1;
