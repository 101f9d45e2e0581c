/** @file The charts of runs: which there are, what they have in common (axis, part that is shown, smoothing), their lines. */

import { create } from 'zustand';
import type { Line, Marker } from '../components/chart/drawing.ts';
import { lowerBound } from '../components/chart/reduce.ts';
import { formatBytes, formatCount, formatDuration, formatValue } from './format.ts';
import type { RunData } from './runs.ts';
import { alongAxis, elapsedSeconds, emptyCurve, smoothPoints, type Axis, type Curve, type RunClock } from './series.ts';

interface ChartView {
  axis: Axis;
  /** Shown part of the axis; null: all of it. */
  view: ChartPart | null;
  /** Place of the pointer on the axis, the same in all charts. */
  cursor: number | null;
  /** 0 to 1: see `smoothingWeight`. */
  smoothing: number;
  logY: boolean;
  /** Metrics that are switched off. */
  hidden: ReadonlySet<string>;
}

export const useChartView = create<ChartView>(() => ({
  axis: 'step',
  view: null,
  cursor: null,
  smoothing: 0.3,
  logY: false,
  hidden: new Set(),
}));

export const setAxis = (axis: Axis): void => {
  useChartView.setState({ axis, view: null, cursor: null });
};
export const toggleMetric = (metric: string): void => {
  useChartView.setState(({ hidden }) => ({ hidden: hidden.symmetricDifference(new Set([metric])) }));
};

/** Shown part of an axis. */
export interface ChartPart {
  from: number;
  to: number;
}

/** What is shown of a wished part within what there is: null for all of it, undefined where it is too small to see. */
export function partOf(
  { from, to }: ChartPart,
  [least, greatest]: readonly [number, number],
): ChartPart | null | undefined {
  const all = greatest - least;
  const span = Math.min(to - from, all);
  if (!(span > all * 1e-6)) return undefined;
  const start = Math.max(least, Math.min(from, greatest - span));
  return span >= all * 0.999 ? null : { from: start, to: start + span };
}

/** Zooms about a place, or moves, in all charts. */
export function showPart(from: number, to: number, ends: readonly [number, number]): void {
  const view = partOf({ from, to }, ends);
  if (view !== undefined) useChartView.setState({ view });
}

type Unit = 'number' | 'share' | 'bytes';

export interface Metric {
  name: string;
  label: string;
  color: string;
  /** Which end of its values is the good one. */
  best: 'min' | 'max';
}

export interface ChartKind {
  title: string;
  unit: Unit;
  metrics: Metric[];
  /** Set, not measured: there is nothing to smooth. */
  exact?: true;
  /** Takes a row of its own. */
  wide?: true;
}

const metric = (name: string, label: string, color: string, best: Metric['best'] = 'min'): Metric => ({
  name,
  label,
  color: `--series-${color}`,
  best,
});

export const chartKinds: ChartKind[] = [
  {
    title: 'Loss',
    unit: 'number',
    wide: true,
    metrics: [
      metric('loss/overall', 'overall', 'overall'),
      metric('loss/base', 'base', 'base'),
      metric('loss/cluster', 'cluster', 'cluster'),
      metric('loss/label', 'label', 'label'),
      metric('loss/divergence', 'divergence', 'divergence'),
      metric('loss/instance', 'instance', 'instance'),
    ],
  },
  { title: 'Learning rate', unit: 'number', exact: true, metrics: [metric('lr', 'learning rate', 'base')] },
  { title: 'Gradient norm', unit: 'number', metrics: [metric('gradNorm', 'gradient norm', 'cluster')] },
  { title: 'Logit scale', unit: 'number', metrics: [metric('logitScale', 'logit scale', 'divergence')] },
  { title: 'Variance of the embeddings', unit: 'number', metrics: [metric('spread', 'variance', 'instance', 'max')] },
  { title: 'Samples a second', unit: 'number', metrics: [metric('samplesPerSecond', 'samples/s', 'label', 'max')] },
  {
    title: 'Use of the machine',
    unit: 'share',
    metrics: [
      metric('cpu', 'CPU', 'base', 'max'),
      metric('gpu', 'GPU', 'instance', 'max'),
      metric('waiting', 'waiting for pictures', 'cluster'),
    ],
  },
  {
    title: 'Memory',
    unit: 'bytes',
    metrics: [metric('memory', 'of the process', 'base'), metric('gpuMemory', 'of the GPU', 'instance')],
  },
];

/** Charts that the runs have something for; where several are compared, one a metric. */
export function chartsOf(data: readonly RunData[]): ChartKind[] {
  const known = new Set(data.flatMap(({ facts }) => facts.names));
  const charts = chartKinds
    .map((kind) => ({ ...kind, metrics: kind.metrics.filter(({ name }) => known.has(name)) }))
    .filter(({ metrics }) => metrics.length > 0);
  if (data.length < 2) return charts;
  return charts.flatMap(({ wide: _, title, metrics, ...kind }) =>
    metrics.map((one) => ({
      ...kind,
      title: metrics.length > 1 ? `${title}: ${one.label}` : title,
      metrics: [one],
    })),
  );
}

/** Colour and strokes tell runs apart, so that one of the two is enough. */
const runColors = ['base', 'cluster', 'instance', 'divergence', 'label', 'overall'];
const runDashes = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4]];
export const runStyle = (index: number): { color: string; dash: readonly number[] } => ({
  color: `--series-${runColors[index % runColors.length]!}`,
  dash: runDashes[index % runDashes.length]!,
});

