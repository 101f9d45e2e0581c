/** @file Runs side by side: the settings that tell them apart, and the values of a metric, sorted. */

import { chartKinds, type Metric } from './runCharts.ts';
import type { RunData } from './runs.ts';
import { emptyCurve, figuresOf } from './series.ts';

type Setting = RunData['facts']['settings'][string];

/** Names of the settings that are not the same in all runs; a setting that a run has not is different. */
export function differingSettings(runs: readonly Pick<RunData, 'facts'>[]): string[] {
  const all = runs.map(({ facts }): Record<string, Setting> => ({ ...facts.settings, device: facts.device }));
  const names = new Set(all.flatMap((settings) => Object.keys(settings)));
  return [...names].filter((name) => new Set(all.map((settings) => settings[name] ?? null)).size > 1);
}

export const settingText = (value: Setting | undefined): string =>
  value === undefined || value === null ? '–' : typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);

export interface CompareRow {
  data: RunData;
  /** Place among the shown runs: its colour. */
  place: number;
  cells: Record<string, Setting>;
}

/** Columns `best`, `bestStep`, `last`, `at` and `setting:NAME`. */
export function compareRows(runs: readonly RunData[], metric: Metric, step: number | null): CompareRow[] {
  const settings = differingSettings(runs);
  return runs.map((data, place) => {
    const own: Record<string, Setting> = { ...data.facts.settings, device: data.facts.device };
    const cells = Object.fromEntries(settings.map((name) => [`setting:${name}`, own[name] ?? null]));
    return {
      data,
      place,
      cells: { ...figuresOf(data.curves[metric.name] ?? emptyCurve, step, metric.best), ...cells },
    };
  });
}

/** Numbers by size, the rest by the alphabet; what is not there comes last either way. */
export function sortRows(rows: readonly CompareRow[], column: string, descending: boolean): CompareRow[] {
  const compare = (a: Setting | undefined, b: Setting | undefined): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : settingText(a).localeCompare(settingText(b), 'en');
  return [...rows].sort((first, second) => {
    const [a, b] = [first.cells[column], second.cells[column]];
    const missing = Number(a === null || a === undefined) - Number(b === null || b === undefined);
    return missing || (descending ? -compare(a, b) : compare(a, b)) || first.place - second.place;
  });
}

/** Metrics that some of the runs have. */
export function comparable(runs: readonly RunData[]): Metric[] {
  const known = new Set(runs.flatMap(({ facts }) => facts.names));
  return chartKinds.flatMap(({ metrics }) => metrics).filter(({ name }) => known.has(name));
}
