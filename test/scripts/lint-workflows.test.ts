// The check of the workflows finds what is wrong with one.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freshFolder } from '../support/folder.ts';

const script = fileURLToPath(new URL('../../scripts/lint-workflows.mjs', import.meta.url));

async function lint(workflow: string) {
  const folder = await freshFolder();
  await writeFile(join(folder, 'ci.yml'), workflow);
  return await promisify(execFile)(process.execPath, [script, folder]).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  );
}

const workflow = (job: string) => `on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n${job}`;

describe.skipIf(process.platform === 'win32')('actionlint (not installed for Windows)', () => {
  it('passes a workflow that is right', async () => {
    expect(await lint(workflow('      - run: npm ci\n'))).toEqual({ code: 0, stderr: '' });
  });

  it.each([
    ['a context that does not exist', `      - run: echo \${{ nothing.x }}\n`, 'undefined variable "nothing"'],
    ['a step that is not there', `      - run: echo \${{ steps.none.outputs.x }}\n`, 'property "none"'],
    ['a step that does nothing', '      - name: nothing\n', 'ci.yml:6'],
  ])('finds %s', async (_, job, text) => {
    const { code, stderr } = await lint(workflow(job));
    expect(code).toBe(1);
    expect(stderr).toContain(text);
  });

  it('finds that there is nothing to check', async () => {
    const folder = await freshFolder();
    await expect(promisify(execFile)(process.execPath, [script, folder])).rejects.toMatchObject({ code: 1 });
  });
});
