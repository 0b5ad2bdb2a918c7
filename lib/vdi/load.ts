// Loads the native addon, once for each JavaScript environment (the main thread and every worker).
import { createRequire } from 'node:module';
import { type AddonSource, findAddon, loadFailure } from './addon.ts';
import { createVdiError } from './create-error.ts';
import { systemError } from './file-error.ts';
import type { NativeBinding } from './native.ts';

let binding: NativeBinding | undefined;

/** The addon. The environment variable SQLVDI_ADDON names a file to take instead of the package's own. */
export function loadBinding(): NativeBinding {
  if (binding === undefined) {
    const loaded = requireAddon(findAddon());
    loaded.setErrorFactories({
      vdi: (hresult, operation, setName, device) => createVdiError(hresult, { operation, setName, device }),
      system: systemError,
    });
    binding = loaded;
  }
  return binding;
}

function requireAddon(source: AddonSource): NativeBinding {
  try {
    const loaded = createRequire(import.meta.url)(source.path);
    // Before it is used: another package's addon, or something that is none, loads too.
    if (typeof loaded?.setErrorFactories !== 'function') throw new Error("it is not sqlvdi's addon");
    return loaded;
  } catch (cause) {
    throw loadFailure(source, cause);
  }
}
