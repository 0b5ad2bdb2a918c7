// Puts a backup's files in their places together: all of them, or none as far as the file system allows.
import { dirname } from 'node:path';
import { syncFolder } from '../common/folder.ts';
import type { FileTarget } from './target.ts';

/**
 * Publishes the finished files and makes their folders durable. Where one fails, the rejection is that failure; the caller
 * then reverts every target, which also puts back what stood there before.
 */
export async function publishAll(targets: readonly FileTarget[]): Promise<void> {
  for (const target of targets) await target.publish();
  for (const folder of new Set(targets.map((target) => dirname(target.path)))) await syncFolder(folder);
  // The backup stands whatever happens to the remains.
  await Promise.allSettled(targets.map((target) => target.settle()));
}
