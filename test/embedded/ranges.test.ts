// Runs of pages: joined, scattered, told apart by epoch.
import { describe, expect, it } from 'vitest';
import { countPages, epochs, scatter, union } from '../../lib/embedded/ranges.ts';

describe('union', () => {
  it('joins what overlaps or touches and sorts the rest', () => {
    const ranges = [
      { first: 20, count: 5 },
      { first: 0, count: 4 },
      { first: 4, count: 2 },
      { first: 22, count: 1 },
      { first: 23, count: 7 },
    ];
    expect(union(ranges)).toEqual([
      { first: 0, count: 6 },
      { first: 20, count: 10 },
    ]);
  });

  it('joins the nearest ones where there are too many, and loses no page', () => {
    const ranges = [0, 10, 12, 50].map((first) => ({ first, count: 1 }));
    expect(union(ranges, 3)).toEqual([
      { first: 0, count: 1 },
      { first: 10, count: 3 },
      { first: 50, count: 1 },
    ]);
    expect(union(ranges, 1)).toEqual([{ first: 0, count: 51 }]);
  });
});

describe('scatter', () => {
  it.each([
    [1, 1],
    [100, 1],
    [100, 100],
    [1000, 64],
    [1000, 65],
    [12_345, 6_789],
    [13_107_200, 1000],
  ])('of %i pages changes exactly %i', (pageCount, pages) => {
    for (const seed of [0, 1, 4_294_967_295]) {
      const ranges = scatter(pageCount, pages, seed);
      expect(countPages(ranges)).toBe(pages);
      expect(countPages(union(ranges))).toBe(pages);
      expect(Math.max(...ranges.map(({ first, count }) => first + count))).toBeLessThanOrEqual(pageCount);
    }
  });

  it('depends on the seed alone', () => {
    expect(scatter(1000, 10, 5)).toEqual(scatter(1000, 10, 5));
    expect(scatter(1000, 10, 5)).not.toEqual(scatter(1000, 10, 6));
  });
});

describe('epochs', () => {
  it('lets later changes win', () => {
    const changes = [
      { first: 2, count: 4, epoch: 1 },
      { first: 4, count: 4, epoch: 2 },
    ];
    expect([...epochs(10, changes)]).toEqual([
      { first: 0, count: 2, epoch: 0 },
      { first: 2, count: 2, epoch: 1 },
      { first: 4, count: 2, epoch: 2 },
      { first: 6, count: 2, epoch: 2 },
      { first: 8, count: 2, epoch: 0 },
    ]);
  });
});
