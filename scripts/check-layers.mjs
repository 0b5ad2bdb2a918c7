// The include rule: each layer may use only the layers below it. Prints every violation as file:line.
// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Layer → what it may use besides itself. A path ending in a file name allows that file alone. */
const native = {
  abi: [],
  embedded: ['abi'],
  dll: ['embedded', 'abi'],
  providers: ['embedded', 'abi'],
  engine: ['embedded/embedded.h', 'abi'],
  pump: ['providers', 'abi'],
  machine: ['abi'],
  binding: ['pump', 'engine', 'providers', 'embedded', 'machine', 'abi'],
  test: ['pump', 'engine', 'providers', 'embedded', 'abi'],
};

/** '' stands for the files directly in lib/ other than index.ts. */
const lib = {
  common: [],
  sql: ['common'],
  vdi: ['common'],
  doctor: ['vdi', 'common'],
  streams: ['vdi', 'common'],
  embedded: ['sql', 'vdi', 'common'],
  transfer: ['streams', 'sql', 'vdi', 'embedded', 'common'],
  '': ['transfer', 'streams', 'sql', 'vdi', 'embedded'],
  'index.ts': ['', 'transfer', 'doctor', 'streams', 'sql', 'vdi', 'embedded'],
  cli: ['index.ts'],
};

/** Node's API belongs to the binding alone. */
const nodeApi = /^(napi|node_api|node|uv|v8)\.h$/;

/**
 * @param {string} tree
 * @param {string} path relative to the tree
 */
function layerOf(tree, path) {
  if (tree === 'lib' && path === 'index.ts') return path;
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/**
 * @param {string} tree
 * @param {Record<string, readonly string[]>} table
 * @param {RegExp} reference its first group is the file that is used
 */
function check(tree, table, reference) {
  const files = readdirSync(join(root, tree), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(h|cc|ts)$/.test(entry.name))
    .map((entry) => relative(join(root, tree), join(entry.parentPath, entry.name)).split(sep).join('/'));
  const known = new Set(files);
  let violations = 0;
  for (const file of files) {
    const layer = layerOf(tree, file);
    const text = readFileSync(join(root, tree, file), 'utf8');
    for (const found of text.matchAll(reference)) {
      const used = found[1] ?? '';
      const beside = posix.join(posix.dirname(file), used);
      // An include may also be relative to native/.
      const target = known.has(beside) ? beside : known.has(used) ? used : null;
      const problem = judge(tree, table, layer, target, used);
      if (!problem) continue;
      const line = text.slice(0, found.index).split('\n').length;
      console.error(`${tree}/${file}:${line}: ${problem}`);
      violations += 1;
    }
  }
  return violations;
}

/**
 * What is wrong with a use, or null.
 * @param {string} tree
 * @param {Record<string, readonly string[]>} table
 * @param {string} layer
 * @param {string | null} target
 * @param {string} used
 */
function judge(tree, table, layer, target, used) {
  const allowed = table[layer];
  if (!allowed) return `the layer ${tree}/${layer} is not in the table of scripts/check-layers.mjs`;
  if (tree === 'native' && nodeApi.test(used) && layer !== 'binding') return `only native/binding may include ${used}`;
  if (target === null) return null;
  const other = layerOf(tree, target);
  if (other === layer || allowed.includes(other) || allowed.includes(target)) return null;
  return `${tree}/${layer} may not use ${tree}/${target}`;
}

const violations =
  check('native', native, /^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm) +
  check('lib', lib, /(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.[^']+)'/g);
if (violations > 0) {
  console.error(`${violations} violation${violations === 1 ? '' : 's'} of the include rule`);
  process.exitCode = 1;
}
