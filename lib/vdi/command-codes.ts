// The commands a server sends, by name.

/** Each command's code, as the VDI specification's "Commands" table gives it. */
export const commandCodes = {
  Read: 1,
  Write: 2,
  ClearError: 3,
  Rewind: 4,
  WriteMark: 5,
  SkipMarks: 6,
  SkipBlocks: 7,
  Load: 8,
  GetPosition: 9,
  SetPosition: 10,
  Discard: 11,
  Flush: 12,
  Snapshot: 13,
  MountSnapshot: 14,
  PrepareToFreeze: 15,
  FileInfoBegin: 16,
  FileInfoEnd: 17,
  GetError: 18,
  Complete: 19,
} as const;

/** A command of the VDI specification. */
export type CommandName = keyof typeof commandCodes;

const nameByCode = new Map<number, string>(Object.entries(commandCodes).map(([name, code]) => [code, name]));

/** The command's name, or 'Unknown' where the specification lists no such code. */
export function commandName(code: number): CommandName | 'Unknown' {
  // The map was made from the object whose keys the type lists.
  return (nameByCode.get(code) as CommandName | undefined) ?? 'Unknown';
}
