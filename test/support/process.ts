// Child processes of the tests, and what the operating system says is left behind.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { onTestFinished } from 'vitest';
import { loadBinding } from '../../lib/vdi/load.ts';

export const isLinux = process.platform === 'linux';

/** Starts a script of test/robustness/children; it is ended with the test at the latest. */
export function startChild(script: string, args: readonly string[]): ChildProcess {
  const child = fork(fileURLToPath(new URL(`../robustness/children/${script}`, import.meta.url)), [...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a child printed and how it ended. */
export async function ending(child: ChildProcess): Promise<Ending> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Rejects where the child ends without one. */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const onExit = (...how: unknown[]) => ended.abort(new Error(`the child has ended: ${how.join(', ')}`));
  child.once('exit', onExit);
  try {
    const [message] = await once(child, 'message', { signal: ended.signal });
    return message;
  } catch (error) {
    throw ended.signal.reason ?? error;
  } finally {
    child.off('exit', onExit);
  }
}

/** What is not garbage is what counts. What natives own goes in a later turn of the event loop. */
export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await setImmediate();
  }
}

/** How much this process holds. Threads and mappings: all of them on Linux, elsewhere those that the addon itself counts. */
export async function holdings(): Promise<{ handles: number; threads: number; mappings: number; rss: number }> {
  await collectGarbage();
  const handles = loadBinding().openHandles();
  const { threads, mappings } = loadBinding().census();
  const rss = process.memoryUsage.rss();
  if (!isLinux) return { handles, threads, mappings, rss };
  const status = readFileSync('/proc/self/status', 'utf8');
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return {
    handles,
    threads: Number(/Threads:\s+(\d+)/.exec(status)?.[1]),
    mappings: maps.filter((line) => line.includes('memfd:')).length,
    rss,
  };
}
