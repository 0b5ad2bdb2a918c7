// The answer to one request, sent as it comes about.
import type { Socket } from 'node:net';
import type { BatchEvent } from '../batch.ts';
import { answer } from '../endpoint/listener.ts';
import { toPackets } from './packets.ts';
import { resultSetTokens } from './rows.ts';
import { doneStatus, doneToken, doneTokens, environmentChange, messageToken } from './tokens.ts';

export interface Framing {
  readonly tdsVersion: number;
  readonly packetSize: number;
}

export class Response {
  private readonly socket: Socket;
  private readonly framing: Framing;
  private readonly inProcedure: boolean;
  /** Of the result set that was sent last and has not been ended yet: only then it is known whether more follows. */
  private unended: number | null = null;

  constructor(socket: Socket, framing: Framing, inProcedure = false) {
    this.socket = socket;
    this.framing = framing;
    this.inProcedure = inProcedure;
  }

  /** Sent at once: progress is of no use later. */
  event(event: BatchEvent, database: string): void {
    const { tdsVersion } = this.framing;
    this.endResultSet();
    if (event.kind === 'message') this.send(messageToken(event.message, tdsVersion));
    else if (event.kind === 'database') this.send(environmentChange('database', event.name, database));
    else {
      this.send(resultSetTokens(event.resultSet, tdsVersion));
      this.unended = event.resultSet.rows.length;
    }
  }

  send(tokens: Buffer): void {
    this.write(tokens, false);
  }

  /** `status`: of the last DONE; `tokens`: what comes before it. */
  end(status: number, tokens: Buffer = Buffer.alloc(0)): void {
    const { tdsVersion } = this.framing;
    if (this.inProcedure || tokens.length > 0) this.endResultSet();
    const token = this.inProcedure ? doneTokens.procedure : doneTokens.batch;
    this.write(Buffer.concat([tokens, doneToken(token, status, this.unended, tdsVersion)]), true);
  }

  private endResultSet(): void {
    if (this.unended === null) return;
    const token = this.inProcedure ? doneTokens.inProcedure : doneTokens.batch;
    this.send(doneToken(token, doneStatus.more, this.unended, this.framing.tdsVersion));
    this.unended = null;
  }

  private write(tokens: Buffer, last: boolean): void {
    answer(this.socket, toPackets(tokens, this.framing.packetSize, last));
  }
}
