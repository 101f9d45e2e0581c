/** @file Averages over the sets of the paper, and the paper's own numbers to stand beside them. */

import { setsOf, suites, type SuiteName } from './registry.ts';
import type { EvaluationResult } from './results.ts';

export interface SuiteAverage {
  suite: SuiteName;
  title: string;
  model: string;
  /** Mean of the sets that were evaluated, each by its own metric. */
  average: number;
  /** Evaluated, and of how many. Only a complete average compares with others. */
  sets: number;
  of: number;
  missing: string[];
}

/** The number that people quote for a result. */
export const headline = (result: EvaluationResult): number =>
  result.task === 'retrieval' ? result.recallAt.textToImage[1] : result[result.metric];

/** One average per suite and model of what was evaluated; the last of equal results counts. */
export function averagesOf(results: readonly EvaluationResult[]): SuiteAverage[] {
  const models = [...new Set(results.map(({ model }) => model))];
  return (Object.keys(suites) as SuiteName[]).flatMap((suite) =>
    models.flatMap((model) => {
      const { title, task, sets: of } = suites[suite];
      const names = setsOf(suite).map(({ name }) => name);
      const own = new Map(
        results
          .filter((result) => result.model === model && result.task === task && names.includes(result.data))
          .map((result) => [result.data, headline(result)]),
      );
      if (own.size === 0) return [];
      const average = [...own.values()].reduce((sum, value) => sum + value, 0) / own.size;
      const missing = names.filter((name) => !own.has(name));
      return [{ suite, title, model, average, sets: own.size, of, missing }];
    }),
  );
}

export interface PaperRow {
  suite: SuiteName;
  architecture: string;
  model: string;
  average: number;
}

const paperRow = (suite: SuiteName, architecture: string, model: string, percent: number): PaperRow => ({
  ...{ suite, architecture, model },
  average: percent / 100,
});

/** Yang et al. 2025, CLIP-CID: averages over the same sets. */
export const paperRows: readonly PaperRow[] = (
  [
    ['linear-probe', 'ViT-B/32', [84.0, 84.1, 86.3]],
    ['linear-probe', 'ViT-B/16', [86.5, 86.8, 88.3]],
    ['robustness', 'ViT-B/32', [49.7, 48.9, 49.8]],
    ['robustness', 'ViT-B/16', [55.2, 54.4, 55.5]],
  ] as const
).flatMap(([suite, architecture, [all, balanced, cid]]) => [
  paperRow(suite, architecture, 'OpenCLIP, LAION-400M', all),
  paperRow(suite, architecture, 'OpenCLIP, LAION-225M (balanced)', balanced),
  paperRow(suite, architecture, 'CLIP-CID, LAION-225M (balanced)', cid),
]);
