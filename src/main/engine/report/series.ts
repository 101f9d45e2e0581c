/** @file Curves made readable: smoothed, thinned, summed up; cluster sizes in order. */

import type { ReportCurve } from './input.ts';

export interface Point {
  x: number;
  y: number;
}

/** Points of a curve whose values are finite. */
export function finitePoints(curve: ReportCurve): Point[] {
  const points: Point[] = [];
  for (const [i, x] of curve.steps.entries()) {
    const y = curve.values[i];
    if (y !== undefined && Number.isFinite(y)) points.push({ x, y });
  }
  return points;
}

/** Centred mean over about a 25th of the curve: no lag, and at the ends over what is there. */
export function smooth(points: readonly Point[]): Point[] {
  const half = Math.floor(points.length / 50);
  const sums = [0];
  for (const { y } of points) sums.push(sums.at(-1)! + y);
  return points.map(({ x }, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(points.length, i + half + 1);
    return { x, y: (sums[to]! - sums[from]!) / (to - from) };
  });
}

/** At most about `limit` points; of each stretch the lowest and the highest stay, so that spikes remain visible. */
export function thin(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points];
  const stretches = Math.floor(limit / 2);
  const kept: Point[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * points.length) / stretches);
    const to = Math.floor(((stretch + 1) * points.length) / stretches);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (points[i]!.y < points[low]!.y) low = i;
      if (points[i]!.y > points[high]!.y) high = i;
    }
    for (const i of new Set([Math.min(low, high), Math.max(low, high)])) kept.push(points[i]!);
  }
  return kept;
}

export interface StartAndEnd {
  first: number;
  last: number;
  /** Mean of the last tenth of the steps: one step alone is noisy. */
  settled: number;
}

/** Undefined for a curve without a finite value. */
export function startAndEnd(curve: ReportCurve): StartAndEnd | undefined {
  const points = finitePoints(curve);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return undefined;
  const tail = points.slice(-Math.max(1, Math.floor(points.length / 10)));
  return { first: first.y, last: last.y, settled: tail.reduce((sum, { y }) => sum + y, 0) / tail.length };
}

export interface SizeBin {
  /** Clusters in the bin. */
  clusters: number;
  /** Mean pictures of a cluster. */
  before: number;
  after: number;
}

/** Clusters from the largest before balancing to the smallest, in at most `limit` bins of neighbours. */
export function sizeBins(before: readonly number[], after: readonly number[], limit: number): SizeBin[] {
  const order = before.map((_, i) => i).sort((a, b) => before[b]! - before[a]! || after[b]! - after[a]! || a - b);
  const count = Math.min(limit, order.length);
  return Array.from({ length: count }, (_, bin) => {
    const members = order.slice(
      Math.floor((bin * order.length) / count),
      Math.floor(((bin + 1) * order.length) / count),
    );
    const mean = (sizes: readonly number[]) => members.reduce((sum, i) => sum + sizes[i]!, 0) / members.length;
    return { clusters: members.length, before: mean(before), after: mean(after) };
  });
}

/** Share of all pictures that lie in the largest tenth of the clusters, at least one: how uneven the sizes are. */
export function topTenthShare(sizes: readonly number[]): number {
  const sorted = [...sizes].sort((a, b) => b - a);
  const total = sorted.reduce((sum, size) => sum + size, 0);
  const top = sorted.slice(0, Math.max(1, Math.round(sorted.length / 10)));
  return total === 0 ? 0 : top.reduce((sum, size) => sum + size, 0) / total;
}

/** What curves are called, in the order in which they are shown. */
const names: Record<string, string> = {
  'loss/overall': 'Overall loss',
  'loss/base': 'Base',
  'loss/cluster': 'Cluster',
  'loss/label': 'Label',
  'loss/divergence': 'Divergence',
  'loss/instance': 'Instance',
  lr: 'Learning rate',
  gradNorm: 'Gradient norm',
  logitScale: 'Logit scale',
  samplesPerSecond: 'Samples per second',
};

export const curveName = (name: string): string => names[name] ?? name;

/** Known curves first, in reading order; then the others. */
export function inOrder(curves: readonly ReportCurve[]): ReportCurve[] {
  const places = Object.keys(names);
  const place = ({ name }: ReportCurve) => (places.includes(name) ? places.indexOf(name) : places.length);
  return [...curves].sort((a, b) => place(a) - place(b));
}

export const isLoss = ({ name }: ReportCurve): boolean => name.startsWith('loss/');
