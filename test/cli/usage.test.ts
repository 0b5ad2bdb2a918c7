// The command line itself: what is refused before anything is done, and what help says.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { main, sqlvdi } from './command.ts';

describe('refused with exit code 2', () => {
  test.each<[string, string[], RegExp]>([
    ['no command', [], /Usage: sqlvdi/],
    ['an unknown command', ['explode'], /unknown command 'explode'/],
    ['an unknown option', ['backup', 'x', '--to', 'y', '--fast'], /unknown option '--fast'/],
    ['no destination', ['backup', 'x'], /--to <file>.*not specified/],
    ['no origin', ['restore', 'x'], /--from <file>.*not specified/],
    ['no database', ['backup', '--to', 'x'], /missing required argument 'database'/],
    [
      'a misspelt option',
      ['verify', '--from', 'x', '--embeded', 'y'],
      /unknown option '--embeded' \(Did you mean --embedded\?\)/,
    ],
    [
      'a size that SQL Server does not take',
      ['backup', 'x', '--to', 'y', '--block-size', '1000', '--embedded', '.'],
      /power of two from 512/,
    ],
    [
      'a contradiction',
      ['backup', 'x', '--to', 'y', '--type', 'differential', '--copy-only', '--embedded', '.'],
      /contradict each other/,
    ],
    ['two databases', ['backup', 'x', 'y', '--to', 'z'], /too many arguments/],
    ['an empty destination', ['backup', 'x', '--to', ''], /--to <file>.*empty/],
    [
      'an unknown provider',
      ['backup', 'x', '--to', 'y', '--provider', 'tape'],
      /Allowed choices are auto, com, libsqlvdi, embedded/,
    ],
    ['an unknown type', ['backup', 'x', '--to', 'y', '--type', 'half'], /Allowed choices are full, differential, log/],
    ['a bad size', ['backup', 'x', '--to', 'y', '--block-size', 'big'], /--block-size.*65536, 64k/],
    ['a bad number', ['backup', 'x', '--to', 'y', '--stats', '0'], /--stats.*from 1 to 100/],
    ['a bad limit', ['verify', '--from', 'y', '--limit', 'all=1s'], /--limit.*the parts are connect, attach/],
    ['a bad move', ['restore', 'x', '--from', 'y', '--move', 'z'], /--move.*<logical name>=<physical file>/],
    ['no server', ['backup', 'x', '--to', 'y'], /no server.*--embedded <folder>/],
    [
      'the embedded provider without a server',
      ['backup', 'x', '--to', 'y', '--provider', 'embedded'],
      /--embedded <folder>/,
    ],
    [
      'a provider that does not lead to the stand-in',
      ['backup', 'x', '--to', 'y', '--provider', 'libsqlvdi', '--embedded', 'z'],
      /not reached through libsqlvdi/,
    ],
    ['stdout twice', ['backup', 'x', '--to', '-', '--to', '-', '--embedded', '.'], /--to - can be given once only/],
    ['stdin twice', ['verify', '--from', '-', '--from', '-', '--embedded', 'z'], /--from - can be given once only/],
  ])('%s', async (_name, args, message) => {
    const cwd = await freshFolder();
    const { code, stdout, stderr } = await sqlvdi(args, { cwd });
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(cwd)).toEqual([]);
  });

  test('as a document with --json', async () => {
    const { code, stdout, stderr } = await sqlvdi(['backup', 'x', '--json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: false, error: { name: 'UsageError' } });
  });

  const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
  test.skipIf(!hasScript)("a terminal as stdout (by util-linux's script)", async () => {
    const folder = await freshFolder();
    const command = `'${process.execPath}' '${main}' backup x --to - --embedded '${folder}'`;
    const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stdout).toContain('stdout is a terminal');
  });
});

describe('help', () => {
  test('--help and help name every command and the exit codes', async () => {
    for (const args of [['--help'], ['help']]) {
      const { code, stdout } = await sqlvdi(args);
      expect(code).toBe(0);
      for (const word of ['backup', 'restore', 'verify', 'embedded', 'demo', 'Exit codes'])
        expect(stdout.toString()).toContain(word);
    }
  });

  test.each(['backup', 'restore', 'verify', 'headers', 'files', 'label', 'run'])('of %s has --limit', async (name) => {
    const { stdout } = await sqlvdi(['help', name]);
    expect(stdout.toString().replace(/\s+/g, ' ')).toContain('connect, attach, configure, idle, hold, verdict');
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const { code, stdout } = await sqlvdi(['--version']);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: `${version}\n` });
  });
});
