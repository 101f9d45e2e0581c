/** @file The loss curves of a run: columns on one axis of steps, appended as they come, smoothed over all points. */

import type { Metrics } from '../../preload/contract.ts';

export const lossSeries = [
  { metric: 'loss/overall', label: 'overall' },
  { metric: 'loss/base', label: 'base' },
  { metric: 'loss/cluster', label: 'cluster' },
  { metric: 'loss/label', label: 'label' },
  { metric: 'loss/divergence', label: 'divergence' },
  { metric: 'loss/instance', label: 'instance' },
] as const;
export type LossMetric = (typeof lossSeries)[number]['metric'];
export const lossMetrics: LossMetric[] = lossSeries.map(({ metric }) => metric);

export type Column = (number | null)[];

export interface Curve {
  run: string;
  /** `[n]`, ascending. */
  steps: number[];
  /** `[n]` each. */
  values: Record<LossMetric, Column>;
}

export const emptyCurve = (run: string): Curve => ({
  run,
  steps: [],
  values: Object.fromEntries(lossMetrics.map((metric) => [metric, []])) as unknown as Curve['values'],
});

export const lastStepOf = (curve: Curve): number => curve.steps.at(-1) ?? 0;

/** A new curve with the values after its last step; steps that are known already are left out. */
export function appendMetrics(curve: Curve, { steps, values }: Metrics): Curve {
  const first = steps.findIndex((step) => step > lastStepOf(curve));
  if (first < 0) return curve;
  const next = emptyCurve(curve.run);
  next.steps = curve.steps.concat(steps.slice(first));
  for (const metric of lossMetrics) {
    const added = values[metric]?.slice(first) ?? steps.slice(first).map(() => null);
    next.values[metric] = curve.values[metric].concat(added);
  }
  return next;
}

/** Exponential moving average with weight `0 <= weight < 1` on the past, corrected for its start; gaps stay gaps. */
export function smooth(column: Column, weight: number): Column {
  let average = 0;
  let past = 1;
  return column.map((value) => {
    if (value === null) return null;
    average = weight * average + (1 - weight) * value;
    past *= weight;
    return average / (1 - past);
  });
}

/** Last value that is there. */
export const lastValue = (column: Column): number | null => column.findLast((value) => value !== null) ?? null;
