// Every example of the README, run as it stands against the built package.

import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionCodes, statuses } from '../lib/vdi/status.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = (await readFile(join(root, 'README.md'), 'utf8')).replaceAll('\r\n', '\n');

interface Block {
  readonly language: string;
  /** 'run', 'file=<name>', or nothing: not for running. */
  readonly mark: string;
  readonly text: string;
  readonly heading: string;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  for (const match of markdown.matchAll(/^#+ (.+)$|^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm)) {
    const [, title, language = '', mark = '', text = ''] = match;
    if (title !== undefined) heading = title;
    else blocks.push({ language, mark, text, heading });
  }
  return blocks;
}

const blocks = blocksOf(readme);
const files = blocks.filter(({ mark }) => mark.startsWith('file='));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
let home = '';

/** As a link to it, or where a file system has no links (Wine's, to another drive) as a package that passes on what `entry` has. */
async function install(name: string, target: string, entry: string, exported: string): Promise<void> {
  const folder = join(home, 'node_modules', name);
  try {
    // A junction needs no privilege on Windows.
    await symlink(target, folder, 'junction');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTSUP')) throw error;
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    await writeFile(join(folder, 'index.js'), `export ${exported} from '${pathToFileURL(entry)}';`);
  }
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sqlvdi-readme-'));
  await mkdir(join(home, 'node_modules', '.bin'), { recursive: true });
  await writeFile(join(home, 'package.json'), '{ "type": "module" }');
  await install('sqlvdi', root, join(root, 'dist', 'index.js'), '*');
  const mssql = createRequire(import.meta.url).resolve('mssql');
  await install('mssql', dirname(mssql), mssql, '{ default }');
  const command = join(home, 'node_modules', '.bin', 'sqlvdi');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'dist', 'cli', 'main.js')}' "$@"\n`);
  await chmod(command, 0o755);
});

afterAll(() => rm(home, { recursive: true, force: true }));

/** A folder of its own for each example, from which the package is found. */
async function exampleFolder(): Promise<string> {
  const folder = await mkdtemp(join(home, 'example-'));
  for (const { mark, text } of files) await writeFile(join(folder, mark.slice('file='.length)), text);
  return folder;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number | null; output: string }> {
  const bin = join(dirname(cwd), 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, output };
}

const examples = blocks.filter(({ mark }) => mark === 'run');

describe('every example runs', () => {
  test.each(examples.filter(({ language }) => language === 'js'))('$heading', async ({ text }) => {
    const folder = await exampleFolder();
    await writeFile(join(folder, 'example.js'), text);
    const { code, output } = await run(process.execPath, ['example.js'], folder);
    expect(code, output).toBe(0);
  });

  test.skipIf(process.platform === 'win32').each(examples.filter(({ language }) => language === 'sh'))(
    '$heading (by bash, which Windows lacks)',
    async ({ text }) => {
      const { code, output } = await run('bash', ['-euo', 'pipefail', '-c', text], await exampleFolder());
      expect(code, output).toBe(0);
    },
    120_000,
  );

  test.skipIf(process.platform === 'win32')(
    "and keeps the strictest types, with the package as a consumer sees it (TypeScript's compiler is Linux' own)",
    async () => {
      const folder = await exampleFolder();
      for (const [index, { text }] of examples.filter(({ language }) => language === 'js').entries()) {
        await writeFile(join(folder, `example-${index}.js`), text);
      }
      await symlink(join(root, 'node_modules', '@types'), join(home, 'node_modules', '@types'));
      // The types of a browser's streams, which a consumer has where it names no `lib`, are narrower than Node's.
      const web =
        "import { backup } from 'sqlvdi';\nawait backup({ database: 'x', to: new CompressionStream('gzip').writable, embedded: 'x' });";
      await writeFile(join(folder, 'web.js'), web);
      const compilerOptions = {
        ...{ strict: true, exactOptionalPropertyTypes: true, allowJs: true, checkJs: true, noEmit: true },
        ...{ module: 'NodeNext', target: 'ES2022', types: ['node'] },
      };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.js'] }));
      const { code, output } = await run(process.execPath, [compiler, '-p', folder], folder);
      expect(code, output).toBe(0);
    },
  );

  test('and none is left unmarked', () => {
    const unmarked = blocks.filter(({ language, mark }) => ['js', 'ts'].includes(language) && mark === '');
    expect(unmarked).toEqual([]);
    expect(examples.length).toBeGreaterThanOrEqual(5);
  });
});

test('the tables of codes agree with the status table', () => {
  const lines = readme.split('\n');
  for (const { name, className } of statuses) {
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^\\| \`${name}\` .*\\| \`${className}\` \\|`)));
  }
  const codes = lines.filter((line) => /^\| `ERROR_\w+` \| \d+ \|/.test(line));
  expect(codes).toEqual(
    Object.entries(completionCodes).map(([name, { value, meaning }]) => `| \`${name}\` | ${value} | ${meaning} |`),
  );
});

test('every link inside the page leads somewhere', () => {
  const anchors = new Set(
    [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
  for (const [, target = ''] of readme.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(target);
});
