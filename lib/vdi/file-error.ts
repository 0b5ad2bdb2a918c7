// A file that cannot be written or read: the operating system's own code, in Node's shape, on every platform.
import { getSystemErrorMap } from 'node:util';

/** A destination or origin on a file system cannot be used, or failed. */
export class FileError extends Error {
  override readonly name = 'FileError';
  /** The POSIX name on every platform: 'ENOSPC', 'EEXIST', 'ENOENT' … */
  readonly code: string;
  /** The file or folder it is about. */
  readonly path: string;
  /** The operation that failed, where it was the operating system that refused it. */
  readonly syscall: string | undefined;
  /** The operating system's number for it (errno or Win32 code), where there is one. */
  readonly errno: number | undefined;

  constructor(
    code: string,
    path: string,
    message: string,
    options?: ErrorOptions & { readonly syscall?: string; readonly errno?: number },
  ) {
    super(`${message} (${code})`, options);
    this.code = code;
    this.path = path;
    this.syscall = options?.syscall;
    this.errno = options?.errno;
  }
}

/** What the operating system refused: "writing '/backups/a.bak' failed: no space left on device (ENOSPC)". */
export function systemError(
  code: string,
  errno: number,
  syscall: string,
  path: string,
  options?: ErrorOptions,
): FileError {
  const message = `${syscall} failed for '${path}': ${describeSystemCode(code)}`;
  return new FileError(code, path, message, { ...options, syscall, errno });
}

function describeSystemCode(code: string): string {
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return 'the operating system reported an error';
}
