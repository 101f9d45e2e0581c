/** @file vitest run test/engine/report/summary.test.ts */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { date, duration, integer, percent, short, tick } from '../../../src/main/engine/report/format.ts';
import {
  finitePoints,
  sizeBins,
  smooth,
  startAndEnd,
  thin,
  topTenthShare,
} from '../../../src/main/engine/report/series.ts';
import { axisEnd, sideBySide } from '../../../src/main/engine/report/sideBySide.ts';
import { renderReport } from '../../../src/main/engine/report/report.ts';
import { renderSummary } from '../../../src/main/engine/report/summary.ts';
import { exampleInput } from './example.ts';

describe('summary', () => {
  test('reads as a whole', () => {
    expect(renderSummary(exampleInput())).toBe(`Twelve pictures (dataset twelve, 7 min 11 s)

  imported  12  1 skipped
  kept       9  75.0%
  removed    3  25.0%
  skipped 1: truncated JPEG

Duplicates: 2 groups within 0.300, the largest; [kept], the others removed
     3  [a.jpg], b.jpg, c.jpg

Cluster sizes before and after, 3 clusters from the largest to the smallest
  7 → 5  ████████████████████████████████████████░░░░░░░░░░░░░░░░
  3 → 2  ████████████████░░░░░░░░
  2 → 2  ████████████████
         █ kept  ░ removed

Training of the student tiny-16: 4 steps on 9 images, 12 s
  loss          first step  last step  mean of the last tenth
  Overall loss        4.00       1.00                    1.00

Evaluation on twelve
                   chance  teacher  student
  Zero-shot top-1   25.0%    75.0%    50.0%

Where things lie
  Student  /out/student
           open_clip.create_model('local-dir:/out/student')
`);
  });

  test('says which models were trained on the tested images', () => {
    const [student, teacher] = exampleInput().evaluations;
    const seen = { images: 12, tested: 12 };
    const both = exampleInput({
      evaluations: [
        { ...student!, seen },
        { ...teacher!, seen },
      ],
    });
    expect(renderSummary(both)).toContain(
      '\n  All 12 tested images of twelve are in the dataset that trained student and teacher: this shows\n  what was learned,',
    );
    expect(renderReport(both, new Map()).text).toContain('All 12 tested images of twelve');
    const none = { ...teacher!, seen: { images: 0, tested: 12 } };
    const one = exampleInput({ evaluations: [{ ...student!, seen: { images: 3, tested: 12 } }, none] });
    expect(renderSummary(one)).toContain(
      '3 of the 12 tested images of twelve are in the dataset that trained student:',
    );
  });

  test('lines fit 100 columns however many and long the names are', () => {
    const input = exampleInput();
    const group = input.balance!.groups[0]!;
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 30 }),
        fc.nat(1000),
        (names, extra) => {
          group.members = names.map((name, i) => ({ name, picture: null, caption: '', distance: 0, keep: i === 0 }));
          group.size = names.length + extra;
          const line = renderSummary(input)
            .split('\n')
            .find((text) => text.trimStart().startsWith(`${integer(group.size)}  [`));
          expect(line).toBeDefined();
          expect(line!.length).toBeLessThanOrEqual(100);
        },
      ),
    );
  });

  test('names cannot drive the terminal', () => {
    const input = exampleInput();
    input.balance!.groups[0]!.members[0]!.name = '\u001b[2Jx\u202ey';
    expect(renderSummary(input)).toContain('[?[2Jx?y]');
  });
});

describe('numbers', () => {
  test('read well', () => {
    expect([0, 0.0123, 4.567, 128, 1234, 12_345, 2_500_000, 1e-6, 3.2e-5].map(short)).toEqual([
      '0',
      '0.0123',
      '4.57',
      '128',
      '1,234',
      '12.3k',
      '2.5M',
      '1e-6',
      '3.2e-5',
    ]);
    expect([0.5, 20, 0.00025, 1000].map(tick)).toEqual(['0.5', '20', '2.5e-4', '1,000']);
    expect([0, 0.0018, 0.146, 1].map(percent)).toEqual(['0.0%', '0.18%', '14.6%', '100.0%']);
    expect([4.24, 59.6, 65, 3700].map(duration)).toEqual(['4.2 s', '1 min 00 s', '1 min 05 s', '1 h 01 min']);
    expect(date('2026-11-24T17:05:00Z')).toBe('24 November 2026, 17:05 UTC');
  });
});

