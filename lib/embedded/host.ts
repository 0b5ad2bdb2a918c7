// The embedded server itself: runs statements one at a time per database, over the catalog and the native engine.
import { settled } from '../common/waits.ts';
import type { NativeEngine } from '../vdi/native.ts';
import type { CreateDatabaseOptions, DatabaseInfo, ModifyOptions, ServerCore } from './api.ts';
import { runBackup } from './backup-statement.ts';
import type { Batch, BatchOptions, RunBatch } from './batch.ts';
import { Catalog, keyOf } from './catalog.ts';
import { runCheck } from './check-statement.ts';
import { checksumOf, sizeOf, writeChanges } from './content.ts';
import { BatchContext } from './context.ts';
import type { Environment } from './environment.ts';
import { type Fault, FaultQueue, readFault } from './faults.ts';
import { runInspect } from './inspect-statement.ts';
import { fail, type MessageNumber } from './messages.ts';
import { runSelect } from './query/select.ts';
import { masterDatabase } from './query/views.ts';
import { scatter } from './ranges.ts';
import { type DatabaseRecord, emptyHistory, pageSize, usualFiles } from './record.ts';
import { runRestore } from './restore-statement.ts';
import { serverName } from './server-name.ts';
import type { Statement } from './tsql/ast.ts';
import { parseBatch } from './tsql/batch.ts';

const maxNameLength = 128;
/** A statement that does not end this long after it was cancelled does not keep close() waiting. */
const closeWaitMs = 10_000;

export interface HostOptions {
  readonly folder: string;
  readonly instance: string | null;
  readonly engine: NativeEngine;
  /** Whether this process is the server's own, so that it may die of an injected fault. */
  readonly ownProcess: boolean;
}

export class Host implements ServerCore {
  private readonly environment: Environment;
  private readonly ownProcess: boolean;
  private readonly faults = new FaultQueue();
  /** Databases that a statement works on. */
  private readonly busy = new Set<string>();
  private readonly running = new Map<BatchContext, Promise<unknown>>();
  private closing: Promise<void> | null = null;

  private constructor(environment: Environment, ownProcess: boolean) {
    this.environment = environment;
    this.ownProcess = ownProcess;
  }

  static async start({ folder, instance, engine, ownProcess }: HostOptions): Promise<Host> {
    const server = serverName(instance);
    return new Host({ catalog: await Catalog.open(folder), engine, instance, server }, ownProcess);
  }

  readonly run: RunBatch = async ({ text, parameters, session }: Batch, options: BatchOptions): Promise<void> => {
    this.checkOpen();
    const context = new BatchContext(session, options, this.environment.server);
    const result = context.run(async () => {
      for (const { line, statement } of parseBatch(text, parameters)) {
        await context.statement(line, () => this.dispatch(statement, context), operationOf(statement));
      }
    });
    this.running.set(context, result);
    try {
      await result;
    } finally {
      this.running.delete(context);
    }
  };

  async createDatabase(name: string, options: CreateDatabaseOptions): Promise<void> {
    this.checkOpen();
    checkName(name);
    const { size, seed = 1, compressible = false } = options ?? {};
    if (typeof size !== 'number')
      throw new TypeError(`A database needs a size in bytes: a number, not ${typeof size}.`);
    if (!Number.isSafeInteger(size) || size < pageSize || size % pageSize !== 0) {
      throw new RangeError(
        `A database's size is a multiple of ${pageSize} bytes and at least one of them, not ${size}.`,
      );
    }
    if (typeof compressible !== 'boolean') {
      throw new TypeError(`compressible must be true or false, not ${typeof compressible}.`);
    }
    checkSeed(seed);
    await this.exclusively(name, async () => {
      if (this.environment.catalog.get(name) !== undefined) throw new Error(`The database '${name}' already exists.`);
      await this.environment.catalog.save({
        name,
        state: 'online',
        created: new Date().toISOString(),
        content: { kind: 'generated', pageCount: size / pageSize },
        history: emptyHistory(seed, compressible),
        ...usualFiles(name),
        redo: null,
      });
    });
  }

  async modify(name: string, options: ModifyOptions): Promise<void> {
    this.checkOpen();
    checkName(name);
    const { pages, seed = 1 } = options ?? {};
    if (typeof pages !== 'number') throw new TypeError(`pages must be a number, not ${typeof pages}.`);
    checkSeed(seed);
    await this.exclusively(name, async () => {
      const record = this.find(name);
      const { content, history } = record;
      if (record.state === 'restoring') throw new Error(`The database '${name}' is restoring and cannot be modified.`);
      if (content.kind === 'kept') throw new Error(`The database '${name}' is kept streams, which cannot be modified.`);
      if (!Number.isSafeInteger(pages) || pages < 1 || pages > content.pageCount) {
        throw new RangeError(`The database '${name}' has ${content.pageCount} pages: ${pages} of them cannot change.`);
      }
      const epoch = history.nextEpoch;
      const lsn = history.lsn + pages;
      const changes = scatter(content.pageCount, pages, seed).map((range) => ({ ...range, epoch, lsn }));
      // Noted first: pages that changed without a note would be missing from the next differential and log backups.
      await this.environment.catalog.save({
        ...record,
        history: { ...history, lsn, nextEpoch: epoch + 1, changes: [...history.changes, ...changes] },
      });
      await writeChanges(this.environment, record, changes);
    });
  }

