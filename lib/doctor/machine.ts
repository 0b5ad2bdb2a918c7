// What the checks ask of a machine: the real one, or one that a test makes up.
import type { AddonSource } from '../vdi/addon.ts';
import type { BinaryTarget } from '../vdi/binary.ts';
import type { NativeMachine, ProviderName } from '../vdi/native.ts';

/** Every method throws where the machine refuses an answer. */
export interface Machine extends NativeMachine {
  /** In Node's words. */
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  /** The lowest version of Node that the package runs on, such as '20.19'. */
  readonly neededNode: string;
  /** LD_LIBRARY_PATH; empty where it is not set. */
  readonly libraryPath: string;
  /** Loads the addon. Throws an AddonLoadError. */
  addon(): AddonSource;
  /** 'missing' where there is no such file; null where it is no library. */
  library(path: string): BinaryTarget | 'missing' | null;
  user(): { readonly name: string; readonly groups: readonly number[] };
  /** The number of a group of users; null where there is no such group. */
  groupId(name: string): number | null;
  umask(): number;
  /** Makes a virtual device set and closes it; resolves to the provider that 'auto' stands for. */
  trySet(provider: 'auto' | ProviderName, instance: string | null): Promise<ProviderName>;
}

/** What was asked for, with its defaults. */
export interface Wanted {
  readonly provider: 'auto' | ProviderName;
  readonly instance: string | null;
}

/** How bad it is that something of a provider is missing: an error only where that provider is the one that is wanted. */
export function severity({ provider }: Wanted, own: ProviderName): 'warning' | 'error' {
  return provider === 'auto' || provider === own ? 'error' : 'warning';
}
