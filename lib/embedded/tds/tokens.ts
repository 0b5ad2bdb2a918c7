// The tokens of a response other than rows: messages, changes of the session, ends.
import type { SqlMessage } from '../../sql/executor.ts';
import { isError } from '../../sql/message-kinds.ts';
import { ByteWriter } from './bytes.ts';
import { version72 } from './login.ts';

const infoToken = 0xab;
const errorToken = 0xaa;
const environmentToken = 0xe3;
const returnStatusToken = 0x79;
const returnValueToken = 0xac;
const intType = 0x26;

/** SQL_Latin1_General_CP1_CI_AS. */
export const collation = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

export const doneTokens = { batch: 0xfd, procedure: 0xfe, inProcedure: 0xff } as const;
export const doneStatus = { more: 0x01, error: 0x02, count: 0x10, attention: 0x20 } as const;
const selectCommand = 0xc1;

/** A text that quotes a statement may be as long as that. */
const longestText = 2000;

export function messageToken(message: SqlMessage, tdsVersion: number): Buffer {
  const content = new ByteWriter()
    .i32(message.number)
    .u8(message.state, message.severity)
    .text(message.message.slice(0, longestText))
    .shortText(message.server)
    .shortText(message.procedure);
  if (tdsVersion >= version72) content.u32(message.line);
  else content.u16(Math.min(message.line, 0xffff));
  const token = isError(message) ? errorToken : infoToken;
  return new ByteWriter().u8(token).sized(content).toBuffer();
}

export function environmentChange(type: 'database' | 'language' | 'packetSize', to: string, from: string): Buffer {
  const number = { database: 1, language: 2, packetSize: 4 }[type];
  return new ByteWriter()
    .u8(environmentToken)
    .sized(new ByteWriter().u8(number).shortText(to).shortText(from))
    .toBuffer();
}

export function collationChange(): Buffer {
  const content = new ByteWriter().u8(7, collation.length).bytes(collation).u8(0);
  return new ByteWriter().u8(environmentToken).sized(content).toBuffer();
}

/** The session was reset as the client asked. */
export function resetAcknowledgement(): Buffer {
  return new ByteWriter()
    .u8(environmentToken)
    .sized(new ByteWriter().u8(18, 0, 0))
    .toBuffer();
}

/** `rows`: of a result set that ends here; null where there was none. */
export function doneToken(token: number, status: number, rows: number | null, tdsVersion: number): Buffer {
  const writer = new ByteWriter().u8(token).u16(rows === null ? status : status | doneStatus.count);
  writer.u16(rows === null ? 0 : selectCommand);
  if (tdsVersion >= version72) writer.u64(BigInt(rows ?? 0));
  else writer.u32(rows ?? 0);
  return writer.toBuffer();
}

export function returnStatus(value: number): Buffer {
  return new ByteWriter().u8(returnStatusToken).i32(value).toBuffer();
}

/** An integer that a procedure gives back through its first parameter. */
export function returnedHandle(name: string, value: number, tdsVersion: number): Buffer {
  const writer = new ByteWriter().u8(returnValueToken).u16(0).shortText(name).u8(1);
  if (tdsVersion >= version72) writer.u32(0);
  else writer.u16(0);
  return writer.u16(0).u8(intType, 4, 4).i32(value).toBuffer();
}
