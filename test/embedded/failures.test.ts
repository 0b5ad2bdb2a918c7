// Which of SQL Server's messages the engine's failures, the media's headers and bad parameters become.
import { describe, expect, it } from 'vitest';
import { engineOptions, virtualDevices } from '../../lib/embedded/devices.ts';
import { describeFailure } from '../../lib/embedded/failures.ts';
import { FaultQueue, readFault } from '../../lib/embedded/faults.ts';
import { identifyMedia } from '../../lib/embedded/media.ts';
import { formatMessage, StatementFailure } from '../../lib/embedded/messages.ts';
import type { EngineFailure, StripeHeader } from '../../lib/vdi/native.ts';

const failure: EngineFailure = { stage: 'write', device: 1, hresult: 0, osError: 0, media: 'none', detail: '' };

describe('describeFailure', () => {
  it.each<[string, Partial<EngineFailure>, string[]]>([
    [
      'no such set',
      { stage: 'open', device: -1, hresult: 0x80070002 },
      [
        "3201/7 Cannot open backup device 'a'. Operating system error 0x80070002(The system cannot find the file specified.).",
        '18210',
      ],
    ],
    [
      'a device that does not open, with a signed HRESULT',
      { stage: 'openDevice', hresult: 0x80770004 | 0 },
      [
        "3201/6 Cannot open backup device 'b'. Operating system error 0x80770004(failed to retrieve text for this error. Reason: 15105).",
      ],
    ],
    [
      'an error of the operating system before the transfer',
      { stage: 'openDevice', osError: 5 },
      ["3201/6 Cannot open backup device 'b'. Operating system error 0x80070005(Access is denied.)."],
    ],
    ['a configuration that is not supported', { stage: 'configure', hresult: 0x80770009 }, ['3261']],
    ['no memory for buffers', { stage: 'configure', hresult: 0x8077000a }, ['3201', '18210']],
    [
      'a full disk',
      { osError: 112 },
      ['3202/1 Write on "b" failed: 112(There is not enough space on the disk.)', '18210'],
    ],
    ['an aborting client', { osError: 995 }, ['3271', '18210']],
    ['an abort', { hresult: 0x80770004 }, ['3271', '18210']],
    ['a fault while reading', { stage: 'read', osError: 30 }, ['3203', '18210']],
    ['a flush that fails', { stage: 'flush', osError: 112 }, ['3271', '18210']],
    [
      'a truncated stripe',
      { stage: 'media', media: 'truncated' },
      ['3203/1 Read on "b" failed: 38(Reached the end of the file.)'],
    ],
    ['damage', { stage: 'media', media: 'damaged' }, ['3189']],
    ['a foreign stripe', { stage: 'media', media: 'foreign' }, ['3258']],
    ['an empty stripe', { stage: 'media', media: 'empty' }, ['3254']],
    ['no backup', { stage: 'media', media: 'unrecognized' }, ['3241']],
    ['swapped stripes', { stage: 'media', media: 'swapped' }, ['3133']],
    ['a missing stripe', { stage: 'media', media: 'missing' }, ['3132']],
    ['a cancelled job', { stage: 'cancelled' }, ['3204']],
  ])('%s', (_, part, expected) => {
    const sent = describeFailure({ ...failure, ...part }, ['a', 'b']).map(({ number, state, args }) => {
      return `${number}/${state} ${formatMessage(number, args)}`;
    });
    expect(sent).toHaveLength(expected.length);
    for (const [index, text] of expected.entries()) expect(sent[index]?.slice(0, text.length)).toBe(text);
  });
});

describe('identifyMedia', () => {
  const own: StripeHeader = { format: 'own', header: '{}', mediaSetId: 'm', stripe: 0, stripeCount: 2 };
  const second: StripeHeader = { ...own, stripe: 1 };
  const tape: StripeHeader = { format: 'tape', header: null, mediaSetId: null, stripe: 0, stripeCount: 0 };
  it.each<[string, StripeHeader[], number]>([
    ['an empty stripe', [own, { ...tape, format: 'empty' }], 3254],
    ['no backup', [{ ...tape, format: 'unknown' }], 3241],
    ['stripes of two sets', [own, { ...second, mediaSetId: 'n' }], 3258],
    ['a stripe of our own and a real one', [own, tape], 3258],
    ['one twice', [own, own], 3227],
    ['too few', [own], 3132],
    [
      'too many',
      [
        { ...own, stripeCount: 1 },
        { ...second, stripeCount: 1 },
      ],
      3231,
    ],
    ['swapped ones', [second, own], 3133],
    ['a header of another version', [own, second], 3241],
  ])('%s', (_, stripes, number) => {
    expect(numberOf(() => identifyMedia(stripes, ['a', 'b']))).toBe(number);
  });

  it('takes streams of a real server', () => {
    expect(identifyMedia([tape, tape], ['a', 'b'])).toEqual({ kind: 'kept', format: 'tape' });
  });
});

