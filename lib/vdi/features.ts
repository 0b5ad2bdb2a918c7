// The features of a virtual device set by name: what the client asks for and what the server answers.

/** Each feature's bit, as the VDI specification's "Features" table gives it. */
export const features = {
  removable: 0x1,
  rewind: 0x2,
  position: 0x10,
  skipBlocks: 0x20,
  reversePosition: 0x40,
  discard: 0x80,
  fileMarks: 0x100,
  randomAccess: 0x200,
  snapshotPrepare: 0x400,
  enumFrozenFiles: 0x800,
  vssWriter: 0x1000,
  requestComplete: 0x2000,
  writeMedia: 0x10000,
  readMedia: 0x20000,
  completeEnabled: 0x40000,
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
