/** @file vitest run test/app/charts: long curves in narrow pictures, smoothing, axes, SVG. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawChart, type ChartSpec } from '../../src/renderer/components/chart/drawing.ts';
import { envelopeOf, fillEnvelope } from '../../src/renderer/components/chart/envelope.ts';
import { chartSvg, type Paper } from '../../src/renderer/components/chart/paint.ts';
import { extentOf, keyPoints, lowerBound } from '../../src/renderer/components/chart/reduce.ts';
import { linearScale, logScale, roundTicks } from '../../src/renderer/components/chart/scale.ts';
import {
  alongAxis,
  appendPoints,
  elapsedSeconds,
  emptyCurve,
  figuresOf,
  hasAxis,
  indexAt,
  lastStepOf,
  smoothPoints,
  smoothingWeight,
  unpackPage,
  type Curve,
} from '../../src/renderer/state/series.ts';

const curve = (values: number[], first = 1): Curve => ({
  steps: Int32Array.from(values, (_, i) => first + i),
  values: Float32Array.from(values),
});
const places = (count: number): Float64Array => Float64Array.from({ length: count }, (_, i) => i);

describe('key points', () => {
  test('of few points are all of them, and one beyond each end', () => {
    const [xs, ys] = [places(10), Float32Array.from({ length: 10 }, (_, i) => i)];
    expect([...keyPoints({ xs, ys }, { from: 3, to: 6, columns: 100 })]).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test('of a column are its first, lowest, highest and last', () => {
    // one column of eight points, all in sight
    const ys = Float32Array.of(5, 6, 1, 7, 9, 2, 8, 4);
    expect([...keyPoints({ xs: places(8), ys }, { from: 0, to: 8, columns: 1 })]).toEqual([0, 2, 4, 7]);
  });

  test('leave out what is not there, and under a logarithm what is not positive', () => {
    const ys = Float32Array.of(1, NaN, -2, 0, 3);
    const part = { from: 0, to: 4, columns: 10 };
    expect([...keyPoints({ xs: places(5), ys }, part)]).toEqual([0, 2, 3, 4]);
    expect([...keyPoints({ xs: places(5), ys }, part, true)]).toEqual([0, 4]);
  });

  test('cover the least and the greatest of each column, however many points there are', () => {
    const value = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constant(NaN));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 1500, size: 'max' }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 1, max: 1500 }),
        (values, columns, from, span) => {
          const [xs, ys] = [places(values.length), Float32Array.from(values)];
          const to = from + span;
          const kept = [...keyPoints({ xs, ys }, { from, to, columns })];
          expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
          const columnOf = (i: number): number => Math.floor(((xs[i]! - from) * columns) / (to - from));
          const inSight = (i: number): boolean => xs[i]! >= from && xs[i]! < to && !Number.isNaN(ys[i]!);
          for (let column = 0; column < columns; column++) {
            const all = values.flatMap((_, i) => (inSight(i) && columnOf(i) === column ? [ys[i]!] : []));
            const drawn = kept.filter((i) => inSight(i) && columnOf(i) === column).map((i) => ys[i]!);
            expect(Math.min(...drawn)).toBe(Math.min(...all));
            expect(Math.max(...drawn)).toBe(Math.max(...all));
          }
          expect(kept.length).toBeLessThanOrEqual(4 * (columns + 4));
        },
      ),
    );
  });

  test('a single spike among a million points is drawn', () => {
    const ys = new Float32Array(1_000_000).fill(1);
    ys[612_345] = 50;
    const kept = keyPoints({ xs: places(ys.length), ys }, { from: 0, to: ys.length, columns: 800 });
    expect(extentOf(ys, kept)).toEqual([1, 50]);
    expect(kept.length).toBeLessThan(3300);
  });

  test('of a curve that grows are those of the whole, in blocks of points or not', () => {
    const points = 40_000;
    const whole = Float32Array.from({ length: points }, (_, i) => (i % 7 === 0 ? NaN : Math.sin(i * i)));
    let grown = curve([]);
    for (let at = 0; at < points; at += 1777) {
      grown = appendPoints(grown, curve([...whole.subarray(at, at + 1777)], at + 1));
      const ys = grown.values;
      // 8 columns are wide enough for blocks, 400 are not
      for (const columns of [8, 400]) {
        for (const positive of [false, true]) {
          const part = { from: 100, to: ys.length, columns };
          const known = keyPoints({ xs: places(ys.length), ys }, part, positive);
          const afresh = keyPoints({ xs: places(ys.length), ys: whole.slice(0, ys.length) }, part, positive);
          expect([...known]).toEqual([...afresh]);
        }
      }
    }
  });

  test('the first place at or after a value is found', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: -5, max: 55 }), (numbers, x) => {
        const xs = Float64Array.from(numbers).sort();
        expect(lowerBound(xs, x)).toBe(xs.filter((one) => one < x).length);
        expect(indexAt(xs, x)).toBe(xs.filter((one) => one <= x).length - 1);
      }),
    );
  });
});

describe('curves', () => {
  test('grow by what is new, and what was seen before stays as it was', () => {
    const first = appendPoints(emptyCurve, curve([1, 2, 3]));
    const second = appendPoints(first, curve([9, 9, 4, 5], 2));
    expect([...second.steps]).toEqual([1, 2, 3, 4, 5]);
    expect([...second.values]).toEqual([1, 2, 3, 4, 5]);
    expect([...first.values]).toEqual([1, 2, 3]);
    expect(appendPoints(second, curve([7], 5))).toBe(second);
    expect(lastStepOf(second)).toBe(5);
    expect(lastStepOf(emptyCurve)).toBe(0);
  });

  test('in any pages are the same curve', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.float({ noNaN: true }), { maxLength: 300 }), { maxLength: 8 }), (pages) => {
        let [whole, at] = [emptyCurve, 1];
        for (const page of pages) {
          whole = appendPoints(whole, curve(page, at));
          at += page.length;
        }
        expect([...whole.values]).toEqual([...Float32Array.from(pages.flat())]);
        expect(whole.steps.length).toBe(at - 1);
      }),
    );
  });

  test('come as base64', () => {
    const { steps, values } = curve([0.5, -2]);
    const pack = ({ buffer }: Int32Array | Float32Array): string =>
      Buffer.from(buffer as ArrayBuffer).toString('base64');
    expect(unpackPage({ steps: pack(steps), values: pack(values) })).toEqual({ steps, values });
    expect(unpackPage({ steps: '', values: '' }).steps).toHaveLength(0);
  });

  test('are smoothed over all points, corrected for the start', () => {
    expect([...smoothPoints(Float32Array.of(1, 3, 5), 0)]).toEqual([1, 3, 5]);
    // weight 1/2: 1, (1/2 + 3) / (3/2), (1/4 + 3/2 + 5) / (7/4)
    const smoothed = smoothPoints(Float32Array.of(1, 3, 5), 0.5);
    for (const [i, expected] of [1, 7 / 3, 27 / 7].entries()) expect(smoothed[i]).toBeCloseTo(expected, 5);
    expect([...smoothPoints(Float32Array.of(2, NaN, 2), 0.9)].map((one) => Number(one.toFixed(5)))).toEqual([
      2,
      NaN,
      2,
    ]);
  });

  test('are smoothed point by point as they come, to the last bit as all at once', () => {
    const weights = [0.5, 0.874, 0.99, 0.999];
    const values = Array.from({ length: 4000 }, (_, i) => (i % 501 === 500 ? NaN : 3 + Math.sin(i * i)));
    for (const weight of weights) {
      let grown = curve([]);
      for (let at = 0; at < values.length; at += 777) {
        grown = appendPoints(grown, curve(values.slice(at, at + 777), at + 1));
        smoothPoints(grown.values, weight);
      }
      const naive = naiveAverage(grown.values, weight);
      expect(smoothPoints(grown.values, weight)).toEqual(naive);
      expect(smoothPoints(grown.values.subarray(0, 1000), weight)).toEqual(naive.slice(0, 1000));
      // another weight on the same room, and back
      expect(smoothPoints(grown.values, 0.3)).toEqual(naiveAverage(grown.values, 0.3));
      expect(smoothPoints(grown.values, weight)).toEqual(naive);
    }
  });

  test('smoothed stay between the least and the greatest value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (values, weight) => {
          const smoothed = smoothPoints(Float32Array.from(values), weight);
          expect(Math.min(...smoothed)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-3);
          expect(Math.max(...smoothed)).toBeLessThanOrEqual(Math.max(...values) + 1e-3);
        },
      ),
    );
  });

  test('the slider smooths from nothing to about a thousand points', () => {
    expect(smoothingWeight(0)).toBe(0);
    expect(1 / (1 - smoothingWeight(1))).toBeCloseTo(1000);
  });

  test('lie along steps, samples, epochs and time', () => {
    // 4 pairs a step at 2, 4 and 8 pairs a second: 2 s, 1 s, 0.5 s
    const clock = { batch: 4, samples: 8, speed: curve([2, 4, 8]) };
    const seconds = elapsedSeconds(clock);
    expect([...seconds]).toEqual([2, 3, 3.5]);
    const steps = Int32Array.of(1, 3);
    expect([...alongAxis(steps, 'step', clock, null)]).toEqual([1, 3]);
    expect([...alongAxis(steps, 'samples', clock, null)]).toEqual([4, 12]);
    expect([...alongAxis(steps, 'epoch', clock, null)]).toEqual([0.5, 1.5]);
    expect([...alongAxis(steps, 'time', clock, seconds)]).toEqual([2, 3.5]);
    expect(hasAxis('epoch', { ...clock, samples: null })).toBe(false);
    expect(hasAxis('time', { ...clock, speed: emptyCurve })).toBe(false);
    expect(hasAxis('step', { ...clock, batch: null })).toBe(true);
  });

  test('have a best, a last and a chosen value', () => {
    const { best, bestStep, last, at } = figuresOf(curve([5, 2, 3]), 1, 'min');
    expect([best, bestStep, last, at]).toEqual([2, 2, 3, 5]);
    expect(figuresOf(curve([5, 2, 3]), null, 'max').best).toBe(5);
    expect(figuresOf(curve([5]), 0, 'min').at).toBeNull();
    expect(figuresOf(emptyCurve, 3, 'min')).toEqual({ best: null, bestStep: 0, last: null, at: null });
  });
});

/** The formula, word for word. */
function naiveAverage(values: Float32Array, weight: number): Float32Array {
  let [average, past] = [0, 1];
  return values.map((value) => {
    if (!Number.isFinite(value)) return NaN;
    average = weight * average + (1 - weight) * value;
    past *= weight;
    return average / (1 - past);
  });
}

