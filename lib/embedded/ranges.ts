// Arithmetic on runs of pages: what changed since when, and where a modification falls.
import type { PageChange } from '../vdi/native.ts';

export interface Range {
  readonly first: number;
  readonly count: number;
}

/** A run of changed pages and the log sequence number at which it changed. */
export interface Change extends PageChange {
  readonly lsn: number;
}

/** Sorted, without overlaps; at most `most` of them: the nearest ones are joined, gap included, where there are more. */
export function union(ranges: readonly Range[], most = Number.POSITIVE_INFINITY): Range[] {
  const merged: { first: number; count: number }[] = [];
  for (const { first, count } of [...ranges].sort((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last !== undefined && first <= last.first + last.count) {
      last.count = Math.max(last.count, first + count - last.first);
    } else if (count > 0) merged.push({ first, count });
  }
  return merged.length <= most ? merged : joinNearest(merged, most);
}

function joinNearest(ranges: readonly Range[], most: number): Range[] {
  const gaps = ranges.slice(1).map((range, index) => {
    const before = ranges[index] ?? range;
    return range.first - before.first - before.count;
  });
  const kept = new Set(
    gaps
      .map((gap, index) => ({ gap, index }))
      .sort((a, b) => b.gap - a.gap)
      .slice(0, most - 1)
      .map(({ index }) => index + 1),
  );
  const joined: { first: number; count: number }[] = [];
  for (const [index, { first, count }] of ranges.entries()) {
    const last = joined.at(-1);
    if (last === undefined || kept.has(index)) joined.push({ first, count });
    else last.count = first + count - last.first;
  }
  return joined;
}

export function countPages(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

/**
 * Where `pages` pages of a database of `pageCount` change: up to 64 runs, one in each part of the file, placed by the seed.
 * The same arguments give the same runs.
 */
export function scatter(pageCount: number, pages: number, seed: number): Range[] {
  const runs = Math.min(64, pages);
  const ranges: Range[] = [];
  let state = seed >>> 0;
  for (let run = 0; run < runs; run++) {
    const partFirst = Math.floor((run * pageCount) / runs);
    const partEnd = Math.floor(((run + 1) * pageCount) / runs);
    const count = Math.floor(((run + 1) * pages) / runs) - Math.floor((run * pages) / runs);
    const room = partEnd - partFirst - count;
    // Numerical Recipes' linear congruential generator: any spread will do, it only has to be the same each time.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    ranges.push({ first: partFirst + Math.floor((state / 2 ** 32) * (room + 1)), count });
  }
  return union(ranges);
}

/** The epoch of each page as runs in order, over all pages; pages never changed have epoch 0. Later changes win. */
export function* epochs(pageCount: number, changes: readonly PageChange[]): Generator<PageChange> {
  const edges = new Map<number, { readonly begins: number[]; readonly ends: number[] }>();
  const edgeAt = (page: number): { readonly begins: number[]; readonly ends: number[] } => {
    const edge = edges.get(page) ?? { begins: [], ends: [] };
    edges.set(page, edge);
    return edge;
  };
  edgeAt(0);
  edgeAt(pageCount);
  for (const [index, { first, count }] of changes.entries()) {
    edgeAt(first).begins.push(index);
    edgeAt(first + count).ends.push(index);
  }
  const sorted = [...edges].sort(([a], [b]) => a - b);
  const active = new Set<number>();
  for (const [position, [first, { begins, ends }]] of sorted.entries()) {
    for (const index of ends) active.delete(index);
    for (const index of begins) active.add(index);
    const end = sorted[position + 1]?.[0];
    if (end === undefined) return;
    let latest = -1;
    for (const index of active) latest = Math.max(latest, index);
    yield { first, count: end - first, epoch: changes[latest]?.epoch ?? 0 };
  }
}
