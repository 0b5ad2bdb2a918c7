// What a prebuilt library may ask of its machine, on tables as objdump prints them.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { binaryProblem, importProblem, versionProblem } from '../../scripts/check-binary.mjs';
import { freshFolder } from '../support/folder.ts';

const undefinedSymbol = (name: string, version: string) =>
  `0000000000000000      DF *UND*\t0000000000000000 (${version}) ${name}\n`;

describe('a Linux library', () => {
  it('may need the glibc of the floor and older, and an old libgcc', () => {
    const tables = [
      undefinedSymbol('dlsym', 'GLIBC_2.34'),
      undefinedSymbol('read', 'GLIBC_2.2.5'),
      undefinedSymbol('_Unwind_Resume', 'GCC_3.0'),
    ].join('');
    expect(versionProblem('a.node', tables)).toBeNull();
  });

  it.each([
    ['a newer glibc', 'arc4random', 'GLIBC_2.36', 'at most GLIBC_2.34'],
    ['a newer libgcc', '__cpu_model', 'GCC_12.0.0', 'at most GCC_4.3.0'],
    ['the C++ library', '_ZSt4cout', 'GLIBCXX_3.4', 'nothing of GLIBCXX'],
    ["the C++ library's support", '__cxa_throw', 'CXXABI_1.3', 'nothing of CXXABI'],
  ])('may not need %s', (_, symbol, version, limit) => {
    const tables = undefinedSymbol('read', 'GLIBC_2.2.5') + undefinedSymbol(symbol, version);
    expect(versionProblem('/x/a.node', tables)).toBe(
      `'a.node' needs ${version} (for ${symbol}), and may need ${limit}: build it on an older system`,
    );
  });

  it('must be one', () => {
    expect(versionProblem('a.node', '')).toContain('is it a Linux library?');
  });
});

describe('a Windows library', () => {
  it("may import Windows' own libraries, and an addon node.exe", () => {
    expect(importProblem('a.node', '\tDLL Name: KERNEL32.dll\n\tDLL Name: NODE.EXE\n')).toBeNull();
  });

  it("may not import a compiler's runtime, nor anything but an addon node.exe", () => {
    const tables = '\tDLL Name: KERNEL32.dll\n\tDLL Name: libstdc++-6.dll\n\tDLL Name: NODE.EXE\n';
    expect(importProblem('a.node', tables)).toMatch(/^'a.node' imports libstdc\+\+-6.dll, /);
    expect(importProblem('a.dll', tables)).toMatch(/^'a.dll' imports libstdc\+\+-6.dll, node.exe, /);
  });

  it('must be one', () => {
    expect(importProblem('a.dll', '')).toContain('is it a Windows library?');
  });
});

const hasObjdump = spawnSync('objdump', ['--version']).error === undefined;
it.skipIf(process.platform !== 'linux' || !hasObjdump)(
  'the addon that was built here asks for no more (skipped without Linux and objdump)',
  async () => {
    const addon = fileURLToPath(new URL('../../build/Release/sqlvdi.node', import.meta.url));
    expect(binaryProblem(addon, 'linux')).toBeNull();
    expect(binaryProblem(await freshFolder(), 'linux')).toContain('objdump cannot read');
  },
);
