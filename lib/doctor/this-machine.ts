// The machine that this process runs on.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../common/package-folder.ts';
import { userName } from '../common/user-name.ts';
import { findAddon } from '../vdi/addon.ts';
import { binaryTarget } from '../vdi/binary.ts';
import { loadBinding } from '../vdi/load.ts';
import { resolveProvider } from '../vdi/provider.ts';
import { VirtualDeviceSet } from '../vdi/set.ts';
import type { Machine } from './machine.ts';

export const thisMachine: Machine = {
  platform: process.platform,
  arch: process.arch,
  nodeVersion: process.versions.node,
  get neededNode() {
    const manifest = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
    return /"node": ">=([\d.]+)"/.exec(manifest)?.[1] ?? '0';
  },
  get libraryPath() {
    return process.env['LD_LIBRARY_PATH'] ?? '';
  },
  addon() {
    loadBinding();
    return findAddon();
  },
  library: (path) => (existsSync(path) ? binaryTarget(path) : 'missing'),
  registryText: (...query) => loadBinding().machine.registryText(...query),
  registryNames: (...query) => loadBinding().machine.registryNames(...query),
  processToken: () => loadBinding().machine.processToken(),
  fileVersion: (path) => loadBinding().machine.fileVersion(path),
  user: () => ({ name: userName(), groups: process.getgroups?.() ?? [] }),
  groupId: (name) => {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    return line === undefined ? null : Number(line.split(':')[2]);
  },
  umask: () => process.umask(),
  async trySet(provider, instance) {
    const resolved = resolveProvider(provider);
    await using set = new VirtualDeviceSet({ provider: resolved });
    await set.createEx(instance, randomUUID(), { deviceCount: 1, features: [] });
    await set.close();
    return resolved;
  },
};
