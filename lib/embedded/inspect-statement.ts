// RESTORE VERIFYONLY reads everything and keeps nothing; HEADERONLY, FILELISTONLY and LABELONLY stop after the first blocks.
import type { ResultSet } from './batch.ts';
import type { BatchContext } from './context.ts';
import { engineOptions, virtualDevices } from './devices.ts';
import type { Environment } from './environment.ts';
import type { StatementFaults } from './faults.ts';
import { neverAttach, runJob } from './job.ts';
import { type Media, mediaOf } from './media.ts';
import { fileRows, headerRows, labelRows } from './rows.ts';
import type { InspectStatement } from './tsql/ast.ts';

export async function runInspect(
  environment: Environment,
  statement: InspectStatement,
  faults: StatementFaults,
  context: BatchContext,
): Promise<void> {
  const devices = virtualDevices(statement.devices);
  const options = engineOptions(devices, statement, environment.instance, faults.engine);
  if (faults.neverAttach) await neverAttach(context);
  const job = environment.engine.startRestore(options);
  const { prepared } = await runJob(job, context, {
    devices,
    stats: statement.kind === 'verify' ? statement.stats : null,
    afterHeaders: async () => {
      const media = await mediaOf(job, statement, devices);
      if (media !== null) job.proceed({ kind: statement.kind === 'verify' ? 'verify' : 'stop' });
      return media;
    },
  });
  if (statement.kind === 'verify') context.inform(3262, [statement.file]);
  else context.result(rowsOf(statement.kind, prepared));
}

function rowsOf(kind: 'headers' | 'files' | 'label', media: Media): ResultSet {
  return kind === 'headers' ? headerRows(media) : kind === 'files' ? fileRows(media) : labelRows(media);
}