describe('devices and parameters', () => {
  const none = { blockSize: null, bufferCount: null, maxTransferSize: null, stats: null };

  it.each<[string, Parameters<typeof virtualDevices>[0], number]>([
    ['DISK', [{ media: 'DISK', name: 'x' }], 3201],
    ['URL', [{ media: 'URL', name: 'x' }], 3201],
    ['a logical device', [{ media: 'LOGICAL', name: 'x' }], 3206],
    ['no name', [{ media: 'VIRTUAL_DEVICE', name: '' }], 3044],
    ['a long name', [{ media: 'VIRTUAL_DEVICE', name: 'x'.repeat(260) }], 3057],
    ['65 devices', Array.from({ length: 65 }, (_, i) => ({ media: 'VIRTUAL_DEVICE' as const, name: `d${i}` })), 3205],
  ])('%s', (_, clauses, number) => {
    expect(numberOf(() => virtualDevices(clauses))).toBe(number);
  });

  it.each<[string, Partial<typeof none> | Record<string, number>, number]>([
    ['BLOCKSIZE 256', { blockSize: 256 }, 3250],
    ['BLOCKSIZE 128 KiB', { blockSize: 131072 }, 3250],
    ['BLOCKSIZE 1000', { blockSize: 1000 }, 3253],
    ['MAXTRANSFERSIZE 100000', { maxTransferSize: 100000 }, 3250],
    ['MAXTRANSFERSIZE 8 MiB', { maxTransferSize: 8388608 }, 3250],
    ['MAXTRANSFERSIZE 0', { maxTransferSize: 0 }, 3250],
    ['BUFFERCOUNT 1 for two', { bufferCount: 1 }, 3273],
    ['BUFFERCOUNT 65537', { bufferCount: 65537 }, 3250],
    ['STATS 0', { stats: 0 }, 3250],
    ['STATS 101', { stats: 101 }, 3250],
  ])('%s', (_, options, number) => {
    expect(numberOf(() => engineOptions(['a', 'b'], { ...none, ...options }, null, []))).toBe(number);
  });

  it('have defaults', () => {
    expect(engineOptions(['a', 'b'], none, null, [])).toMatchObject({
      blockSize: 512,
      maxTransferSize: 65536,
      bufferCount: 8,
    });
  });
});

describe('faults', () => {
  it('go to the statement they are for', () => {
    const queue = new FaultQueue();
    queue.add({ when: 'restore', action: 'neverAttach' });
    queue.add({ action: 'error', at: { byte: 5 }, value: 112 });
    queue.add({ when: 'backup', action: 'slow', device: 1, at: { state: 'active' }, value: 3 });
    expect(queue.take('backup')).toEqual({
      neverAttach: false,
      engine: [
        { action: 'error', device: 0, at: { byte: 5 }, value: 112 },
        { action: 'slow', device: 1, at: { state: 'active' }, value: 3 },
      ],
    });
    expect(queue.take('backup')).toEqual({ neverAttach: false, engine: [] });
    expect(queue.take('restore').neverAttach).toBe(true);
  });

  it.each([
    null,
    {},
    { action: 'explode', at: { byte: 1 } },
    { action: 'abort' },
    { action: 'abort', at: {} },
    { action: 'abort', at: { byte: -1 } },
    { action: 'abort', at: { state: 'nowhere' } },
    { action: 'abort', at: { byte: 1 }, device: 0.5 },
    { action: 'neverAttach', when: 'sometimes' },
    { action: 'neverAttach', device: 1 },
    { action: 'abort', at: { byte: 1 }, device: 64 },
    { action: 'abort', at: { byte: 1 }, dvice: 1 },
    { action: 'abort', at: { byte: 1, command: 2 } },
    { action: 'abort', at: { byte: 1, devise: 2 } },
    { action: 'slow', at: { byte: 1 } },
  ])('are refused: %j', (fault) => {
    expect(() => readFault(fault)).toThrow(TypeError);
  });
});

function numberOf(work: () => unknown): number {
  try {
    work();
    return 0;
  } catch (error) {
    if (error instanceof StatementFailure) return error.drafts[0]?.number ?? -1;
    throw error;
  }
}
