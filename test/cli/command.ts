// Runs the built command as a child process, as its users do.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { freshFolder } from '../support/folder.ts';
import { provider } from '../support/raw.ts';

export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** By the provider under test, where the stand-in is used and none is named. */
function withProvider([command = '', ...args]: readonly string[]): string[] {
  const usesStandIn = command === 'demo' || args.includes('--embedded');
  if (provider === 'embedded' || !usesStandIn || args.includes('--provider')) return [command, ...args];
  return [command, '--provider', provider, ...args];
}

export function start(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const child = spawn(process.execPath, [main, ...(args.length === 0 ? [] : withProvider(args))], options);
  // A test that failed half-way must not leave a process behind.
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What the child says from now on until it has ended and its pipes are closed. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve(exitCode));
  });
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
}

export async function sqlvdi(
  args: readonly string[],
  options: SpawnOptions & { readonly input?: Uint8Array } = {},
): Promise<Outcome> {
  const { input, ...rest } = options;
  const child = start(args, rest);
  child.stdin?.on('error', () => {}); // it may end before it has read everything
  child.stdin?.end(input);
  return await outcome(child);
}

/** A run that must succeed; where it does not, the test shows what it said. */
export async function succeed(...parameters: Parameters<typeof sqlvdi>): Promise<Outcome> {
  const result = await sqlvdi(...parameters);
  expect(result.code, result.stderr).toBe(0);
  return result;
}

/** A stand-in server's folder with one generated database. */
export async function serverWith(database: string, size: string): Promise<{ folder: string; server: string }> {
  const folder = await freshFolder();
  const server = join(folder, 'server');
  await succeed(['embedded', 'create', server, '--size', size, '--seed', '1', '--', database]);
  return { folder, server };
}

export async function checksumOf(server: string, database: string): Promise<string> {
  const { stdout } = await succeed(['embedded', 'checksum', server, '--', database]);
  return stdout.toString().trim();
}