describe('curves', () => {
  const curve = (values: number[]) => ({ name: 'x', steps: values.map((_, i) => i + 1), values });

  test('start and end by hand', () => {
    expect(startAndEnd(curve([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 4, 6, 2, 1, 1, 1, 1, 1, 1, 3]))).toEqual({
      first: 9,
      last: 3,
      settled: 2,
    });
    expect(startAndEnd(curve([NaN]))).toBeUndefined();
  });

  test('smoothing keeps a straight line straight and its length', () => {
    const line = finitePoints(curve(Array.from({ length: 500 }, (_, i) => 3 * i)));
    const smoothed = smooth(line);
    expect(smoothed.length).toBe(500);
    for (let i = 10; i < 490; i++) expect(smoothed[i]!.y).toBeCloseTo(line[i]!.y, 9);
  });

  test('thinning keeps the extremes and the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const points = finitePoints(curve(values));
          const kept = thin(points, 40);
          expect(kept.length).toBeLessThanOrEqual(40);
          expect(Math.max(...kept.map(({ y }) => y))).toBe(Math.max(...values));
          expect(Math.min(...kept.map(({ y }) => y))).toBe(Math.min(...values));
          for (let i = 1; i < kept.length; i++) expect(kept[i]!.x).toBeGreaterThan(kept[i - 1]!.x);
        },
      ),
    );
  });

  test('bins of clusters keep all pictures', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 60 }), (pairs) => {
        const [before, after] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const bins = sizeBins(before, after, 12);
        const total = (of: 'before' | 'after') => bins.reduce((sum, bin) => sum + bin.clusters * bin[of], 0);
        const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0);
        expect(bins.length).toBe(Math.min(12, pairs.length));
        expect(total('before')).toBeCloseTo(sum(before), 6);
        expect(total('after')).toBeCloseTo(sum(after), 6);
        for (let i = 1; i < bins.length; i++) expect(bins[i]!.before).toBeLessThanOrEqual(bins[i - 1]!.before);
      }),
    );
    expect(topTenthShare([10, 5, 5])).toBe(0.5);
    expect(topTenthShare([0, 0])).toBe(0);
  });
});

describe('side by side', () => {
  test('a row a measure, the teacher first, gaps where a model was not evaluated', () => {
    const measure = (name: string, value: number) => {
      const interval: [number, number] = [value - 0.01, value + 0.01];
      return { name, value, interval, chance: 0.1 };
    };
    const around = (value: number) => [value - 0.01, value + 0.01];
    const comparison = sideBySide([
      { model: 'S', role: 'student', data: 'd', measures: [measure('a', 0.2), measure('b', 0.3)] },
      { model: 'T', role: 'teacher', data: 'd', measures: [measure('b', 0.4)] },
      { model: 'T', role: 'teacher', data: 'e', measures: [measure('a', 0.5)] },
      { model: 'S', role: 'student', data: 'd', measures: [measure('a', 0.25)] },
    ]);
    expect(comparison.models.map(({ model }) => model)).toEqual(['T', 'S']);
    expect(comparison.sets).toEqual([
      {
        data: 'd',
        rows: [
          { name: 'a', chance: 0.1, values: [undefined, 0.25], intervals: [undefined, around(0.25)] },
          { name: 'b', chance: 0.1, values: [0.4, 0.3], intervals: [around(0.4), around(0.3)] },
        ],
      },
      { data: 'e', rows: [{ name: 'a', chance: 0.1, values: [0.5, undefined], intervals: [around(0.5), undefined] }] },
    ]);
    expect(axisEnd(comparison)).toBe(0.6);
  });
});
