// JSON documents, one to a line, with the SQL values that JSON does not know.
import { StringDecoder } from 'node:string_decoder';
import { isRecord } from '../json.ts';

/** In characters. A longer line is no message of ours. */
export const maxLineLength = 16 * 2 ** 20;

export function encodeLine(value: unknown): string {
  // A Date has become its string by the time `value` is seen; its owner still has it.
  const text = JSON.stringify(value, function (this: unknown, key: string, one: unknown): unknown {
    const original = isRecord(this) ? this[key] : Array.isArray(this) ? this[Number(key)] : one;
    if (typeof original === 'bigint') return { $bigint: original.toString() };
    if (original instanceof Date) return { $date: original.getTime() };
    if (original instanceof Uint8Array) return { $bytes: Buffer.from(original).toString('base64') };
    return one;
  });
  return `${text}\n`;
}

function decodeLine(line: string): unknown {
  return JSON.parse(line, (_, value: unknown) => {
    if (!isRecord(value)) return value;
    const { $bigint, $date, $bytes } = value;
    if (typeof $bigint === 'string') return BigInt($bigint);
    if (typeof $date === 'number') return new Date($date);
    if (typeof $bytes === 'string') return Buffer.from($bytes, 'base64');
    return value;
  });
}

/** Puts lines together from what arrives. */
export class LineReader {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  /** The documents that are complete now. Throws an Error for a line that is too long, a SyntaxError for one that is no JSON. */
  push(chunk: Buffer): unknown[] {
    const lines = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > maxLineLength) throw new Error(`A line has more than ${maxLineLength} characters.`);
    return lines.map(decodeLine);
  }
}
