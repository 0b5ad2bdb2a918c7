// `npm run demo`: builds what is missing, then runs `sqlvdi demo`.
// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, root } from './bootstrap.mjs';

bootstrap();
const main = join(root, 'dist', 'cli', 'main.js');
process.argv = [process.execPath, main, 'demo', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
