// Little-endian reading with every bound checked, and writing.

/** The client sent something that is no TDS, or none this endpoint takes. The connection ends. */
export class TdsFormatError extends Error {
  override readonly name = 'TdsFormatError';
}

export class ByteReader {
  private readonly bytes: Buffer;
  private position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  take(count: number): Buffer {
    if (count < 0 || count > this.remaining) {
      throw new TdsFormatError(`${count} bytes were announced and ${this.remaining} are there.`);
    }
    this.position += count;
    return this.bytes.subarray(this.position - count, this.position);
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16LE();
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  i32(): number {
    return this.take(4).readInt32LE();
  }

  u64(): bigint {
    return this.take(8).readBigUInt64LE();
  }

  /** UTF-16 of so many characters. */
  text(characters: number): string {
    return this.take(characters * 2).toString('utf16le');
  }
}

export class ByteWriter {
  private readonly parts: Buffer[] = [];

  u8(...values: readonly number[]): this {
    this.parts.push(Buffer.from(values));
    return this;
  }

  u16(value: number): this {
    return this.fill(2, (buffer) => buffer.writeUInt16LE(value));
  }

  u32(value: number): this {
    return this.fill(4, (buffer) => buffer.writeUInt32LE(value));
  }

  i32(value: number): this {
    return this.fill(4, (buffer) => buffer.writeInt32LE(value));
  }

  u64(value: bigint): this {
    return this.fill(8, (buffer) => buffer.writeBigUInt64LE(value));
  }

  f64(value: number): this {
    return this.fill(8, (buffer) => buffer.writeDoubleLE(value));
  }

  bytes(value: Uint8Array): this {
    this.parts.push(Buffer.from(value));
    return this;
  }

  /** Behind its length of one byte, in characters; what is beyond that is cut off. */
  shortText(value: string): this {
    const cut = value.slice(0, 255);
    return this.u8(cut.length).bytes(Buffer.from(cut, 'utf16le'));
  }

  /** Behind its length of two bytes, in characters. */
  text(value: string): this {
    return this.u16(value.length).bytes(Buffer.from(value, 'utf16le'));
  }

  /** Behind its length of two bytes, in bytes. */
  sized(content: ByteWriter): this {
    const bytes = content.toBuffer();
    return this.u16(bytes.length).bytes(bytes);
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.parts);
  }

  private fill(size: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(size);
    write(buffer);
    this.parts.push(buffer);
    return this;
  }
}
