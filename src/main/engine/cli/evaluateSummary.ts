/** @file Evaluations in a few lines: a row a measure, a column a model. */

import { measuresOf, type EvaluationResult } from '../evaluate/results.ts';
import { seenText } from '../evaluate/seen.ts';
import { paperRows } from '../evaluate/suite.ts';
import type { SuiteResult } from '../pipeline.ts';

const percent = (share: number): string => (100 * share).toFixed(1);

/** One block per set of data and task. */
export function evaluationLines(results: readonly EvaluationResult[]): string[] {
  const blocks = Map.groupBy(results, ({ task, data }) => `${task} on ${data}`);
  return [...blocks].flatMap(([title, block]) => {
    const first = block[0]!;
    const tested = 'test' in first ? first.test : first.images;
    const measures = block.map(measuresOf);
    const head = ['', 'chance', ...block.map(({ model }) => model)];
    const rows = measures[0]!.map(({ name, chance }, i) => [
      ...[name, percent(chance)],
      ...measures.map((own) => `${percent(own[i]!.value)} (${own[i]!.interval.map(percent).join(' to ')})`),
    ]);
    const left = first.skipped > 0 ? `, ${first.skipped} left out` : '';
    return [
      `${title}: ${tested} tested images${left}; percent with 95% confidence`,
      ...aligned([head, ...rows]),
      ...worst(block),
      ...block.flatMap((one) => seenText(one) ?? []).map((text) => `  ${text}`),
    ];
  });
}

/** The classes that a single model knows least. */
function worst(block: readonly EvaluationResult[]): string[] {
  const [only, ...others] = block;
  if (only === undefined || others.length > 0 || only.task === 'retrieval' || only.perClass.length < 3) return [];
  const weakest = [...only.perClass].sort((a, b) => a.top1 - b.top1).slice(0, 5);
  return [`  weakest classes: ${weakest.map(({ name, top1 }) => `${name} ${percent(top1)}`).join(', ')}`];
}

export function suiteLines({ suite, evaluations, averages, missing }: SuiteResult): string[] {
  const own = averages.map(({ model, average, sets, of }) => [
    ...[model, percent(average)],
    sets === of ? `all ${of} sets` : `${sets} of ${of} sets, not comparable`,
  ]);
  const paper = paperRows
    .filter((row) => row.suite === suite)
    .map(({ model, architecture, average }) => [`${model}, ${architecture}`, percent(average), 'the paper']);
  return [
    ...evaluationLines(evaluations),
    averages[0]?.title ?? suite,
    ...aligned([...own, ...paper]),
    ...(missing.length > 0 ? [`  missing: ${missing.join(', ')}`] : []),
  ];
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map(
    (row) => `  ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  ')}`,
  );
}
