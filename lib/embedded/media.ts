// What the first blocks of a statement's devices say together: one media set, complete, each family at its device.
import type { NativeJob, StripeHeader } from '../vdi/native.ts';
import { type BackupHeader, decodeHeader } from './header.ts';
import { fail } from './messages.ts';

export type Media =
  | { readonly kind: 'own'; readonly header: BackupHeader; readonly stripes: readonly StripeHeader[] }
  /** Streams of a real SQL Server. */
  | { readonly kind: 'kept'; readonly format: 'tape' | 'compressed' };

/** Reads them. null: the job has failed, and done() says how. */
export async function mediaOf(
  job: NativeJob,
  { file }: { readonly file: number },
  devices: readonly string[],
): Promise<Media | null> {
  const stripes = await job.headers();
  if (stripes === null) return null;
  if (stripes.some(({ format, mediaSetId }) => format === 'own' && mediaSetId === null)) {
    // A header that is damaged or cut short: the engine says which.
    job.proceed({ kind: 'verify' });
    return null;
  }
  const media = identifyMedia(stripes, devices);
  if (file !== 1) fail(4038, [file, devices[0] ?? '']);
  return media;
}

/** Throws a StatementFailure: 3132, 3133, 3227, 3231, 3241, 3254 or 3258. */
export function identifyMedia(stripes: readonly StripeHeader[], devices: readonly string[]): Media {
  const nameOf = (index: number): string => devices[index] ?? '';
  for (const [index, stripe] of stripes.entries()) {
    if (stripe.format === 'empty') fail(3254, [nameOf(index)]);
    if (stripe.format === 'unknown') fail(3241, [nameOf(index)]);
  }
  const first = stripes[0];
  if (first === undefined) fail(3241, [nameOf(0)]);
  const stranger = stripes.findIndex(
    (stripe) => stripe.format !== first.format || stripe.mediaSetId !== first.mediaSetId,
  );
  if (stranger >= 0) fail(3258, [nameOf(stranger)]);
  if (first.mediaSetId !== null) checkFamilies(stripes, first.stripeCount, nameOf);
  if (first.format === 'tape' || first.format === 'compressed') return { kind: 'kept', format: first.format };

  const header = first.header === null ? null : decodeHeader(first.header);
  if (header === null) fail(3241, [nameOf(0)]);
  return { kind: 'own', header, stripes };
}

function checkFamilies(stripes: readonly StripeHeader[], families: number, nameOf: (index: number) => string): void {
  const seen = new Map<number, number>();
  for (const [index, { stripe }] of stripes.entries()) {
    const before = seen.get(stripe);
    if (before !== undefined) fail(3227, [nameOf(index), stripe + 1, nameOf(before)]);
    seen.set(stripe, index);
  }
  if (stripes.length < families) fail(3132, [families, stripes.length]);
  if (stripes.length > families) fail(3231, [nameOf(0), families, stripes.length]);
  for (const [index, { stripe }] of stripes.entries()) {
    if (stripe !== index) fail(3133, [nameOf(index), 1, stripe + 1, 1, index + 1]);
  }
}
