/** @file Evaluations as a table of rows, as JSON, and as Markdown with the models side by side and the paper's averages below. */

import { measuresOf, type EvaluationResult } from './results.ts';
import { seenText } from './seen.ts';
import type { StoredEvaluation } from './stored.ts';
import { averagesOf, paperRows, type SuiteAverage } from './suite.ts';

export const evaluationColumns = [
  { name: 'model', type: 'string' },
  { name: 'run', type: 'string' },
  { name: 'task', type: 'string' },
  { name: 'data', type: 'string' },
  { name: 'measure', type: 'string' },
  { name: 'value', type: 'number' },
  { name: 'low', type: 'number' },
  { name: 'high', type: 'number' },
  { name: 'chance', type: 'number' },
  { name: 'images', type: 'integer' },
  { name: 'skipped', type: 'integer' },
  { name: 'finished_at', type: 'string' },
] as const;

/** One row a measure. */
export function evaluationRows(stored: readonly StoredEvaluation[]): (string | number | null)[][] {
  return stored.flatMap(({ runId, finishedAt, result }) => {
    const { model, task, data, images, skipped } = result;
    return measuresOf(result).map(({ name, value, interval: [low, high], chance }) => [
      ...[model, runId, task, data, name],
      ...[value, low, high, chance, images, skipped, finishedAt],
    ]);
  });
}

/** Everything, classes too, with the averages over the paper's sets. */
export function evaluationJson(stored: readonly StoredEvaluation[]): string {
  const evaluations = stored.map(({ runId, finishedAt, result }) => ({ run: runId, finishedAt, ...result }));
  const averages = averagesOf(stored.map(({ result }) => result));
  return JSON.stringify({ evaluations, averages, paper: paperRows }, null, 2) + '\n';
}

/** A table a set of data: a row a measure, a column a model. */
export function evaluationMarkdown(stored: readonly StoredEvaluation[]): string {
  const results = stored.map(({ result }) => result);
  const models = [...new Set(results.map(({ model }) => model))];
  const sets = [...new Set(results.map(({ data }) => data))];
  const parts = sets.map((data) => {
    const own = results.filter((one) => one.data === data);
    const notes = own.flatMap((one) => seenText(one) ?? []).map((text) => `\n\n${cell(text)}.`);
    return `## ${cell(data)}\n\n${setTable(own, models)}${[...new Set(notes)].join('')}`;
  });
  const averages = averagesOf(results);
  if (averages.length > 0) parts.push(`## Averages over the sets of the paper\n\n${averageTable(averages)}`);
  return `# Evaluations\n\nPercent, with 95% confidence intervals by bootstrap over the images.\n\n${parts.join('\n\n')}\n`;
}

function setTable(results: readonly EvaluationResult[], models: readonly string[]): string {
  const rows = new Map<string, { chance: number; values: Map<string, string> }>();
  for (const result of results) {
    for (const { name, value, interval, chance } of measuresOf(result)) {
      const row = rows.get(name) ?? { chance, values: new Map<string, string>() };
      row.values.set(result.model, `${percent(value)} (${interval.map(percent).join(' to ')})`);
      rows.set(name, row);
    }
  }
  const body = [...rows].map(([name, { chance, values }]) => [
    ...[name, percent(chance)],
    ...models.map((model) => values.get(model) ?? ''),
  ]);
  return table(['Measure', 'Chance', ...models], body);
}

function averageTable(averages: readonly SuiteAverage[]): string {
  const suites = new Set(averages.map(({ suite }) => suite));
  const own = averages.map(({ title, model, average, sets, of }) => [
    ...[title, model, percent(average)],
    sets === of ? `all ${of}` : `${sets} of ${of}, not comparable`,
  ]);
  const titleOf = new Map(averages.map(({ suite, title }) => [suite, title]));
  const paper = paperRows
    .filter(({ suite }) => suites.has(suite))
    .map(({ suite, architecture, model, average }) => [
      ...[titleOf.get(suite)!, `${model}, ${architecture} (paper)`, percent(average)],
      `all ${suite === 'robustness' ? 5 : 14}`,
    ]);
  return table(['Average', 'Model', 'Percent', 'Sets'], [...own, ...paper]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const percent = (share: number): string => (100 * share).toFixed(1);

/** Names of models and folders can hold anything. */
const cell = (text: string): string => text.replace(/[\r\n]+/g, ' ').replace(/[\\|`*_<>[\]]/g, '\\$&');
