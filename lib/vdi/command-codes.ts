// The commands a server sends, by name.

/** Each command's code, as the VDI specification's "Commands" table gives it. */
export const commandCodes = {
  /** Fill the buffer. */
  Read: 1,
  /** Store the buffer. */
  Write: 2,
  /** Leave the error state that a failed command put the device into. */
  ClearError: 3,
  /** Tape-like: to the beginning of the medium. */
  Rewind: 4,
  /** Tape-like: write file marks. */
  WriteMark: 5,
  /** Tape-like: skip file marks, forwards or backwards. */
  SkipMarks: 6,
  /** Tape-like: skip blocks, forwards or backwards. */
  SkipBlocks: 7,
  /** Removable media: load the next one. */
  Load: 8,
  /** Say where the device is. */
  GetPosition: 9,
  /** Go to a position. */
  SetPosition: 10,
  /** The server gives the backup up: what was written may go. */
  Discard: 11,
  /** Make everything written so far durable, then answer. */
  Flush: 12,
  /** Snapshot backups: take the snapshot. */
  Snapshot: 13,
  /** Snapshot restores: put the snapshot in place. */
  MountSnapshot: 14,
  /** Snapshot backups: the server is about to freeze the database. */
  PrepareToFreeze: 15,
  /** `backup` and `restore` answer it with ERROR_NOT_SUPPORTED. */
  FileInfoBegin: 16,
  /** `backup` and `restore` answer it with ERROR_NOT_SUPPORTED. */
  FileInfoEnd: 17,
  /** `backup` and `restore` answer it with ERROR_NOT_SUPPORTED. */
  GetError: 18,
  /** Everything has been sent: finish the backup durably, then answer. Where completeEnabled only. */
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
