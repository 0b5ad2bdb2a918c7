// What `npm install sqlvdi` runs: compiles the addon where the package brings none that loads on this machine.
// @ts-check
import { spawnSync } from 'node:child_process';
import { buildAddon, checkNode, root } from './bootstrap.mjs';

/**
 * Loading is the only proof: a fitting name says nothing of the C library's age. In a process of its own, since Windows
 * lets nobody replace a library that is loaded.
 */
function addonLoads() {
  const load = 'require("node-gyp-build")(process.argv[1])';
  return spawnSync(process.execPath, ['-e', load, root], { cwd: root, stdio: 'ignore' }).status === 0;
}

checkNode();
if (!addonLoads()) buildAddon();
