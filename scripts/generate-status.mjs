// Writes lib/vdi/status.ts, lib/vdi/status-errors.ts and the README's error table from the one status table, native/abi/status.h.
// With --check nothing is written: it fails where a file is out of date.
// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const header = 'native/abi/status.h';
const root = new URL('../', import.meta.url);

/** @param {string} path */
const read = (path) => readFileSync(new URL(path, root), 'utf8').replaceAll('\r\n', '\n');

/**
 * The rows of one X-macro table, each as its list of arguments.
 * @param {string} text
 * @param {string} table
 * @param {number} columns
 */
function rows(text, table, columns) {
  const start = text.indexOf(`#define ${table}(X)`);
  if (start < 0) throw new Error(`${header}: no table ${table}`);
  // The table ends with the first line that is not continued.
  const body = /^(?:.*\\\n)*.*/.exec(text.slice(start))?.[0] ?? '';
  const string = String.raw`"(?:[^"\\]|\\.)*"`;
  const found = [...body.matchAll(new RegExp(String.raw`\bX\(((?:\s*(?:${string}|\w+)\s*,?)+)\)`, 'g'))];
  return found.map(([, list]) => {
    const cells = [...(list ?? '').matchAll(new RegExp(`${string}|\\w+`, 'g'))].map(([cell]) =>
      cell.startsWith('"') ? String(JSON.parse(cell)) : cell,
    );
    if (cells.length !== columns) throw new Error(`${header}: ${table}: ${columns} columns expected: ${list}`);
    return cells;
  });
}

/** @param {string} text */
const quote = (text) => (text.includes("'") ? JSON.stringify(text) : `'${text.replaceAll('\\', '\\\\')}'`);

/** @param {string} value */
const hex = (value) => `0x${value.slice(2).toUpperCase()}`;

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

const text = read(header);
const statuses = rows(text, 'SQLVDI_HRESULTS', 5);
const codes = rows(text, 'SQLVDI_COMPLETION_CODES', 3);

const typescript = `// The status table. Generated from ${header} by scripts/generate-status.mjs: change it there.

/** Every HRESULT that a call may answer with: what it means and what to do about it. */
export const statuses = [
${statuses
  .map(
    ([name = '', value = '', className = '', meaning = '', advice = '']) => `  {
    name: ${quote(name)},
    value: ${value.toLowerCase()},
    className: ${quote(className)},
    meaning: ${quote(meaning)},
    advice: ${quote(advice)},
  },`,
  )
  .join('\n')}
] as const;

/** What a client may answer a command with: Win32 error codes. */
export const completionCodes = {
${codes.map(([name, value, meaning = '']) => `  ${name}: { value: ${value}, meaning: ${quote(meaning)} },`).join('\n')}
} as const;
`;

const classes = `// An error class for each status. Generated from ${header} by scripts/generate-status.mjs: change it there.
import { VdiError } from './vdi-error.ts';

${statuses
  .map(
    ([name, value = '', className, meaning, advice]) =>
      `/** ${name} ${hex(value)}: ${meaning}. Advice: ${advice}. */\nexport class ${className} extends VdiError {}\n`,
  )
  .join('\n')}`;

const table = [
  '| status | HRESULT | error class | meaning | what to do |',
  '|---|---|---|---|---|',
  ...statuses.map(
    ([name, value = '', className, meaning = '', advice = '']) =>
      `| \`${name}\` | \`${hex(value)}\` | \`${className}\` | ${cell(meaning)} | ${cell(advice)} |`,
  ),
].join('\n');

/** @param {string} readme */
function withTable(readme) {
  const marked = /(<!-- status:begin -->)[\s\S]*?(<!-- status:end -->)/;
  if (!marked.test(readme)) throw new Error('README.md: the markers status:begin and status:end are missing');
  return readme.replace(marked, (_, begin, end) => `${begin}\n${table}\n${end}`);
}

const check = process.argv.includes('--check');

/**
 * @param {string} path
 * @param {string} current
 * @param {string} wanted
 */
function update(path, current, wanted) {
  if (current === wanted) return;
  if (check) {
    console.error(`${path} does not agree with ${header}: run node scripts/generate-status.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(new URL(path, root), wanted);
    console.log(`wrote ${path}`);
  }
}

for (const [file, wanted] of Object.entries({
  'lib/vdi/status.ts': typescript,
  'lib/vdi/status-errors.ts': classes,
})) {
  update(file, existsSync(new URL(file, root)) ? read(file) : '', wanted);
}
const readme = read('README.md');
update('README.md', readme, withTable(readme));
