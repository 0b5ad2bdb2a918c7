// Finds out whether this machine can compile the addon and, where it can't, what to install: one line for this platform.
// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} [input]
 */
const works = (command, args, input = '') => spawnSync(command, args, { input, stdio: 'pipe' }).status === 0;

function hasPython() {
  const own = process.env['npm_config_python'] ?? process.env['PYTHON'];
  const names = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python'];
  return [...(own ? [own] : []), ...names].some((name) =>
    works(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']),
  );
}

/** A compiler that knows C++20, with its standard library. */
function hasCompiler() {
  if (process.platform === 'win32') return hasVisualStudio();
  const program = '#include <span>\nint main() { return static_cast<int>(std::span<int>().size()); }\n';
  return works(process.env['CXX'] ?? 'g++', ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], program);
}

function hasVisualStudio() {
  if (process.env['VCINSTALLDIR']) return true;
  const folder = process.env['ProgramFiles(x86)'] ?? 'C:\\Program Files (x86)';
  const vswhere = join(folder, 'Microsoft Visual Studio', 'Installer', 'vswhere.exe');
  const tools = 'Microsoft.VisualStudio.Component.VC.Tools.x86.x64';
  const found = spawnSync(vswhere, ['-products', '*', '-requires', tools, '-property', 'installationPath'], {
    encoding: 'utf8',
  });
  return found.status === 0 && found.stdout.trim() !== '';
}

/** The command that installs a compiler, make and Python on this Linux distribution. */
function installCommand() {
  let release = '';
  try {
    release = readFileSync('/etc/os-release', 'utf8');
  } catch {
    // Not every system has the file.
  }
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, list = '']) => list.split(' '));
  const commands = new Map([
    ['debian', 'sudo apt-get install -y g++ make python3'],
    ['ubuntu', 'sudo apt-get install -y g++ make python3'],
    ['fedora', 'sudo dnf install -y gcc-c++ make python3'],
    ['rhel', 'sudo dnf install -y gcc-c++ make python3'],
    ['alpine', 'apk add g++ make python3 linux-headers'],
    ['suse', 'sudo zypper install -y gcc-c++ make python3'],
    ['arch', 'sudo pacman -S --needed gcc make python'],
  ]);
  const known = ids.find((id) => commands.has(id));
  const command = known && commands.get(known);
  if (!command) return 'g++ (11 or newer), make and python3 with the system’s package manager';
  return process.getuid?.() === 0 ? command.replace('sudo ', '') : command;
}

/** What is missing and how to get it, in one line; null where nothing is. */
export function missingTools() {
  const windows = process.platform === 'win32';
  const missing = [
    ...(hasCompiler() ? [] : ['C++20 compiler']),
    ...(windows || works('make', ['--version']) ? [] : ['make']),
    ...(hasPython() ? [] : ['Python 3']),
  ];
  if (missing.length === 0) return null;
  const how = windows
    ? 'Visual Studio Build Tools with "Desktop development with C++" (https://aka.ms/vs/17/release/vs_BuildTools.exe) and Python 3 (winget install Python.Python.3.13)'
    : installCommand();
  return `the native addon must be compiled, and this machine has no ${missing.join(', no ')}. Install: ${how}`;
}
