// Checks that are the same everywhere: platform, Node, the addon, and finally a set itself.
import { AddonLoadError, type AddonSource } from '../vdi/addon.ts';
import { VdiError } from '../vdi/errors.ts';
import { ProviderError } from '../vdi/provider.ts';
import { type Finding, ok, problem } from './finding.ts';
import type { Machine, Wanted } from './machine.ts';

export function checkPlatform({ platform, arch }: Machine): Finding {
  const found = `${platform} ${arch}`;
  const known = platform === 'win32' || platform === 'linux';
  if (!known) return problem('platform', 'error', found, 'use Windows or Linux: SQL Server runs nowhere else');
  if (arch === 'x64') return ok('platform', found);
  return problem('platform', 'error', found, 'use a 64-bit x86 Node.js (x64): SQL Server is built for nothing else');
}

export function checkNode({ nodeVersion, neededNode }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = neededNode.split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return ok('node', nodeVersion);
  return problem('node', 'error', nodeVersion, `install Node.js ${neededNode} or newer from https://nodejs.org`);
}

const origins: Readonly<Record<AddonSource['from'], string>> = {
  SQLVDI_ADDON: 'named by SQLVDI_ADDON',
  build: 'compiled on this machine',
  prebuild: 'came with the package',
};

export function checkAddon(machine: Machine): Finding {
  try {
    const { path, from } = machine.addon();
    return ok('addon', `${path} (${origins[from]})`);
  } catch (error) {
    if (!(error instanceof AddonLoadError)) throw error;
    return problem(
      'addon',
      'error',
      error.attempts.map(({ path, reason }) => `${path}: ${reason}`).join('; '),
      error.advice,
    );
  }
}

export async function checkSet(machine: Machine, { provider, instance }: Wanted): Promise<Finding> {
  const where = instance === null ? '' : ` on the instance ${instance}`;
  try {
    const used = await machine.trySet(provider, instance);
    const stand = used === 'embedded' ? ', the stand-in, which is no SQL Server' : '';
    return ok('virtual device set', `created and closed${where} by the provider ${used}${stand}`);
  } catch (error) {
    if (error instanceof ProviderError) {
      const fix = `fix what the findings above say of it, or ask for another one with --provider`;
      return problem('virtual device set', 'error', error.message, fix);
    }
    if (error instanceof VdiError) {
      return problem('virtual device set', 'error', `${error.operation}${where} failed: ${error.code}`, error.advice);
    }
    throw error;
  }
}
