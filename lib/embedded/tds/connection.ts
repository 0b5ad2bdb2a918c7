// One TDS connection: login, then one request at a time until it ends.
import type { Socket } from 'node:net';
import { messageOf } from '../../common/thrown.ts';
import { SqlServerError } from '../../sql/error.ts';
import type { SqlValue } from '../../sql/executor.ts';
import type { ServerCore } from '../api.ts';
import { type BatchEvent, newSpid, type Session } from '../batch.ts';
import { keyOf } from '../catalog.ts';
import { draft, type MessageNumber, toMessage } from '../messages.ts';
import { version } from '../query/functions.ts';
import { masterDatabase } from '../query/views.ts';
import { TdsFormatError } from './bytes.ts';
import { type Login, loginAck, newestVersion, preLoginAnswer, readLogin } from './login.ts';
import { defaultPacketSize, type Message, messageTypes, PacketReader, toPackets } from './packets.ts';
import { type Handle, Procedures } from './procedures.ts';
import { readBatch, readCall } from './requests.ts';
import { type Framing, Response } from './response.ts';
import {
  collationChange,
  doneStatus,
  environmentChange,
  messageToken,
  resetAcknowledgement,
  returnedHandle,
  returnStatus,
} from './tokens.ts';

/** A connection that has not logged in by then is no client. */
const loginTimeoutMs = 15_000;
const program = 'sqlvdi embedded server';
const language = 'us_english';

/** null: the login is refused. */
export type Authenticate = (login: Login) => { readonly login: string; readonly sysadmin: boolean } | null;

/** Resolves when the connection has ended and its statement with it. Whoever destroys the socket ends it. */
export async function serveTds(
  socket: Socket,
  core: ServerCore,
  serverName: string,
  authenticate: Authenticate,
): Promise<void> {
  const connection = new Connection(socket, core, serverName, authenticate);
  const timer = setTimeout(() => connection.loginIsLate(), loginTimeoutMs);
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => connection.receive(chunk));
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  clearTimeout(timer);
  await connection.end();
}

class Connection {
  private readonly socket: Socket;
  private readonly core: ServerCore;
  private readonly server: string;
  private readonly authenticate: Authenticate;
  private readonly reader = new PacketReader();
  private readonly procedures = new Procedures();
  private framing: Framing = { tdsVersion: newestVersion, packetSize: defaultPacketSize };
  /** null: not logged in yet. */
  private session: Session | null = null;
  private firstDatabase = masterDatabase;
  /** Ends the request that runs; null: none does. */
  private cancellation: AbortController | null = null;
  private running: Promise<void> = Promise.resolve();
  private attention = false;
  private greeted = false;
  private refused = false;

  constructor(socket: Socket, core: ServerCore, server: string, authenticate: Authenticate) {
    this.socket = socket;
    this.core = core;
    this.server = server;
    this.authenticate = authenticate;
  }

  receive(chunk: Buffer): void {
    if (this.refused) return;
    try {
      for (const message of this.reader.push(chunk)) if (!this.refused) this.handle(message);
    } catch (error) {
      if (!(error instanceof TdsFormatError)) throw error;
      this.refuse(4002, [error.message]);
    }
  }

  loginIsLate(): void {
    if (this.session === null) this.socket.destroy();
  }

  async end(): Promise<void> {
    this.cancellation?.abort(new Error('The client went away.'));
    await this.running;
  }

  private handle(message: Message): void {
    const { type } = message;
    if (this.session === null) {
      this.handleLogin(message);
      return;
    }
    if (type === messageTypes.attention) {
      // It may come after the end of what it was to end: answered all the same.
      if (this.cancellation === null) this.respond().end(doneStatus.attention);
      else {
        this.attention = true;
        this.cancellation.abort(new Error('The client cancelled.'));
      }
      return;
    }
    if (this.cancellation !== null) throw new TdsFormatError('A request came while another one was running.');
    const response = this.respond(type === messageTypes.rpc);
    if (message.resetsConnection) {
      this.session = { ...this.session, database: this.firstDatabase };
      this.procedures.forget();
      response.send(resetAcknowledgement());
    }
    if (message.ignored) response.end(doneStatus.error);
    else if (type === messageTypes.batch) {
      this.run(readBatch(message.payload, this.framing.tdsVersion), new Map(), response, null);
    } else if (type === messageTypes.rpc) this.call(message.payload, response);
    else if (type === messageTypes.transactionManager || type === messageTypes.bulkLoad) {
      this.fail(response, 50000, [type === messageTypes.bulkLoad ? 'bulk load' : 'transactions']);
    } else throw new TdsFormatError(`A message of type ${type} came after the login.`);
  }

  private handleLogin({ type, payload }: Message): void {
    // Once: a client that asks on and on and reads no answer would fill the memory.
    if (type === messageTypes.preLogin && !this.greeted) {
      this.greeted = true;
      this.sendPlain(preLoginAnswer(version));
    } else if (type === messageTypes.login && this.cancellation === null) {
      const login = readLogin(payload);
      this.cancellation = new AbortController();
      this.running = this.logIn(login).catch((error: unknown) => this.refuse(50001, [messageOf(error)]));
    } else throw new TdsFormatError(`A message of type ${type} came before the login.`);
  }

