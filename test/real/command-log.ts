// Writes down every command that a server sends and how it was answered: build/real/<test>.tsv, one line for each.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';
import { VirtualDeviceCommand } from '../../lib/vdi/command.ts';
import { VirtualDevice } from '../../lib/vdi/device.ts';

const folder = fileURLToPath(new URL('../../build/real/', import.meta.url));
const columns = ['delivered ms', 'answered ms', 'device', 'command', 'size', 'position', 'completion', 'bytes'];

/**
 * From now on until the test has ended. What runs natively, between the interface and a file, is one line for each device: its
 * commands never reach JavaScript.
 */
export function logCommands(): void {
  const lines: string[] = [columns.join('\t')];
  const started = performance.now();
  const now = () => Math.round(performance.now() - started);
  const add = (delivered: number, ...values: readonly (string | number | bigint)[]) =>
    void lines.push([delivered, now(), ...values].join('\t'));
  const deliveries = new WeakMap<VirtualDeviceCommand, { readonly device: string; readonly ms: number }>();
  const { getCommand, transferTo, transferFrom } = VirtualDevice.prototype;
  const { complete } = VirtualDeviceCommand.prototype;

  vi.spyOn(VirtualDevice.prototype, 'getCommand').mockImplementation(async function (this: VirtualDevice, options) {
    const command = await getCommand.call(this, options);
    if (command === null) add(now(), this.name, 'closed', 0, 0, '', 0);
    else deliveries.set(command, { device: this.name, ms: now() });
    return command;
  });
  vi.spyOn(VirtualDeviceCommand.prototype, 'complete').mockImplementation(function (
    this: VirtualDeviceCommand,
    completion = {},
  ) {
    const { code = 'ERROR_SUCCESS', bytes = code === 'ERROR_SUCCESS' ? this.size : 0 } = completion;
    const { device, ms } = deliveries.get(this) ?? { device: '', ms: 0 };
    add(ms, device, this.name, this.size, this.position, code, bytes);
    return complete.call(this, completion);
  });
  for (const [name, transfer] of Object.entries({ transferTo, transferFrom })) {
    vi.spyOn(VirtualDevice.prototype, name as 'transferTo').mockImplementation(async function (
      this: VirtualDevice,
      ...parameters: Parameters<typeof transferTo>
    ) {
      const begun = now();
      try {
        return await (transfer as typeof transferTo).apply(this, parameters);
      } finally {
        const { commands, bytes } = this.counters;
        add(begun, this.name, `${name}: ${commands} commands`, 0, 0, '', bytes);
      }
    });
  }

  const [, ...titles] = (expect.getState().currentTestName ?? '').split(' > ');
  const file = `${titles.join('-').replace(/[^\w-]+/g, '-')}.tsv`;
  onTestFinished(async () => {
    vi.restoreAllMocks();
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, file), `${lines.join('\n')}\n`);
  });
}
