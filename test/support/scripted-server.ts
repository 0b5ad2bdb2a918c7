// A server and a binding in memory, for what no well-behaved server does: hang at any point, never close, die without a word.
// What the real ones do is tested on the real ones.
import { readFile, writeFile } from 'node:fs/promises';
import { SqlServerError } from '../../lib/sql/error.ts';
import type { ExecuteOptions, ExecuteResult, SqlMessage } from '../../lib/sql/executor.ts';
import { createVdiError } from '../../lib/vdi/create-error.ts';
import type { NativeConfig, NativeDevice, NativeTransferOptions, NativeTransferResult } from '../../lib/vdi/native.ts';
import { complete, flush, ScriptedDevice, type Step, write } from './scripted-device.ts';

const abortCode = 0x80770004;
const timeoutCode = 0x80770003;

/** Where the server stops for ever. */
export type HangAt = 'attach' | 'transfer' | 'close' | 'verdict';

export interface ServerScript {
  readonly steps?: readonly Step[];
  readonly hangAt?: HangAt | undefined;
  /** The set's close never returns. */
  readonly closeHangs?: boolean | undefined;
  /** The statement fails with this error number, before attaching. */
  readonly refuse?: number;
  /** The statement fails with this after everything else has succeeded. */
  readonly verdict?: Error;
  /** The statement ignores its signal. */
  readonly deaf?: boolean;
}

export const message = (number: number, severity: number, text: string): SqlMessage => ({
  number,
  state: 1,
  severity,
  message: text,
  line: 1,
  procedure: '',
  server: 'scripted',
});

class TransferringDevice extends ScriptedDevice implements NativeDevice {
  override async transferTo(options: NativeTransferOptions): Promise<NativeTransferResult> {
    const written: Buffer[] = [];
    await this.#run((buffer) => void written.push(Buffer.from(buffer)));
    if (options.kind === 'file') await writeFile(options.path, Buffer.concat(written), { flag: 'wx' });
    return { bytes: this.counters().bytes, sha256: null, durable: true };
  }

  override async transferFrom(options: NativeTransferOptions): Promise<NativeTransferResult> {
    let rest = await readFile(options.path);
    await this.#run((buffer) => {
      rest = rest.subarray(rest.copy(buffer));
    });
    return { bytes: this.counters().bytes, sha256: null, durable: true };
  }

  async #run(move: (buffer: Buffer) => void): Promise<void> {
    for (;;) {
      const commands = await this.getCommands(0xffffffff, 8);
      if (commands === null) return;
      for (const command of commands) {
        if (command.buffer !== null) move(command.buffer);
        await this.completeCommand(command.id, 0, command.size);
      }
    }
  }
}

/** One set, its devices and its statement. */
export class ScriptedServer {
  readonly script: ServerScript;
  readonly log: string[] = [];
  devices: TransferringDevice[] = [];
  #names: string[] = [];
  #attached: (() => void) | undefined;
  readonly #attaching = new Promise<void>((resolve) => {
    this.#attached = resolve;
  });
  #aborted = false;
  #cancelWait: ((error: Error) => void) | undefined;

  constructor(script: ServerScript = {}) {
    this.script = script;
  }

  /** What loadBinding() gives. */
  get binding() {
    return { ClientSet: clientSetOf(this), providers: () => ({ com: null, libsqlvdi: null, embedded: null }) };
  }

  readonly execute = async (statement: string, options: ExecuteOptions = {}): Promise<ExecuteResult> => {
    this.log.push('execute');
    this.#names = [...statement.matchAll(/VIRTUAL_DEVICE = N'([^']*)'/g)].map((match) => match[1] ?? '');
    if (this.script.refuse !== undefined) throw new SqlServerError([message(this.script.refuse, 16, 'refused')]);
    const cancelled = new Promise<never>((_, reject) => {
      if (!this.script.deaf) options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
    });
    return Promise.race([cancelled, this.#run(options)]);
  };

  async #run(options: ExecuteOptions): Promise<ExecuteResult> {
    if (this.script.hangAt === 'attach') await forever();
    const steps = this.script.steps ?? [write(Buffer.alloc(1024, 1)), write(Buffer.alloc(512, 2)), flush, complete];
    const hangs = this.script.hangAt === 'transfer' || this.script.hangAt === 'close';
    this.devices = this.#names.map(
      () => new TransferringDevice(steps, this.script.hangAt === 'transfer' ? 0 : 4, hangs),
    );
    this.#attached?.();
    const progress = message(3211, 0, '50 percent processed.');
    options.onMessage?.(progress);
    await Promise.all(this.devices.map((device) => device.ended));
    if (this.script.hangAt === 'verdict') await forever();
    const failed = this.devices.flatMap((device) => device.answers).some((answer) => answer.completion !== 0);
    if (failed || this.#aborted)
      throw new SqlServerError([message(3202, 16, 'write failed'), message(3013, 16, 'terminating')]);
    if (this.script.verdict !== undefined) throw this.script.verdict;
    const done = message(3014, 0, 'processed');
    options.onMessage?.(done);
    return { rows: [], messages: [progress, done] };
  }

  async getConfiguration(): Promise<NativeConfig> {
    await Promise.race([
      this.#attaching,
      new Promise<never>((_, reject) => {
        this.#cancelWait = reject;
      }),
    ]);
    return { ...emptyConfig, deviceCount: this.devices.length };
  }

  openDevice(name: string): NativeDevice {
    const device = this.devices[this.#names.indexOf(name)];
    if (device === undefined) throw vdi(0x80770006);
    return device;
  }

  cancelWait(hresult: number): void {
    this.#cancelWait?.(vdi(hresult));
  }

  abort(): void {
    this.#aborted = true;
    this.cancelWait(abortCode);
    for (const device of this.devices) device.abort();
  }
}

/** The native set's class, over this server. */
function clientSetOf(server: ScriptedServer) {
  return class {
    createEx = async () => void server.log.push('createEx');
    getConfiguration = () => server.getConfiguration();
    cancelWait = () => server.cancelWait(timeoutCode);
    openDevice = async (name: string) => server.openDevice(name);
    signalAbort = async () => server.abort();
    close = async () => {
      server.log.push('close');
      server.abort();
      if (server.script.closeHangs) await forever();
    };
  };
}

const emptyConfig: NativeConfig = {
  deviceCount: 1,
  features: 0x10000,
  prefixZoneSize: 0,
  alignment: 512,
  softFileMarkBlockSize: 0,
  eomWarningSize: 0,
  serverTimeOut: 0,
  blockSize: 512,
  maxIoDepth: 4,
  maxTransferSize: 65536,
  bufferAreaSize: 262144,
};

function vdi(hresult: number): Error {
  return createVdiError(hresult, { operation: 'scripted', setName: 'set' });
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
