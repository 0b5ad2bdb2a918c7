// One suite for every platform: TypeScript straight from lib/, the addon and dist/ as they were built.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['scripts/require-build.mjs'],
    // Processes, not threads: tests kill, abort and count what a process holds.
    pool: 'forks',
    // They wait more than they compute.
    maxWorkers: availableParallelism(),
    // Ends what hangs; a loaded machine, and Wine, must not come near it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