export const clockOf = ({ facts, curves }: RunData): RunClock => ({
  batch: facts.batch,
  samples: facts.samples,
  speed: curves['samplesPerSecond'] ?? emptyCurve,
});

/** By the room of the steps: places that are known stay, so that new points cost only themselves. */
const places = new WeakMap<ArrayBuffer, { key: string; count: number; xs: Float64Array<ArrayBuffer> }>();
const elapsed = new WeakMap<Int32Array, Float64Array>();

function lineOf(
  { steps, values }: Curve,
  axis: Axis,
  clock: RunClock,
  weight: number,
): Omit<Line, 'label' | 'color' | 'dash'> {
  return {
    xs: placesOf(steps, axis, clock),
    raw: values,
    smoothed: weight === 0 ? null : smoothPoints(values, weight),
  };
}

export function placesOf(steps: Int32Array<ArrayBuffer>, axis: Axis, clock: RunClock): Float64Array {
  // the time of a step is known once its speed is
  const key = `${axis} ${clock.batch ?? 0} ${clock.samples ?? 0} ${axis === 'time' ? clock.speed.steps.length : 0}`;
  let known = places.get(steps.buffer);
  if (known?.key !== key) {
    known = { key, count: 0, xs: new Float64Array(steps.buffer.byteLength / 4) };
    places.set(steps.buffer, known);
  }
  if (known.count < steps.length) {
    alongAxis(steps, axis, clock, axis === 'time' ? secondsOf(clock) : null, known.xs, known.count);
    known.count = steps.length;
  }
  return known.xs.subarray(0, steps.length);
}

function secondsOf(clock: RunClock): Float64Array {
  const { steps } = clock.speed;
  let seconds = elapsed.get(steps);
  if (!seconds) elapsed.set(steps, (seconds = elapsedSeconds(clock)));
  return seconds;
}

/** Lines of a chart: one a metric of one run, or one a run. `color` names a CSS variable. */
export function linesOf(
  kind: ChartKind,
  data: readonly RunData[],
  axis: Axis,
  weight: number,
  hidden: ReadonlySet<string>,
): Line[] {
  const compared = data.length > 1;
  return data.flatMap((run, index) =>
    kind.metrics
      .filter(({ name }) => (compared || !hidden.has(name)) && run.curves[name])
      .map((one): Line => {
        const style = compared ? runStyle(index) : { color: one.color, dash: [] };
        const line = lineOf(run.curves[one.name]!, axis, clockOf(run), kind.exact ? 0 : weight);
        return { ...style, ...line, label: compared ? runLabel(run, index) : one.label };
      }),
  );
}

export const runLabel = ({ facts }: RunData, index: number): string => `${index + 1} ${facts.student}`;

/** Ends of the axis over all that is shown. */
export function axisBounds(data: readonly RunData[], axis: Axis): [number, number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const run of data) {
    for (const { steps } of Object.values(run.curves)) {
      if (steps.length === 0) continue;
      const xs = placesOf(steps, axis, clockOf(run));
      least = Math.min(least, xs[0]!);
      greatest = Math.max(greatest, xs.at(-1)!);
    }
  }
  if (!(least <= greatest)) return [0, 1];
  return least === greatest ? [least - 0.5, greatest + 0.5] : [least, greatest];
}

/** Checkpoints, evaluations and alarms of a run on an axis. */
export function markersOf(run: RunData, axis: Axis): Marker[] {
  const { checkpoints, evaluations, alarms } = run.facts;
  const at = (step: number): number => placesOf(Int32Array.of(step), axis, clockOf(run))[0]!;
  return [
    ...checkpoints.map(({ step }): Marker => ({
      x: at(step),
      kind: 'checkpoint',
      text: `Checkpoint of step ${formatCount(step)}`,
    })),
    ...evaluations.map(({ step, task, data }): Marker => ({
      x: at(step),
      kind: 'evaluation',
      text: `Evaluated: ${task} on ${data}`,
    })),
    ...alarms.map(({ step, text }): Marker => ({ x: at(step), kind: 'alarm', text })),
  ];
}

/** Value of a line at a place: that of the point at or before it, or of the last one. */
export function valueAt({ xs, raw }: Line, x: number | null): number | null {
  if (xs.length === 0) return null;
  const at = x === null ? xs.length - 1 : Math.min(lowerBound(xs, x * (1 + 1e-12) + 1e-12), xs.length) - 1;
  const value = raw[x === null ? at : Math.max(at, xs[0]! <= x ? 0 : -1)];
  return value === undefined || Number.isNaN(value) ? null : value;
}

export function formatOn(axis: Axis, x: number): string {
  switch (axis) {
    case 'step':
    case 'samples':
      return formatCount(x);
    case 'epoch':
      return String(Number(x.toFixed(2)));
    case 'time':
      return formatDuration(x * 1000);
  }
}

export function formatUnit(unit: Unit, value: number): string {
  switch (unit) {
    case 'number':
      return formatValue(value);
    case 'share':
      return `${Number((value * 100).toFixed(1))}%`;
    case 'bytes':
      return formatBytes(value);
  }
}

/** Of a line at a place, in words of its unit; a dash where it has none. */
export function valueText(unit: Unit, line: Line | undefined, x: number | null): string {
  const value = line ? valueAt(line, x) : null;
  return value === null ? '–' : formatUnit(unit, value);
}

/** Short enough for the side of a chart: without the zeros at the end. */
export const formatTick = (unit: Unit, tick: number): string =>
  unit === 'number'
    ? formatValue(tick)
        .replace(/(\.\d*?)0+($|e)/, '$1$2')
        .replace(/\.($|e)/, '$1')
    : formatUnit(unit, tick);