  private async logIn(login: Login): Promise<void> {
    const { tdsVersion, packetSize } = login;
    this.framing = { tdsVersion, packetSize: defaultPacketSize };
    const who = this.authenticate(login);
    if (who === null) {
      this.refuse(login.integrated ? 18452 : 18456, login.integrated ? [] : [login.user]);
      return;
    }
    const database = await this.databaseNamed(login.database);
    if (database === null) {
      this.socket.write(Buffer.concat([...toPackets(this.message(4060, [login.database]), defaultPacketSize, false)]));
      this.refuse(18456, [login.user]);
      return;
    }
    const answer = Buffer.concat([
      environmentChange('database', database, masterDatabase),
      this.message(5701, [database], 2),
      collationChange(),
      environmentChange('language', language, ''),
      this.message(5703, [language]),
      loginAck(tdsVersion, program, version),
      environmentChange('packetSize', String(packetSize), String(defaultPacketSize)),
    ]);
    const response = this.respond();
    this.framing = { tdsVersion, packetSize };
    this.firstDatabase = database;
    this.session = { ...who, spid: newSpid(), database };
    this.cancellation = null;
    response.end(0, answer);
  }

  /** The database's name as it was made; null where there is none. */
  private async databaseNamed(name: string): Promise<string | null> {
    if (name === '' || keyOf(name) === masterDatabase) return masterDatabase;
    const all = await this.core.databases();
    return all.find((one) => keyOf(one.name) === keyOf(name))?.name ?? null;
  }

  private call(payload: Buffer, response: Response): void {
    const plan = this.procedures.plan(readCall(payload, this.framing.tdsVersion));
    if (plan.kind === 'refused') this.fail(response, plan.number, plan.args, true);
    else if (plan.kind === 'done') response.end(0, this.returned(0, plan.handle));
    else
      this.run(plan.text, plan.parameters, response, (failed) =>
        this.returned(failed ? 1 : 0, failed ? null : plan.handle),
      );
  }

  private returned(value: number, handle: Handle | null): Buffer {
    if (handle === null) return returnStatus(value);
    return Buffer.concat([returnStatus(value), returnedHandle(handle.name, handle.value, this.framing.tdsVersion)]);
  }

  /** `last`: what goes before the end of the answer. */
  private run(
    text: string,
    parameters: ReadonlyMap<string, SqlValue>,
    response: Response,
    last: ((failed: boolean) => Buffer) | null,
  ): void {
    this.cancellation = new AbortController();
    this.running = this.runBatch(text, parameters, response, this.cancellation.signal).then((failed) => {
      this.cancellation = null;
      response.end(failed ? doneStatus.error : 0, last?.(failed));
      // A message of its own: clients discard everything before it.
      if (this.attention) this.respond().end(doneStatus.attention);
      this.attention = false;
      this.readAgainWhenDrained();
    });
  }

  /** Whether it failed. */
  private async runBatch(
    text: string,
    parameters: ReadonlyMap<string, SqlValue>,
    response: Response,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { session } = this;
    if (session === null) return true;
    const onEvent = (event: BatchEvent): void => {
      response.event(event, this.session?.database ?? masterDatabase);
      if (event.kind === 'database' && this.session !== null) this.session = { ...this.session, database: event.name };
    };
    try {
      await this.core.run({ text, parameters, session }, { signal, onEvent });
      return false;
    } catch (error) {
      // Its messages have been sent as they came.
      if (!(error instanceof SqlServerError) && !signal.aborted) {
        response.send(this.message(50001, [messageOf(error)]));
      }
      return true;
    }
  }

  /** A client that does not read its answers gets no further request served. */
  private readAgainWhenDrained(): void {
    if (!this.socket.writableNeedDrain) return;
    this.socket.pause();
    this.socket.once('drain', () => this.socket.resume());
  }

  private respond(inProcedure = false): Response {
    return new Response(this.socket, this.framing, inProcedure);
  }

  private fail(response: Response, number: MessageNumber, args: readonly (string | number)[], isCall = false): void {
    response.send(this.message(number, args));
    response.end(doneStatus.error, isCall ? returnStatus(1) : undefined);
  }

  /** Tells why and ends the connection. */
  private refuse(number: MessageNumber, args: readonly (string | number)[]): void {
    this.refused = true;
    this.fail(this.respond(), number, args);
    if (this.socket.writableNeedDrain) this.socket.destroy();
    else this.socket.destroySoon();
  }

  private message(number: MessageNumber, args: readonly (string | number)[], state = 1): Buffer {
    return messageToken(toMessage(draft(number, args, state), 1, this.server), this.framing.tdsVersion);
  }

  private sendPlain(payload: Buffer): void {
    for (const packet of toPackets(payload, defaultPacketSize, true)) this.socket.write(packet);
  }
}
