// Where a backup's files go when they are moved into the server's own folders.
import type { BackupFile } from './sql/backup-rows.ts';
import type { ServerInfo } from './sql/server-info.ts';

/**
 * A physical file for each logical one, named after the database so that nothing of another database's is in the way: the first
 * data file .mdf, the others .ndf, logs .ldf, FILESTREAM containers without. Throws where the server does not tell its folders.
 */
export function relocate(
  files: readonly BackupFile[],
  database: string,
  { dataPath, logPath }: Pick<ServerInfo, 'dataPath' | 'logPath'>,
): Readonly<Record<string, string>> {
  if (dataPath === null || logPath === null) {
    throw new Error(
      "the server does not tell its folders for new databases: give with.move a file for each, not 'auto'",
    );
  }
  const count = { D: 0, L: 0 };
  const moves = files
    .filter(({ isPresent }) => isPresent !== false)
    .map(({ logicalName, type }): [string, string] => {
      const logical = logicalName ?? '';
      const own = `${database}_${logical}`;
      if (type === 'L') return [logical, inFolder(logPath, `${count.L++ === 0 ? `${database}_log` : own}.ldf`)];
      if (type !== 'D') return [logical, inFolder(dataPath, own)];
      return [logical, inFolder(dataPath, count.D++ === 0 ? `${database}.mdf` : `${own}.ndf`)];
    });
  return Object.fromEntries(moves);
}

/** The server's path, with its own kind of separator; what no file name may contain becomes an underscore. */
function inFolder(folder: string, name: string): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  const safe = [...name].map((character) => (forbidden.test(character) ? '_' : character)).join('');
  return `${folder}${folder.endsWith(separator) ? '' : separator}${safe}`;
}

const forbidden = /[<>:"/\\|?*\p{Cc}]/u;