describe('an envelope', () => {
  test('of a line is what it covers of each column', () => {
    // from (10, 0) up to (12, 8), down to (12.5, 4); nothing in the last column
    const envelope = envelopeOf(Float32Array.of(10, 0, 12, 8, 12.5, 4), 10, 4);
    expect([...envelope]).toEqual([0, 4, 4, 8, 4, 8, NaN, NaN]);
    expect([...envelopeOf(Float32Array.of(5, 1, 20, 1), 10, 2)]).toEqual([1, 1, 1, 1]);
    expect([...envelopeOf(new Float32Array(0), 10, 1)]).toEqual([NaN, NaN]);
  });

  test('of the key points is that of all points', () => {
    const value = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant(NaN));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 200, maxLength: 600, size: 'max' }),
        fc.integer({ min: 1, max: 12 }),
        (values, columns) => {
          const line = { ...spec().lines[0]!, xs: places(values.length), raw: Float32Array.from(values) };
          const width = columns + 72; // its margins
          const drawing = drawChart(spec({ width, to: values.length - 1, lines: [line] }));
          const { plot, x, y, strokes } = drawing;
          expect(plot.right - plot.left).toBe(columns);
          const all = values.flatMap((one, i) =>
            Number.isNaN(one)
              ? []
              : [plot.left + x.to(i) * columns, plot.bottom - y.to(one) * (plot.bottom - plot.top)],
          );
          const naive = naiveEnvelope(all, plot.left, columns);
          const found = strokes[0]!.envelope ?? envelopeOf(strokes[0]!.points, plot.left, columns);
          for (let i = 0; i < naive.length; i++) {
            if (Number.isNaN(naive[i])) expect(found[i]).toBeNaN();
            else expect(found[i]).toBeCloseTo(naive[i]!, 1);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('is drawn as bars that touch, with gaps where the line has them', () => {
    const bars: number[][] = [];
    const context = { fillRect: (...bar: number[]) => bars.push(bar) } as unknown as CanvasRenderingContext2D;
    fillEnvelope(context, Float32Array.of(1, 3, NaN, NaN, 3, 3, 3, 4), 10, { width: 1, dash: [] });
    expect(bars).toEqual([
      [10, 0.5, 1, 3],
      [12, 2.5, 1, 1],
      [13, 2.5, 1, 2],
    ]);
    bars.length = 0;
    fillEnvelope(context, new Float32Array(14).fill(1), 0, { width: 1, dash: [2, 3] });
    expect(bars.map(([x]) => x)).toEqual([0, 1, 5, 6]);
  });
});

/** Least and greatest of a line through points in each column: at the points, and at both edges of the column. */
function naiveEnvelope(points: number[], left: number, columns: number): number[] {
  const at = (x: number): number[] => {
    const found: number[] = [];
    for (let i = 2; i < points.length; i += 2) {
      const [x1, y1, x2, y2] = [points[i - 2]!, points[i - 1]!, points[i]!, points[i + 1]!];
      if (x1 <= x && x <= x2) found.push(y1 + ((y2 - y1) * (x - x1)) / (x2 - x1));
    }
    return found;
  };
  return Array.from({ length: columns }, (_, column) => {
    const [start, end] = [left + column, left + column + 1];
    const ys = [...at(start), ...at(end)];
    for (let i = 0; i < points.length; i += 2) if (points[i]! >= start && points[i]! < end) ys.push(points[i + 1]!);
    return ys.length === 0 ? [NaN, NaN] : [Math.min(...ys), Math.max(...ys)];
  }).flat();
}

describe('axes', () => {
  test('have round numbers', () => {
    expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks(3, 47, 5)).toEqual([10, 20, 30, 40]);
    expect(roundTicks(1, 80, 3)).toEqual([20, 40, 60, 80]);
    expect(roundTicks(0, 2, 9, true)).toEqual([0, 1, 2]);
    expect(roundTicks(5, 5, 4)).toEqual([5]);
    expect(logScale(0.5, 200, 4).ticks).toEqual([1, 10, 100]);
    expect(logScale(1, 10, 6).ticks).toEqual([1, 2, 5, 10]);
  });

  test('never have too many, and lead there and back', () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), bound, (low, span, value) => {
        const scale = linearScale(low, low + span, 6);
        expect(scale.ticks.length).toBeLessThanOrEqual(10);
        expect(scale.from(scale.to(value))).toBeCloseTo(value, 3);
      }),
    );
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 1.001, max: 1e9 }),
        (low, factor) => {
          const { ticks, from, to } = logScale(low, low * factor, 5);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThan(16);
          expect(from(to(low))).toBeCloseTo(low, 3);
        },
      ),
    );
  });
});

