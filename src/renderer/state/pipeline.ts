/** @file The pipeline of a dataset as a strip: what each stage has done, from the workspace's summary and the running job. */

import type { Dataset, Job, Summary } from '../../preload/contract.ts';
import { formatCount, formatValue } from './format.ts';
import { fractionOf, runningJob } from './jobs.ts';

export const stageNames = ['import', 'embed', 'balance', 'review', 'cluster', 'distill', 'evaluate', 'export'] as const;
export type StageName = (typeof stageNames)[number];

export interface Stage {
  name: StageName;
  state: 'empty' | 'partial' | 'running' | 'done' | 'failed';
  /** The number that matters, e.g. `463 kept`. */
  value: string;
  detail: string;
  /** Of the running stage, 0 to 1; undefined while unknown. */
  fraction?: number | undefined;
}

type Told = Omit<Stage, 'name' | 'fraction'>;
const nothing: Told = { state: 'empty', value: '', detail: '' };

export function pipelineStages(summary: Summary, dataset: Dataset | undefined, jobs: readonly Job[]): Stage[] {
  const told: Record<StageName, Told> = {
    import: dataset ? imported(dataset) : nothing,
    embed: dataset ? embedded(dataset) : nothing,
    balance: dataset?.balance
      ? {
          state: 'done',
          value: `${formatCount(dataset.balance.kept)} kept`,
          detail: `${formatCount(dataset.balance.removed)} removed, beta ${formatValue(dataset.balance.beta)}`,
        }
      : nothing,
    review: dataset?.balance ? reviewed(dataset, dataset.balance) : nothing,
    cluster: dataset?.clustering
      ? {
          state: 'done',
          value: `${formatCount(dataset.clustering.clusters)} clusters`,
          detail: `inertia ${formatValue(dataset.clustering.inertia)}`,
        }
      : nothing,
    distill: distilled(summary, dataset),
    evaluate: evaluated(summary),
    export: exported([...summary.exports, ...summary.exportedElsewhere]),
  };
  const job = runningJob(jobs);
  const running = job?.progress ? stageOf(job.progress.stage) : undefined;
  return stageNames.map((name) =>
    name === running && job
      ? { name, ...told[name], state: 'running', value: liveValue(job), fraction: fractionOf(job) }
      : { name, ...told[name] },
  );
}

/** First words of progress that do not name their stage. */
const words: Record<string, StageName> = {
  compare: 'balance',
  choose: 'cluster',
  sizes: 'cluster',
  encode: 'evaluate',
  fit: 'evaluate',
};

/** The stage that a line of progress such as `embed images` or `compare images` belongs to. */
export function stageOf(progressStage: string): StageName | undefined {
  const [word = ''] = progressStage.split(/[\s,:]/);
  return words[word] ?? stageNames.find((name) => name === word);
}

function imported({ complete, images, skipped, name }: Dataset): Told {
  return {
    state: complete ? 'done' : 'partial',
    value: plural(images, 'image'),
    detail: skipped > 0 ? `${name}, ${formatCount(skipped)} skipped` : name,
  };
}

function embedded({ embeddings, images }: Dataset): Told {
  const best = [...embeddings].sort((a, b) => Number(b.complete) - Number(a.complete) || b.rows - a.rows)[0];
  if (!best) return nothing;
  return {
    state: best.complete ? 'done' : 'partial',
    value: best.complete ? plural(best.rows, 'image') : `${formatCount(best.rows)} of ${formatCount(images)}`,
    detail: `${best.teacher}, ${best.dim} wide`,
  };
}

const exported = (names: readonly string[]): Told =>
  names.length > 0 ? { state: 'done', value: plural(names.length, 'result'), detail: names.join(', ') } : nothing;

/** A review is done when somebody says so by going on; here it tells what was decided. */
function reviewed({ decisions }: Dataset, { groups }: NonNullable<Dataset['balance']>): Told {
  if (groups === 0) return { state: 'done', value: 'no groups', detail: 'nothing to review' };
  if (decisions === 0) return { state: 'empty', value: '', detail: `${plural(groups, 'group')} to look at` };
  return { state: 'done', value: plural(decisions, 'decision'), detail: `on ${plural(groups, 'group')}` };
}

function distilled({ runs }: Summary, dataset: Dataset | undefined): Told {
  const run = runs.find((one) => one.dataset === dataset?.id) ?? runs[0];
  if (!run) return nothing;
  const states = { running: 'running', stopped: 'partial', done: 'done', failed: 'failed' } as const;
  return {
    state: states[run.state],
    value: `${formatCount(run.step)} of ${formatCount(run.totalSteps)} steps`,
    detail: run.student,
  };
}

function evaluated({ evaluations }: Summary): Told {
  if (evaluations.length === 0) return nothing;
  const tasks = [...new Set(evaluations.map(({ task }) => task))];
  return { state: 'done', value: plural(evaluations.length, 'result'), detail: tasks.join(', ') };
}

function liveValue({ progress }: Job): string {
  if (!progress) return '';
  const done = formatCount(progress.done);
  return progress.total > 0 ? `${done} of ${formatCount(progress.total)}` : `${done} ${progress.unit}`;
}

const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