  async databases(): Promise<readonly DatabaseInfo[]> {
    this.checkOpen();
    const { catalog } = this.environment;
    return await Promise.all(
      catalog.list().map(async (record) => ({
        name: record.name,
        state: record.state,
        kind: record.content.kind,
        size: await sizeOf(catalog, record),
        pages: record.content.kind === 'kept' ? 0 : record.content.pageCount,
      })),
    );
  }

  async checksum(name: string): Promise<string> {
    this.checkOpen();
    checkName(name);
    return await this.exclusively(name, async () => await checksumOf(this.environment, this.find(name)));
  }

  async inject(fault: Fault): Promise<void> {
    this.checkOpen();
    const checked = readFault(fault);
    if (checked.action === 'die' && !this.ownProcess) {
      throw new Error("The fault 'die' needs a server that is its own process: start it with { process: true }.");
    }
    this.faults.add(checked);
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const statements = [...this.running.values()];
    for (const context of this.running.keys()) context.cancel(new Error('The embedded server was closed.'));
    await settled(Promise.allSettled(statements), closeWaitMs);
    await this.environment.catalog.close();
  }

  private async dispatch(statement: Statement, context: BatchContext): Promise<void> {
    const { catalog } = this.environment;
    switch (statement.kind) {
      case 'backup': {
        const record = catalog.get(statement.database) ?? fail(911, [statement.database], 11);
        if (!context.session.sysadmin) fail(262, [`BACKUP ${statement.what.toUpperCase()}`, record.name]);
        const faults = this.faults.take('backup');
        const work = () => runBackup(this.environment, statement, record, faults, context);
        return await this.exclusively(statement.database, work, 3023);
      }
      case 'restore': {
        if (!context.session.sysadmin) fail(3110, [statement.database]);
        const faults = this.faults.take('restore');
        const work = () => runRestore(this.environment, statement, faults, context);
        return await this.exclusively(statement.database, work, 3101);
      }
      case 'select':
        return context.result(await runSelect(statement, { environment: this.environment, session: context.session }));
      case 'use': {
        const isMaster = keyOf(statement.database) === masterDatabase;
        const name = isMaster ? masterDatabase : catalog.get(statement.database)?.name;
        context.useDatabase(name ?? fail(911, [statement.database]));
        return context.inform(5701, [context.session.database]);
      }
      case 'set':
        return;
      case 'procedure':
        return fail(2812, [statement.name], 62);
      case 'checkDatabase': {
        const record = catalog.get(statement.database) ?? fail(911, [statement.database]);
        const work = () => runCheck(this.environment, record, statement.infoMessages, context);
        return await this.exclusively(statement.database, work, 3101);
      }
      default: {
        if (!context.session.sysadmin) fail(262, ['CREATE DATABASE', masterDatabase]);
        await runInspect(this.environment, statement, this.faults.take('restore'), context);
      }
    }
  }

  /** One piece of work at a time on a database; `refusal`: the message for a second statement. */
  private async exclusively<T>(name: string, work: () => Promise<T>, refusal?: MessageNumber): Promise<T> {
    const key = keyOf(name);
    if (this.busy.has(key)) {
      if (refusal !== undefined) fail(refusal);
      throw new Error(`The database '${name}' is in use by a running statement.`);
    }
    this.busy.add(key);
    try {
      return await work();
    } finally {
      this.busy.delete(key);
    }
  }

  private find(name: string): DatabaseRecord {
    const record = this.environment.catalog.get(name);
    if (record === undefined) throw new Error(`There is no database '${name}'.`);
    return record;
  }

  private checkOpen(): void {
    if (this.closing !== null) throw new Error('The embedded server is closed.');
  }
}

function checkName(name: string): void {
  if (typeof name !== 'string') throw new TypeError(`A database's name is a string, not ${typeof name}.`);
  if (name === '' || name.length > maxNameLength) {
    throw new RangeError(`A database's name has 1 to ${maxNameLength} characters.`);
  }
}

function checkSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new RangeError(`A seed is a whole number from 0 to 4294967295, not ${seed}.`);
  }
}

/** The words with which SQL Server ends a failed BACKUP's or RESTORE's messages. */
function operationOf(statement: Statement): string | null {
  switch (statement.kind) {
    case 'backup':
      return `BACKUP ${statement.what.toUpperCase()}`;
    case 'restore':
      return `RESTORE ${statement.what.toUpperCase()}`;
    case 'verify':
      return 'VERIFY DATABASE';
    case 'headers':
      return 'RESTORE HEADERONLY';
    case 'files':
      return 'RESTORE FILELIST';
    case 'label':
      return 'RESTORE LABELONLY';
    default:
      return null;
  }
}
