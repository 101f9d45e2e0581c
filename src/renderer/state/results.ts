/** @file Evaluations as the view of results lays them out. */

import type { EvaluationFacts, EvaluationRow } from '../../preload/contract.ts';
import { baseName, formatCount } from './format.ts';

/** One task on one set of data, the models side by side. */
export interface ResultBlock {
  key: string;
  task: string;
  data: string;
  /** What people call the data. */
  title: string;
  tested: number;
  /** Models in the order in which they were evaluated first, those that a run of the workspace trained last. */
  models: EvaluationRow[];
  rows: ResultLine[];
}

export interface ResultLine {
  name: string;
  chance: number;
  /** In the order of `models`; undefined where one lacks the measure. */
  cells: ({ value: number; interval: [number, number] } | undefined)[];
}

/**
 * The block that was evaluated last comes first. A run is one model, whether it was evaluated by its id or by a label of a pipeline.
 * @param students of the runs that are there
 */
export function blocksOf(
  evaluations: readonly EvaluationRow[],
  students: ReadonlyMap<string, string> = new Map(),
): ResultBlock[] {
  const nameOf = ({ run, model }: EvaluationRow): string => {
    if (run === null || model !== run) return model;
    return evaluations.find((one) => one.run === run && one.model !== run)?.model ?? students.get(run) ?? run;
  };
  const grouped = new Map<string, EvaluationRow[]>();
  for (const one of evaluations) {
    const key = JSON.stringify([one.task, one.data]);
    grouped.set(key, [...(grouped.get(key) ?? []), one]);
  }
  return [...grouped]
    .map(([key, found]) => blockOf(key, found, nameOf))
    .sort((a, b) => latest(b.models) - latest(a.models));
}

const latest = (models: readonly EvaluationRow[]): number => Math.max(...models.map(({ id }) => id));

function blockOf(
  key: string,
  found: readonly EvaluationRow[],
  nameOf: (evaluation: EvaluationRow) => string,
): ResultBlock {
  const ordered = [...found].sort((a, b) => Number(a.run !== null) - Number(b.run !== null) || a.id - b.id);
  const models = [...Map.groupBy(ordered, ({ run, model }) => run ?? model).values()].map((same) => {
    const newest = same.at(-1)!;
    return { ...newest, model: nameOf(newest) };
  });
  const first = models[0]!;
  const names = [...new Set(models.flatMap(({ measures }) => measures.map(({ name }) => name)))];
  const rows = names.map((name): ResultLine => {
    const own = models.map(({ measures }) => measures.find((measure) => measure.name === name));
    return {
      name,
      chance: own.find((measure) => measure !== undefined)?.chance ?? 0,
      cells: own.map((measure) => measure && { value: measure.value, interval: measure.interval }),
    };
  });
  const { task, data, tested } = first;
  return { key, task, data, title: first.title ?? baseName(data), tested, models, rows };
}

export const taskTitles: Record<string, string> = {
  'zero-shot': 'Zero-shot',
  'linear-probe': 'Linear probe',
  'k-nn': 'k-NN',
  retrieval: 'Retrieval',
};

/** `61.3` */
export const percentText = (share: number): string => (100 * share).toFixed(1);

/** Says which models were trained on the tested pictures: a sentence for those of which the same is known. */
export function seenNotes(models: readonly Pick<EvaluationRow, 'model' | 'seen' | 'tested'>[]): string[] {
  const alike = Map.groupBy(
    models.filter(({ seen }) => (seen ?? 0) > 0),
    ({ seen, tested }) => (seen! >= tested ? 'All' : `${formatCount(seen!)} of ${formatCount(tested)}`),
  );
  return [...alike].map(
    ([share, found]) =>
      `${share} tested images are in the dataset that trained ${found.map(({ model }) => model).join(' and ')}: ` +
      'this shows what was learned, not how it does on new images.',
  );
}

export interface SuiteTable {
  title: string;
  own: { model: string; average: number; note: string }[];
  paper: { model: string; average: number }[];
}

/** Ours and the paper's averages, apart. */
export const suiteTables = ({ suites, averages, paper }: EvaluationFacts): SuiteTable[] =>
  suites.map(({ suite, title }) => ({
    title,
    own: averages
      .filter((one) => one.suite === suite)
      .map(({ model, average, sets, of }) => ({
        ...{ model, average },
        note: sets === of ? `all ${of} sets` : `${sets} of ${of} sets, not comparable`,
      })),
    paper: paper
      .filter((one) => one.suite === suite)
      .map(({ model, architecture, average }) => ({ model: `${model}, ${architecture}`, average })),
  }));
