// What a native library was built for, from its header (ELF or PE).
import { closeSync, openSync, readSync } from 'node:fs';

export interface BinaryTarget {
  readonly platform: 'linux' | 'win32';
  /** In Node's words: 'x64', 'ia32', 'arm64'; 'unknown' for others. */
  readonly arch: string;
}

// Both headers lie within the first page.
const headerSize = 4096;
const elfMachines: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };
const peMachines: Readonly<Record<number, string>> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' };

/** null where the file is no library of Linux or Windows. Throws Node's error where it cannot be read. */
export function binaryTarget(path: string): BinaryTarget | null {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(headerSize);
    return targetOf(header.subarray(0, readSync(file, header, 0, headerSize, 0)));
  } finally {
    closeSync(file);
  }
}

function targetOf(header: Buffer): BinaryTarget | null {
  if (header.length >= 20 && header.toString('latin1', 0, 4) === '\x7fELF') {
    return { platform: 'linux', arch: elfMachines[header.readUInt16LE(18)] ?? 'unknown' };
  }
  if (header.length >= 64 && header.toString('latin1', 0, 2) === 'MZ') {
    const start = header.readUInt32LE(60);
    if (start + 6 <= header.length && header.toString('latin1', start, start + 4) === 'PE\0\0') {
      return { platform: 'win32', arch: peMachines[header.readUInt16LE(start + 4)] ?? 'unknown' };
    }
  }
  return null;
}
