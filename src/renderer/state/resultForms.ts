/** @file The forms of evaluation and export: what a person has filled in, and the job it makes or what is wrong with each field. */

import type { Dataset, JobStart } from '../../preload/contract.ts';
import { fileArgument } from '../../preload/jobStart.ts';
import {
  exportKinds,
  shardCount,
  type EvaluateJob,
  type EvaluationTask,
  type ExportJob,
  type ExportWhat,
  type SuiteJob,
} from '../../preload/resultJobs.ts';
import { checked, numberOf, problemOf, type Checked } from './jobForms.ts';

export interface EvaluateDraft {
  /** A task, or a suite of the paper. */
  task: EvaluationTask | 'suite';
  suite: SuiteJob['suite'];
  runs: string[];
  models: string[];
  on: 'dataset' | 'files';
  dataset: string;
  source: string;
  root: string;
  /** Empty: those of the data. */
  classnames: string;
  templates: string;
  precision: EvaluateJob['precision'];
}

type EvaluateField = 'models' | 'dataset' | 'source' | 'root' | 'classnames' | 'templates';

export function checkEvaluate(draft: EvaluateDraft): Checked<EvaluateField> {
  const { task, suite, runs, models, on, dataset, source, root, classnames, templates, precision } = draft;
  const isSuite = task === 'suite';
  const usesNames = task === 'zero-shot';
  const optional = (text: string): string | undefined => (text === '' ? undefined : problemOf(fileArgument, text));
  return checked<EvaluateField>(
    {
      models: runs.length + models.length === 0 ? 'Choose at least one model.' : undefined,
      dataset: !isSuite && on === 'dataset' && dataset === '' ? 'Choose a dataset.' : undefined,
      source:
        isSuite || on === 'dataset'
          ? undefined
          : source === ''
            ? 'Choose a folder or a file.'
            : problemOf(fileArgument, source),
      root: isSuite ? (root === '' ? 'Choose the folder of all sets.' : problemOf(fileArgument, root)) : undefined,
      classnames: usesNames ? optional(classnames) : undefined,
      templates: usesNames ? optional(templates) : undefined,
    },
    (): JobStart =>
      isSuite
        ? { kind: 'evaluate-suite', suite, root, runs, models, precision }
        : {
            ...{ kind: 'evaluate', task, runs, models, precision },
            data: on === 'dataset' ? { dataset } : { source },
            classnames: usesNames && classnames !== '' ? classnames : null,
            templates: usesNames && templates !== '' ? templates : null,
          },
  );
}

export interface ExportDraft {
  what: ExportWhat;
  dataset: string;
  run: string;
  out: string;
  which: NonNullable<ExportJob['which']>;
  copy: boolean;
  hashes: boolean;
  /** Empty: 10,000. */
  shardSamples: string;
  format: NonNullable<ExportJob['format']>;
}

type ExportField = 'dataset' | 'run' | 'out' | 'shardSamples';

/** Exports of samples, which take kept, removed or all. */
export const ofSamples: readonly ExportWhat[] = ['webdataset', 'folder', 'manifest', 'files', 'uids'];

export function checkExport(draft: ExportDraft): Checked<ExportField> {
  const { what, dataset, run, out, which, copy, hashes, shardSamples, format } = draft;
  const of = exportKinds[what];
  const shards = what === 'webdataset' && shardSamples.trim() !== '' ? numberOf(shardSamples) : null;
  return checked<ExportField>(
    {
      dataset: of === 'dataset' && dataset === '' ? 'Import a dataset first.' : undefined,
      run: of === 'run' && run === '' ? 'Train a student first.' : undefined,
      out: out === '' ? 'Choose where it goes.' : (problemOf(fileArgument, out) ?? endingProblem(what, out)),
      shardSamples: problemOf(shardCount.nullable(), shards),
    },
    () => ({
      ...{ kind: 'export', what, out, shardSamples: shards },
      dataset: of === 'dataset' ? dataset : null,
      run: of === 'run' ? run : null,
      which: ofSamples.includes(what) ? which : null,
      copy: what === 'folder' && copy,
      hashes: what === 'uids' && hashes,
      format: what === 'student' ? format : null,
    }),
  );
}

const tables = ['csv', 'tsv', 'jsonl', 'parquet'];

/** Endings of the file that it writes; none for a folder. */
export function endingsOf(what: ExportWhat): string[] {
  if (what === 'webdataset' || what === 'folder' || what === 'student') return [];
  if (what === 'files') return ['txt'];
  if (what === 'uids') return ['npy'];
  return what === 'evaluations' ? ['md', 'json', ...tables] : tables;
}

function endingProblem(what: ExportWhat, out: string): string | undefined {
  const endings = endingsOf(what);
  if (endings.length === 0 || what === 'files') return undefined;
  const ending = /\.([^./\\]+)$/.exec(out)?.[1]?.toLowerCase() ?? '';
  return endings.includes(ending) ? undefined : `The name must end in ${endings.map((one) => `.${one}`).join(', ')}.`;
}

/** A name for what is written: `food-kept.csv`, `student-open_clip`. */
export function suggestedName({ what, dataset, run, which, format }: ExportDraft): string {
  const [ending] = endingsOf(what);
  const of = exportKinds[what];
  const stem =
    of === 'all'
      ? 'evaluations'
      : of === 'run'
        ? what === 'student'
          ? `${run}-${format}`
          : `${run}-metrics`
        : ofSamples.includes(what)
          ? `${dataset}-${which}-${what}`
          : `${dataset}-${what}`;
  return ending === undefined ? stem : `${stem}.${ending}`;
}

/** The first form: what there is to export. */
export const firstDataset = (datasets: readonly Dataset[], shown: string): string =>
  datasets.some(({ name }) => name === shown) ? shown : (datasets[0]?.name ?? '');