const spec = (change: Partial<ChartSpec> = {}): ChartSpec => ({
  width: 400,
  height: 200,
  from: 0,
  to: 10,
  logY: false,
  bounds: null,
  wholeX: true,
  formatX: String,
  formatY: String,
  lines: [
    { label: 'a & b', color: 'red', dash: [4, 2], xs: places(11), raw: Float32Array.from(places(11)), smoothed: null },
  ],
  markers: [
    { x: 5, kind: 'checkpoint', text: 'step <5>' },
    { x: 50, kind: 'alarm', text: 'elsewhere' },
  ],
  ...change,
});
const paper: Paper = {
  background: 'white',
  grid: 'grey',
  ink: 'black',
  marks: { checkpoint: 'grey', evaluation: 'green', alarm: 'red' },
};

describe('a drawing', () => {
  test('puts points where they belong, and leaves out markers that are not in sight', () => {
    const { plot, strokes, markers } = drawChart(spec());
    expect(strokes).toHaveLength(1);
    const { points } = strokes[0]!;
    expect(points).toHaveLength(22);
    expect(points[0]).toBeCloseTo(plot.left);
    expect(points[20]).toBeCloseTo(plot.right);
    expect(points[1]!).toBeGreaterThan(points[21]!);
    expect(markers.map(({ at }) => at)).toEqual([(plot.left + plot.right) / 2]);
  });

  test('has the smoothed curve over the faint raw one', () => {
    const [line] = spec().lines;
    const { strokes } = drawChart(spec({ lines: [{ ...line!, smoothed: line!.raw }] }));
    expect(strokes.map(({ opacity, dash }) => [opacity, dash.length])).toEqual([
      [0.3, 0],
      [1, 2],
    ]);
  });

  test.each([
    ['nothing', []],
    ['one point', [3]],
    ['equal values', [2, 2, 2]],
    ['nothing that is a number', [NaN, NaN]],
    ['infinity', [1, Infinity, 2]],
    ['values below zero', [-1, -5]],
  ])('of %s is a drawing', (_, values) => {
    for (const logY of [false, true]) {
      const line = { ...spec().lines[0]!, xs: places(values.length), raw: Float32Array.from(values) };
      const drawing = drawChart(spec({ logY, lines: [line] }));
      expect([...drawing.strokes[0]!.points].every(Number.isFinite)).toBe(true);
      expect(drawing.yLabels.every(({ at }) => Number.isFinite(at))).toBe(true);
    }
  });

  test('as SVG is text that is escaped', () => {
    const svg = chartSvg(drawChart(spec()), paper, { title: 'Loss <1>', entries: spec().lines as [] });
    expect(svg).toContain('Loss &lt;1&gt;');
    expect(svg).toContain('a &amp; b');
    expect(svg).toContain('step &lt;5&gt;');
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg).not.toContain('NaN');
  });
});
