// One running batch: its events as they are sent, and the one signal that ends it, whoever wants it ended.
import { SqlServerError } from '../sql/error.ts';
import type { SqlMessage } from '../sql/executor.ts';
import type { BatchEvent, BatchOptions, ResultSet, Session } from './batch.ts';
import { type Draft, draft, type MessageNumber, StatementFailure, toMessage } from './messages.ts';

export class BatchContext {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly messages: SqlMessage[] = [];
  private readonly options: BatchOptions;
  private readonly server: string;
  private current: Session;
  private line = 1;
  private failed = false;
  private listenerFailed = false;

  constructor(session: Session, options: BatchOptions, server: string) {
    this.current = session;
    this.options = options;
    this.server = server;
    this.signal = options.signal ? AbortSignal.any([options.signal, this.controller.signal]) : this.controller.signal;
  }

  /** Ends the batch as the caller's own signal would. */
  cancel(reason: Error): void {
    this.controller.abort(reason);
  }

  get session(): Session {
    return this.current;
  }

  inform(number: MessageNumber, args: readonly (string | number)[]): void {
    this.send(draft(number, args));
  }

  result(resultSet: ResultSet): void {
    this.emit({ kind: 'resultSet', resultSet });
  }

  useDatabase(name: string): void {
    this.current = { ...this.current, database: name };
    this.emit({ kind: 'database', name });
  }

  /** Runs the batch's work. A batch that was not understood fails as a whole. */
  async run(work: () => Promise<void>): Promise<void> {
    await this.failing(work, null);
    if (this.listenerFailed) this.signal.throwIfAborted();
    if (this.failed) throw new SqlServerError(this.messages);
  }

  /**
   * Runs one statement's work; a failure is sent and the batch goes on, as SQL Server's does. `operation`: the words of
   * message 3013, which ends the chain of a failed BACKUP or RESTORE; null for other statements.
   */
  async statement(line: number, work: () => Promise<void>, operation: string | null): Promise<void> {
    this.line = line;
    await this.failing(work, operation);
  }

  private async failing(work: () => Promise<void>, operation: string | null): Promise<void> {
    try {
      this.signal.throwIfAborted();
      await work();
    } catch (error) {
      this.signal.throwIfAborted();
      if (!(error instanceof StatementFailure)) throw error;
      this.failed = true;
      for (const one of error.drafts) this.send(one);
      if (operation !== null) this.send(draft(3013, [operation]));
    }
  }

  private send(from: Draft): void {
    const message = toMessage(from, this.line, this.server);
    this.messages.push(message);
    this.emit({ kind: 'message', message });
  }

  /** A listener that throws ends the batch, and is heard also where that came too late. */
  private emit(event: BatchEvent): void {
    try {
      this.options.onEvent(event);
    } catch (error) {
      this.listenerFailed = true;
      this.cancel(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
