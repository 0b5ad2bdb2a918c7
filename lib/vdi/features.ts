// The features of a virtual device set by name: what the client asks for and what the server answers.

/** Each feature's bit, as the VDI specification's "Features" table gives it. */
export const features = {
  /** The medium can be changed: Load is understood. */
  removable: 0x1,
  /** Tape-like: Rewind is understood. */
  rewind: 0x2,
  /** Tape-like: GetPosition and SetPosition are understood. */
  position: 0x10,
  /** Tape-like: SkipBlocks is understood. */
  skipBlocks: 0x20,
  /** Tape-like: the medium can be moved backwards too. */
  reversePosition: 0x40,
  /** Discard is understood. */
  discard: 0x80,
  /** Tape-like: WriteMark and SkipMarks are understood. */
  fileMarks: 0x100,
  /** Disk-like: every Read and Write has a byte position. */
  randomAccess: 0x200,
  /** PrepareToFreeze is understood. */
  snapshotPrepare: 0x400,
  /** No legal combination has it: createEx refuses it. */
  enumFrozenFiles: 0x800,
  /** No legal combination has it: createEx refuses it. */
  vssWriter: 0x1000,
  /** Asks the server for Complete at the end of a backup; it answers with completeEnabled where it will send it. */
  requestComplete: 0x2000,
  /** The server's answer: it will write (BACKUP). */
  writeMedia: 0x10000,
  /** The server's answer: it will read (RESTORE; of tape- and disk-like devices BACKUP too). */
  readMedia: 0x20000,
  /** The server's answer to requestComplete: it will send Complete. */
  completeEnabled: 0x40000,
  /** No legal combination has it: createEx refuses it. */
  latchStats: 0x80000000,
} as const;

/** A feature of the VDI specification, its name in camelCase. writeMedia, readMedia and completeEnabled are the server's answers. */
export type FeatureName = keyof typeof features;

/** Every feature's name. */
export const featureNames: readonly FeatureName[] = Object.freeze(
  // Object.keys forgets the literal types; the object above is the only source of them.
  Object.keys(features) as FeatureName[],
);

/** The three kinds of device the VDI specification allows; discard, snapshotPrepare and requestComplete may be added to each. */
export const deviceKinds = {
  /** A stream without positions. What `backup` and `restore` use. */
  pipe: [],
  /** A tape with file marks. */
  tape: ['fileMarks', 'removable', 'rewind', 'position', 'skipBlocks', 'reversePosition'],
  /** A file with byte positions. */
  disk: ['randomAccess'],
} as const satisfies Record<string, readonly FeatureName[]>;

/** The bits of these features. An unknown name is a TypeError. */
export function featuresToBits(names: readonly FeatureName[]): number {
  let bits = 0;
  for (const name of names) {
    if (!Object.hasOwn(features, name)) {
      throw new TypeError(`features: '${String(name)}' is no feature; there are ${featureNames.join(', ')}`);
    }
    bits |= features[name];
  }
  return bits >>> 0;
}

/** The names of the bits that are set; bits without a name are left out. */
export function bitsToFeatures(bits: number): FeatureName[] {
  return featureNames.filter((name) => (bits & features[name]) !== 0);
}
