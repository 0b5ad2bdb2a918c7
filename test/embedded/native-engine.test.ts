// The engine's door to JavaScript: what it refuses, and the promises of a job.
import { describe, expect, it } from 'vitest';
import { loadBinding } from '../../lib/vdi/load.ts';

const { engine } = loadBinding();

const set = {
  instance: null,
  deviceNames: ['sqlvdi-nobody-made-this'],
  blockSize: 512,
  maxTransferSize: 65_536,
  bufferCount: 4,
  attachTimeoutMs: 0,
  faults: [],
};
const content = { kind: 'generated', seed: 1, compressible: false, pageCount: 10, changes: [] };
const backup = { ...set, content, ranges: null, header: '{}', compression: false };

/** Calls with what the types do not allow, as untyped JavaScript might. */
function start(options: unknown): unknown {
  return Reflect.apply(engine.startBackup, engine, [options]);
}

describe('startBackup', () => {
  it.each([
    ['no options', undefined, TypeError, /options/],
    ['no names', { ...backup, deviceNames: [] }, RangeError, /deviceNames/],
    ['65 names', { ...backup, deviceNames: Array(65).fill('x') }, RangeError, /deviceNames/],
    ['a name with NUL', { ...backup, deviceNames: ['a\0b'] }, RangeError, /deviceNames\[0\]/],
    ['a name that is none', { ...backup, deviceNames: [1] }, TypeError, /deviceNames\[0\]/],
    ['a block size of 513', { ...backup, blockSize: 513 }, RangeError, /blockSize/],
    ['a transfer size of 1', { ...backup, maxTransferSize: 1 }, RangeError, /maxTransferSize/],
    ['a negative buffer count', { ...backup, bufferCount: -1 }, RangeError, /bufferCount/],
    ['a fractional time-out', { ...backup, attachTimeoutMs: 0.5 }, RangeError, /attachTimeoutMs/],
    ['NaN pages', { ...backup, content: { ...content, pageCount: Number.NaN } }, RangeError, /content\.pageCount/],
    ['another kind of content', { ...backup, content: { kind: 'x' } }, RangeError, /content\.kind/],
    ['a path too few', { ...backup, content: { kind: 'raw', paths: [] } }, RangeError, /content\.paths/],
    ['a range beyond the pages', { ...backup, ranges: [{ first: 9, count: 2 }] }, RangeError, /ranges\[0\]/],
    ['a header that is too long', { ...backup, header: 'x'.repeat(1 << 20) }, RangeError, /header/],
    ['a fault nowhere', { ...backup, faults: [{ action: 'abort', device: 0, at: {} }] }, TypeError, /faults\[0\]\.at/],
    ['a fault unheard of', { ...backup, faults: [{ action: 'x', device: 0, at: { byte: 0 } }] }, RangeError, /action/],
  ])('refuses %s', (_, options, type, message) => {
    expect(() => start(options)).toThrow(type);
    expect(() => start(options)).toThrow(message);
  });

  it('passes an exception of a getter on', () => {
    const error = new Error('mine');
    const options = {
      ...backup,
      get header(): string {
        throw error;
      },
    };
    expect(() => start(options)).toThrow(error);
  });
});

describe('a job', () => {
  it('reports a set that is not there as data, to everyone who asks, however late', async () => {
    const job = engine.startRestore(set);
    const [headers, first, second] = await Promise.all([job.headers(), job.done(), job.done()]);
    expect(headers).toBeNull();
    expect(first.failure).toMatchObject({ stage: 'open', device: -1, hresult: 0x80070002, media: 'none' });
    expect(second).toEqual(first);
    expect(await job.done()).toEqual(first);
    expect(await job.headers()).toBeNull();
    expect(job.progress()).toEqual({ pages: 0, totalPages: 0, bytes: 0 });
    job.cancel();
    job.proceed({ kind: 'stop' });
  });

  it('waits for the set no longer once it is cancelled', async () => {
    const job = engine.startRestore({ ...set, attachTimeoutMs: 0xffff_ffff });
    job.cancel();
    expect((await job.done()).failure?.stage).toBe('cancelled');
  });

  it('refuses a target that is none', async () => {
    const job = engine.startRestore({ ...set, attachTimeoutMs: 60_000 });
    expect(() => Reflect.apply(job.proceed, job, [{ kind: 'x' }])).toThrow(RangeError);
    expect(() => job.proceed({ kind: 'raw', paths: ['a', 'b'] })).toThrow(/target\.paths/);
    job.cancel();
    await job.done();
  });
});

describe('generatePage', () => {
  it('makes the same page again, and another one for any other argument', () => {
    const page = engine.generatePage(1, false, 2, 3);
    expect(page).toHaveLength(8192);
    expect(engine.generatePage(1, false, 2, 3).equals(page)).toBe(true);
    for (const other of [
      engine.generatePage(2, false, 2, 3),
      engine.generatePage(1, true, 2, 3),
      engine.generatePage(1, false, 3, 3),
      engine.generatePage(1, false, 2, 4),
    ]) {
      expect(other.equals(page)).toBe(false);
    }
  });

  it('refuses numbers that are none', () => {
    expect(() => engine.generatePage(-1, false, 0, 0)).toThrow(RangeError);
    expect(() => engine.generatePage(0, false, 0, 2 ** 32)).toThrow(RangeError);
    expect(() => Reflect.apply(engine.generatePage, engine, [0, 1, 0, 0])).toThrow(TypeError);
  });
});
