// Each option of a WITH clause: what it allows, and how it is written.
import { quoteIdentifier, quoteString } from './quote.ts';
import type { BackupWith, CommonWith, InspectWith, RestoreWith, VerifyWith } from './with.ts';
import { date, flag, mark, members, number, oneOf, text, type Write } from './writers.ts';

type Clauses<T> = Readonly<Record<keyof T, Write>>;

const kib64 = 65536;
const maxPath = 259;

const transfer = {
  blockSize: number(
    'BLOCKSIZE',
    'a power of two from 512 to 65536',
    (n) => n >= 512 && n <= kib64 && (n & (n - 1)) === 0,
  ),
  bufferCount: number('BUFFERCOUNT', 'a whole number from 1', (n) => n >= 1 && n <= 0x7fffffff),
  maxTransferSize: number(
    'MAXTRANSFERSIZE',
    'a multiple of 65536 from 65536 to 4194304',
    (n) => n >= kib64 && n <= 64 * kib64 && n % kib64 === 0,
  ),
  checksum: flag('CHECKSUM', 'NO_CHECKSUM'),
  continueAfterError: flag('CONTINUE_AFTER_ERROR', 'STOP_ON_ERROR'),
};

const common: Clauses<CommonWith> = {
  ...transfer,
  stats: number('STATS', 'a whole number from 1 to 100', (n) => n >= 1 && n <= 100),
};

const backup: Clauses<BackupWith> = {
  ...common,
  copyOnly: flag('COPY_ONLY', null),
  compression: (value, name) => (typeof value === 'boolean' ? plainCompression(value, name) : [algorithm(value, name)]),
  encryption: (value, name) => [encryption(value, name)],
  name: text('NAME', 128),
  description: text('DESCRIPTION', 255),
  expireDate: date('EXPIREDATE'),
  retainDays: number('RETAINDAYS', 'a whole number from 0 to 99999', (n) => n >= 0 && n <= 99_999),
  mediaName: text('MEDIANAME', 128),
  mediaDescription: text('MEDIADESCRIPTION', 255),
  format: flag('FORMAT', 'NOFORMAT'),
  init: flag('INIT', 'NOINIT'),
  noRecovery: flag('NORECOVERY', null),
  standby: text('STANDBY', maxPath),
  noTruncate: flag('NO_TRUNCATE', null),
};

const file = number('FILE', 'a whole number from 1', (n) => n >= 1 && n <= 0x7fffffff);

const restore: Clauses<RestoreWith> = {
  ...common,
  file,
  replace: flag('REPLACE', null),
  recovery: flag('RECOVERY', 'NORECOVERY'),
  standby: text('STANDBY', maxPath),
  move,
  stopAt: date('STOPAT'),
  stopAtMark: mark('STOPATMARK'),
  stopBeforeMark: mark('STOPBEFOREMARK'),
  keepReplication: flag('KEEP_REPLICATION', null),
  keepCdc: flag('KEEP_CDC', null),
  restrictedUser: flag('RESTRICTED_USER', null),
  partial: flag('PARTIAL', null),
};

const verify: Clauses<VerifyWith> = { ...common, file, move, loadHistory: flag('LOADHISTORY', null) };

const inspect: Clauses<InspectWith> = { ...transfer, file };

/** The options of BACKUP's WITH clause, each checked. */
export function backupClauses(options: BackupWith): string[] {
  return write(backup, options, 'BACKUP');
}

/** The options of RESTORE's WITH clause, each checked. */
export function restoreClauses(options: RestoreWith): string[] {
  return write(restore, options, 'RESTORE');
}

/** The options of RESTORE VERIFYONLY, each checked. */
export function verifyClauses(options: VerifyWith): string[] {
  return write(verify, options, 'RESTORE VERIFYONLY');
}

/** The options of RESTORE HEADERONLY, FILELISTONLY and LABELONLY, each checked. */
export function inspectClauses(options: InspectWith, statement: string): string[] {
  return write(inspect, options, statement);
}

function write(clauses: Readonly<Record<string, Write>>, options: object, statement: string): string[] {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`with must be an object of ${statement} options`);
  return Object.entries(options).flatMap(([name, value]) => {
    const clause = Object.hasOwn(clauses, name) ? clauses[name] : undefined;
    if (clause === undefined) {
      throw new TypeError(`with.${name} is no option of ${statement}; there are ${Object.keys(clauses).join(', ')}`);
    }
    return value === undefined ? [] : clause(value, `with.${name}`);
  });
}

function move(value: unknown, name: string): string[] {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${name} must be an object of logical to physical names`);
  }
  return Object.entries(value).map(
    ([logical, physical]) =>
      `MOVE ${quoteString(logical, `a logical name in ${name}`)} TO ${quoteString(physical, `${name}['${logical}']`)}`,
  );
}

const plainCompression = flag('COMPRESSION', 'NO_COMPRESSION');

function algorithm(value: unknown, name: string): string {
  const given = members(value, name, ['algorithm', 'level']);
  const chosen = oneOf(given['algorithm'], `${name}.algorithm`, ['MS_XPRESS', 'QAT_DEFLATE', 'ZSTD']);
  if (given['level'] === undefined) return `COMPRESSION (ALGORITHM = ${chosen})`;
  if (chosen !== 'ZSTD') throw new TypeError(`${name}.level goes with the algorithm ZSTD only, not ${chosen}`);
  const level = oneOf(given['level'], `${name}.level`, ['LOW', 'MEDIUM', 'HIGH']);
  return `COMPRESSION (ALGORITHM = ${chosen}, LEVEL = ${level})`;
}

function encryption(value: unknown, name: string): string {
  const given = members(value, name, ['algorithm', 'certificate', 'asymmetricKey']);
  const allowed = ['AES_128', 'AES_192', 'AES_256', 'TRIPLE_DES_3KEY'];
  const chosen = oneOf(given['algorithm'], `${name}.algorithm`, allowed);
  const { certificate, asymmetricKey } = given;
  if ((certificate === undefined) === (asymmetricKey === undefined)) {
    throw new TypeError(`${name} needs certificate or asymmetricKey, and not both`);
  }
  const key =
    typeof certificate === 'string'
      ? `SERVER CERTIFICATE = ${quoteIdentifier(certificate, `${name}.certificate`)}`
      : `SERVER ASYMMETRIC KEY = ${quoteIdentifier(String(asymmetricKey), `${name}.asymmetricKey`)}`;
  return `ENCRYPTION (ALGORITHM = ${chosen}, ${key})`;
}
