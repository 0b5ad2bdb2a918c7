// Parses the WITH clause of BACKUP and RESTORE.
import { fail } from '../messages.ts';
import type { TransferOptions } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { conflicts, type OptionKind, unsupportedOptions } from './options.ts';

const defaultStats = 10;

/** What the WITH clause said. Flags are in `numbers` with the value 1. */
export class Options {
  readonly numbers = new Map<string, number>();
  readonly texts = new Map<string, string>();
  readonly moves: { logical: string; physical: string }[] = [];

  has(name: string): boolean {
    return this.numbers.has(name) || this.texts.has(name);
  }

  text(name: string): string | null {
    return this.texts.get(name) ?? null;
  }

  transfer(): TransferOptions {
    return {
      blockSize: this.numbers.get('BLOCKSIZE') ?? null,
      bufferCount: this.numbers.get('BUFFERCOUNT') ?? null,
      maxTransferSize: this.numbers.get('MAXTRANSFERSIZE') ?? null,
      stats: this.numbers.get('STATS') ?? null,
    };
  }
}

/** Throws message 155 for an unknown option, 3032 for one the stand-in does not have, 3031 for two that exclude each other. */
export function parseWith(
  cursor: Cursor,
  statement: 'BACKUP' | 'RESTORE',
  known: Readonly<Record<string, OptionKind>>,
): Options {
  const options = new Options();
  if (!cursor.take('WITH')) return options;
  cursor.list(() => parseOption(cursor, statement, known, options));
  for (const [one, other] of conflicts) if (options.has(one) && options.has(other)) fail(3031, [other, one]);
  return options;
}

function parseOption(
  cursor: Cursor,
  statement: string,
  known: Readonly<Record<string, OptionKind>>,
  options: Options,
): void {
  const token = cursor.next();
  if (token.kind !== 'word') cursor.refuse(token);
  const name = token.value.toUpperCase();
  const kind = Object.hasOwn(known, name) ? known[name] : undefined;
  if (kind === undefined) {
    if (unsupportedOptions.has(name)) cursor.refuseUnsupported(name, token);
    cursor.refuseWith(155, [token.value, statement], token);
  }
  if (kind !== 'flag' && options.has(name)) cursor.refuseWith(3031, [name, name], token);
  switch (kind) {
    case 'flag':
      options.numbers.set(name, 1);
      break;
    case 'number':
      cursor.expect('=');
      options.numbers.set(name, cursor.number());
      break;
    case 'optionalNumber':
      options.numbers.set(name, cursor.take('=') ? cursor.number() : defaultStats);
      break;
    case 'text':
      cursor.expect('=');
      options.texts.set(name, cursor.text());
      break;
    case 'compression':
      options.numbers.set(name, 1);
      if (cursor.take('(')) parseAlgorithm(cursor);
      break;
    case 'encryption':
      parseEncryption(cursor);
      break;
    case 'move': {
      const logical = cursor.text();
      cursor.expect('TO');
      if (options.moves.some((move) => move.logical === logical)) cursor.refuseWith(4353, [logical], token);
      options.moves.push({ logical, physical: cursor.text() });
    }
  }
}

/** Whichever it is, the stand-in's compression is its own. */
function parseAlgorithm(cursor: Cursor): void {
  cursor.expect('ALGORITHM');
  cursor.expect('=');
  cursor.name();
  if (cursor.take(',')) {
    cursor.expect('LEVEL');
    cursor.expect('=');
    cursor.name();
  }
  cursor.expect(')');
}

/** The stand-in has no keys, so whichever the clause names does not exist. */
function parseEncryption(cursor: Cursor): never {
  cursor.expect('(');
  cursor.expect('ALGORITHM');
  cursor.expect('=');
  cursor.name();
  cursor.expect(',');
  cursor.expect('SERVER');
  const isCertificate = cursor.take('CERTIFICATE');
  if (!isCertificate) {
    cursor.expect('ASYMMETRIC');
    cursor.expect('KEY');
  }
  cursor.expect('=');
  const token = cursor.peek();
  const name = cursor.name();
  cursor.expect(')');
  return cursor.refuseWith(15151, [isCertificate ? 'certificate' : 'asymmetric key', name], token);
}
