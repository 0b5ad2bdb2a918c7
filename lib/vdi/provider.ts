// Which implementation of the interface is used. The stand-in is never chosen by itself.
import { loadBinding } from './load.ts';
import type { ProviderName } from './native.ts';

/** The provider asked for cannot be used on this machine. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  /** Always 'SQLVDI_PROVIDER_UNAVAILABLE'. */
  readonly code = 'SQLVDI_PROVIDER_UNAVAILABLE';
  /** The provider that was asked for or that 'auto' stands for here. */
  readonly provider: ProviderName;

  constructor(provider: ProviderName, message: string) {
    super(message);
    this.provider = provider;
  }
}

/** Each provider: null where it can be used on this machine, else why not. Throws an AddonLoadError where the native addon is missing. */
export function providers(): Readonly<Record<ProviderName, string | null>> {
  return loadBinding().providers();
}

/**
 * 'auto' is com on Windows and libsqlvdi elsewhere, and never the embedded stand-in: nobody may mistake its backup for a real one.
 * Throws a {@link ProviderError} where the provider cannot be used.
 */
export function resolveProvider(choice: ProviderName | 'auto'): ProviderName {
  const name = choice === 'auto' ? (process.platform === 'win32' ? 'com' : 'libsqlvdi') : choice;
  const reasons = providers();
  if (!Object.hasOwn(reasons, name)) {
    throw new TypeError(`'${String(choice)}' is no provider; there are auto, ${Object.keys(reasons).join(', ')}`);
  }
  const reason = reasons[name];
  if (reason !== null) {
    const instead =
      name === 'embedded' ? '' : " To try things out without a SQL Server, ask for the stand-in: 'embedded'.";
    throw new ProviderError(
      name,
      `The provider '${name}' cannot be used on this machine: ${reason.replace(/\.$/, '')}.${instead}`,
    );
  }
  return name;
}
