// Where this package stands, from its sources as from its bundles.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** The folder of this package's package.json. */
export function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('sqlvdi/package.json'));
}
