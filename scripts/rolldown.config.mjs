// Bundles the compiled programs into dist/: to open 160 small files takes the command longer than all else it does to start, above
// all on Windows.
// @ts-check
import { defineConfig } from 'rolldown';

export default defineConfig({
  input: {
    index: 'build/lib/index.js',
    'cli/main': 'build/lib/cli/main.js',
    'embedded/process/main': 'build/lib/embedded/process/main.js',
  },
  platform: 'node',
  // Dependencies, and the drivers, stay the user's.
  external: /^[^./]/,
  output: { dir: 'dist', chunkFileNames: 'shared/[name].js' },
});
