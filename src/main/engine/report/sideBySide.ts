/** @file Evaluations turned from one list per model into one table: a row a measure, a column a model. */

import type { ReportEvaluation, ReportMeasure, Role } from './input.ts';

export interface Comparison {
  models: { model: string; role: Role }[];
  /** One per set of data, in the order in which they came. */
  sets: { data: string; rows: ComparisonRow[] }[];
}

export interface ComparisonRow {
  name: string;
  chance: number;
  /** One per model; undefined where it was not evaluated. */
  values: (number | undefined)[];
  /** 95% confidence of each value. */
  intervals: (ReportMeasure['interval'] | undefined)[];
}

const roles: Role[] = ['teacher', 'student', 'other'];

/** The last of equal evaluations counts. */
export function sideBySide(evaluations: readonly ReportEvaluation[]): Comparison {
  const models: Comparison['models'] = [];
  for (const { model, role } of evaluations) {
    if (!models.some((known) => known.model === model && known.role === role)) models.push({ model, role });
  }
  models.sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
  const sets: Comparison['sets'] = [];
  for (const { model, role, data, measures } of evaluations) {
    const column = models.findIndex((known) => known.model === model && known.role === role);
    let set = sets.find((known) => known.data === data);
    if (!set) sets.push((set = { data, rows: [] }));
    for (const { name, value, interval, chance } of measures) {
      let row = set.rows.find((known) => known.name === name);
      if (!row) {
        row = { name, chance, values: models.map(() => undefined), intervals: models.map(() => undefined) };
        set.rows.push(row);
      }
      row.values[column] = value;
      row.intervals[column] = interval;
    }
  }
  return { models, sets };
}

/** End of an axis from 0 that holds every value: a round fraction, at most 1. */
export function axisEnd(comparison: Comparison): number {
  const values = comparison.sets.flatMap(({ rows }) => rows.flatMap(({ chance, values: own }) => [chance, ...own]));
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return [0.05, 0.1, 0.2, 0.4, 0.6, 0.8].find((end) => most <= end) ?? 1;
}

/** Says of which models the tested images trained them: one sentence a set of data and number. */
export function seenNotes(evaluations: readonly ReportEvaluation[]): string[] {
  const seen = evaluations.filter((one) => (one.seen?.images ?? 0) > 0);
  const alike = Map.groupBy(seen, (one) => JSON.stringify([one.data, one.seen]));
  return [...alike.values()].map((group) => {
    const { data, seen } = group[0]!;
    const { images, tested } = seen!;
    const which = images === tested ? `All ${tested} tested images` : `${images} of the ${tested} tested images`;
    const models = [...new Set(group.map(({ model }) => model))].join(' and ');
    return `${which} of ${data} are in the dataset that trained ${models}: this shows what was learned, not how it does on new images.`;
  });
}
