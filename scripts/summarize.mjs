// Adds up the reports in a folder: vitest's, the native tests' and the checks'. Names what was skipped and what failed; ends with one line of counts.
// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = process.argv[2] ?? '';
let passed = 0;
let failed = 0;
let skipped = 0;

/** @typedef {{ ancestorTitles: string[], title: string, status: string }} TestResult */

/**
 * Tests of one group and one outcome are one line: many cells of a table are skipped for one reason.
 * @param {string} report
 * @param {{ name: string, assertionResults: TestResult[] }} file
 */
function describe(report, { name, assertionResults }) {
  /** @type {Map<string, number>} */
  const groups = new Map();
  for (const { ancestorTitles, title, status } of assertionResults) {
    if (status === 'passed') continue;
    const outcome = status === 'failed' ? 'FAILED' : 'skipped';
    const group =
      outcome === 'FAILED' ? [...ancestorTitles, title] : ancestorTitles.length > 0 ? ancestorTitles : [title];
    const line = `${outcome}: ${report}: ${basename(name)}: ${group.join(' > ')}`;
    groups.set(line, (groups.get(line) ?? 0) + 1);
  }
  for (const [line, count] of groups) console.log(count > 1 ? `${line} (${count} tests)` : line);
}

for (const file of readdirSync(folder).sort()) {
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  if (report.name) {
    // A step without a report of its own, or one that failed.
    if (report.skipped) skipped += 1;
    else if (report.exitCode === 0) passed += 1;
    else failed += 1;
    if (report.skipped) console.log(`skipped: ${report.name}`);
    if (report.exitCode) console.log(`FAILED: ${report.name}`);
    continue;
  }
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  for (const tests of report.testResults ?? []) {
    describe(basename(file, '.json'), tests);
    // A file that failed before its first test.
    if (tests.status === 'failed' && tests.assertionResults.length === 0) {
      failed += 1;
      console.log(`FAILED: ${basename(file, '.json')}: ${basename(tests.name)}: ${tests.message}`);
    }
  }
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0) process.exitCode = 1;
