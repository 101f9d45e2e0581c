/** @file Evaluations and exports, as the view of results shows them. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { DoneExport, EvaluationFacts, Result } from '../../../preload/contract.ts';
import type { ExportJob } from '../../../preload/resultJobs.ts';
import { defined } from '../defined.ts';
import { DistilleryError, messageOf, UsageError } from '../errors.ts';
import { folderOfEvaluation, readDetails, thumbnailName } from '../evaluate/details.ts';
import { findSet, suites } from '../evaluate/registry.ts';
import { measuresOf } from '../evaluate/results.ts';
import { storedEvaluations } from '../evaluate/stored.ts';
import { averagesOf, paperRows } from '../evaluate/suite.ts';
import { previewExport } from '../exportPreview.ts';
import { silentContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import type { Handlers } from './handlers.ts';

type ResultChannel = 'evaluations.list' | 'evaluation.details' | 'export.preview' | 'exports.list';

export const resultHandlers: Pick<Handlers, ResultChannel> = {
  'evaluations.list': ({ workspace }) => evaluationFacts(workspace),
  'evaluation.details': ({ workspace }, { evaluation }) => evaluationDetails(workspace, evaluation),
  'export.preview': ({ workspace }, { job }) => exportPreview(workspace, job),
  'exports.list': ({ workspace }) => doneExports(workspace),
};

export async function evaluationFacts(workspace: Workspace): Promise<EvaluationFacts> {
  const stored = await storedEvaluations(workspace);
  const results = stored.map(({ result }) => result);
  return {
    evaluations: stored.map(({ id, runId, finishedAt, result }) => ({
      ...{ id, run: runId, finishedAt, model: result.model, task: result.task, data: result.data },
      ...{ title: findSet(result.data)?.title ?? null, skipped: result.skipped, seen: result.seen ?? null },
      tested: 'test' in result ? result.test : result.images,
      measures: measuresOf(result),
    })),
    averages: averagesOf(results).map(({ suite, model, average, sets, of }) => ({ suite, model, average, sets, of })),
    suites: (['linear-probe', 'robustness'] as const).map((suite) => {
      const { title, sets } = suites[suite];
      return { suite, title, sets };
    }),
    paper: [...paperRows],
  };
}

async function evaluationDetails(workspace: Workspace, id: number): Promise<Result<'evaluation.details'>> {
  const row = await workspace.db
    .selectFrom('evaluations')
    .select('finished_at')
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) throw new UsageError(`There is no evaluation ${id}.`);
  return { details: await readDetails(workspace, { id, finishedAt: row.finished_at }) };
}

/** File of a picture that an evaluation kept. @throws {DistilleryError} where there is none */
export function evaluationPicture(workspace: Workspace, evaluation: number, picture: number): string {
  const file = path.join(folderOfEvaluation(workspace, evaluation), thumbnailName(picture));
  if (!existsSync(file)) throw new DistilleryError(`Evaluation ${evaluation} has no picture ${picture}.`);
  return file;
}

async function exportPreview(workspace: Workspace, job: ExportJob): Promise<Result<'export.preview'>> {
  const { what, out, dataset, run, which, copy, hashes, shardSamples, format } = job;
  const given = {
    ...{ dataset: dataset ?? undefined, run: run ?? undefined, which: which ?? undefined, format: format ?? undefined },
    ...{ shardSamples: shardSamples ?? undefined, copy: copy || undefined, uidsFrom: hashes ? 'hash' : undefined },
  };
  // a job runs elsewhere: a path from some folder would be another one there
  if (!path.isAbsolute(out)) return { preview: null, problem: 'The whole path is needed. Choose it with the button.' };
  try {
    return {
      preview: await previewExport(workspace, { what, out, ...defined(given) }, silentContext()),
      problem: null,
    };
  } catch (error) {
    if (error instanceof DistilleryError) return { preview: null, problem: messageOf(error) };
    throw error;
  }
}

const command = z.array(z.string());
const lookedJobs = 500;
const shownExports = 20;

/** One for each path: the newest. */
export function doneExports({ sqlite }: Workspace): DoneExport[] {
  const rows = sqlite
    .prepare<[number], { id: number; command: string; finishedAt: string | null }>(
      `SELECT id, command, finished_at AS finishedAt FROM jobs
       WHERE state = 'done' ORDER BY id DESC LIMIT ?`,
    )
    .all(lookedJobs);
  const found = new Map<string, DoneExport>();
  for (const { id, command: text, finishedAt } of rows) {
    const words = command.parse(JSON.parse(text));
    const [name, what] = words;
    const out = valueOf(words, '--out');
    // what a terminal named from its own folder cannot be found from here
    if (name !== 'export' || what === undefined || out === undefined || !path.isAbsolute(out) || finishedAt === null) {
      continue;
    }
    if (found.has(out) || found.size >= shownExports) continue;
    const snippet = snippetOf(what, out, valueOf(words, '--format'));
    found.set(out, { job: id, what, path: out, there: existsSync(out), finishedAt, snippet });
  }
  return [...found.values()];
}

const valueOf = (words: readonly string[], flag: string): string | undefined =>
  words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined;

/** How people's tools load it; null for what is only to be read. */
export function snippetOf(what: string, out: string, format = 'open_clip'): string | null {
  const text = JSON.stringify(out);
  switch (what) {
    case 'student':
      return format === 'transformers'
        ? `from transformers import CLIPModel, CLIPProcessor\nmodel = CLIPModel.from_pretrained(${text})\nprocessor = CLIPProcessor.from_pretrained(${text})`
        : `import open_clip\nname = ${JSON.stringify(`local-dir:${out}`)}\nmodel, _, preprocess = open_clip.create_model_and_transforms(name)\ntokenizer = open_clip.get_tokenizer(name)`;
    case 'webdataset':
      return `import glob, webdataset\nshards = sorted(glob.glob(${JSON.stringify(path.join(out, '*.tar'))}))\npairs = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")`;
    case 'manifest':
      return out.endsWith('.csv')
        ? `python -m open_clip_train.main --train-data ${text} --dataset-type csv --csv-img-key path --csv-caption-key caption --csv-separator ,`
        : `import pandas\npairs = pandas.${readers[path.extname(out)] ?? 'read_csv'}(${text}${optionsOf(out)})`;
    case 'groups':
    case 'clusters':
    case 'quality':
    case 'metrics':
      return `import pandas\nrows = pandas.${readers[path.extname(out)] ?? 'read_csv'}(${text}${optionsOf(out)})`;
    default:
      return null;
  }
}

const readers: Record<string, string> = { '.jsonl': 'read_json', '.parquet': 'read_parquet' };
const optionsOf = (out: string): string =>
  ({ '.tsv': ', sep="\\t"', '.jsonl': ', lines=True' })[path.extname(out)] ?? '';
