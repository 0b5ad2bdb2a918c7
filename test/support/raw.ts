// Both sides of one set, driven call by call on the real binding: what the protocol tests are written with.
import { randomUUID } from 'node:crypto';
import { features } from '../../lib/vdi/features.ts';
import { loadBinding } from '../../lib/vdi/load.ts';
import type {
  NativeClientSet,
  NativeCommand,
  NativeConfig,
  NativeDevice,
  NativeServerDevice,
  NativeServerSet,
  ProviderName,
} from '../../lib/vdi/native.ts';

/** The provider under test; each run of the suite chooses one. */
export const provider: ProviderName = process.env['SQLVDI_TEST_PROVIDER'] === 'com' ? 'com' : 'embedded';

export const infinite = 0xffffffff;

export const pipe = (deviceCount: number, extra: Partial<NativeConfig> = {}): NativeConfig => ({
  deviceCount,
  features: 0,
  prefixZoneSize: 0,
  alignment: 0,
  softFileMarkBlockSize: 0,
  eomWarningSize: 0,
  serverTimeOut: 0,
  blockSize: 0,
  maxIoDepth: 0,
  maxTransferSize: 0,
  bufferAreaSize: 0,
  ...extra,
});

/** A client and a server object that share a set name, with what each opened. */
export class Pair {
  readonly binding = loadBinding();
  readonly name = `set ${randomUUID()}`;
  readonly client: NativeClientSet = new this.binding.ClientSet(provider);
  readonly server: NativeServerSet = new this.binding.ServerSet();
  readonly clientDevices: NativeDevice[] = [];
  readonly serverDevices: NativeServerDevice[] = [];
  readonly held: NativeCommand[] = [];
  agent: Promise<void> | undefined;

  deviceName(index: number): string {
    return index === 0 ? this.name : `${this.name}-${index + 1}`;
  }

  async create(deviceCount = 1, config: Partial<NativeConfig> = {}): Promise<this> {
    await this.client.createEx(null, this.name, pipe(deviceCount, config));
    this.#deviceCount = deviceCount;
    return this;
  }
  #deviceCount = 1;

  async serverConfigure(): Promise<this> {
    await this.server.open(null, this.name);
    await this.server.beginConfiguration(features.writeMedia, 512, 0, 65536, 60_000);
    await this.server.requestBuffers(65536, 512, 4 * this.#deviceCount);
    await this.server.endConfiguration();
    return this;
  }

  async configure(): Promise<this> {
    await this.serverConfigure();
    await this.client.getConfiguration(infinite);
    return this;
  }

  async openServerDevices(): Promise<this> {
    for (let i = 0; i < this.#deviceCount; i++) {
      this.serverDevices.push(await this.server.openDevice(this.deviceName(i)));
    }
    this.agent = this.server.executeCompletionAgent();
    // Whoever cares awaits it; an abort must not be an unhandled rejection meanwhile.
    this.agent.catch(() => undefined);
    return this;
  }

  async openClientDevices(): Promise<this> {
    for (let i = 0; i < this.#deviceCount; i++) {
      this.clientDevices.push(await this.client.openDevice(this.deviceName(i)));
    }
    return this;
  }

  async active(deviceCount = 1, config: Partial<NativeConfig> = {}): Promise<this> {
    await this.create(deviceCount, config);
    await this.configure();
    await this.openServerDevices();
    return this.openClientDevices();
  }

  /** The server sends a Flush, whose fate is nobody's concern. */
  send(): void {
    at(this.serverDevices, 0)
      .sendCommand(12, 0, 0n, null)
      .catch(() => undefined);
  }

  /** The first device's client gets a command and keeps it. */
  async hold(): Promise<NativeCommand> {
    this.send();
    const commands = await at(this.clientDevices, 0).getCommands(infinite, 1);
    const command = at(commands ?? [], 0);
    this.held.push(command);
    return command;
  }

  /** The server closes its devices and the client sees it on each. */
  async terminate(): Promise<this> {
    for (const device of this.serverDevices) await device.closeDevice();
    for (const device of this.clientDevices) {
      if ((await device.getCommands(infinite, 1)) !== null)
        throw new Error('a command came after the device was closed');
    }
    return this;
  }

  /** Ends whatever is open on either side, so that a test leaves nothing behind. */
  async dispose(): Promise<void> {
    await this.client.close(0).catch(() => undefined);
    await this.server.close().catch(() => undefined);
    await this.agent?.catch(() => undefined);
  }
}

export const at = <T>(items: readonly T[], index: number): T => {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
};

/** 'ok', or the name of the error a call was answered with. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
    throw error;
  }
}

/** Rejects with VD_E_BUSY where anything of a set of that name still exists on this machine. */
export async function expectGone(name: string): Promise<void> {
  const set = new (loadBinding().ClientSet)(provider);
  await set.createEx(null, name, pipe(1));
  await set.close(0);
}
