/**
 * @file The demo: the whole pipeline on real photographs of Indian foods. They are few, and no pretrained CLIP can be
 * fetched everywhere, so a small teacher is trained on the same pairs first (the base loss alone).
 */

import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import type { CommandResult } from './cli/execute.ts';
import { DistilleryError, messageOf } from './errors.ts';
import type { PipelineConfig } from './pipelineConfig.ts';
import { runPipeline } from './pipelineRun.ts';
import type { StageContext } from './progress.ts';
import { writeReport } from './report/report.ts';
import type { ReportFile } from './report/input.ts';
import { renderSummary } from './report/summary.ts';
import { reportInput, type ReportedRun } from './reportData.ts';
import { writeWhole } from './store/files.ts';
import type { Workspace } from './store/workspace.ts';

export interface DemoSettings {
  /** Folder with pictures/assets/*.jpeg and compositions/index.csv. */
  source: string;
  quick: boolean;
}

const dataset = 'foods';

/** Runs what has not been done, then tells the whole: a summary for the terminal and report.html. */
export async function runDemo(
  workspace: Workspace,
  { source, quick }: DemoSettings,
  context: StageContext,
): Promise<CommandResult> {
  const began = performance.now();
  const table = await writePairs(workspace, source);
  const steps = quick ? { teacher: 80, student: 80 } : { teacher: 300, student: 400 };
  const teacherModel = path.join(workspace.dir, 'models', 'teacher');
  context.log(
    'No pretrained teacher is at hand: a small CLIP is trained on these pairs first, with the base loss alone.',
  );
  const first = teacherConfig(table, teacherModel, steps.teacher);
  const trained = await runPipeline(workspace, first, context);
  const second = studentConfig(workspace, teacherModel, steps.student);
  const sections = await runPipeline(workspace, second, context);
  const runs: ReportedRun[] = [
    {
      id: runId(trained),
      role: 'teacher',
      note: 'Trained here on the same pairs with the base loss alone, since no pretrained CLIP can be fetched everywhere.',
    },
    { id: runId(sections), role: 'student' },
  ];
  const seconds = (performance.now() - began) / 1000;
  const report = path.join(workspace.dir, 'report.html');
  const files = resultFiles(workspace, report);
  const input = await reportInput(workspace, {
    title: 'Distillery demo',
    dataset,
    runs,
    files,
    seconds,
    config: { teacher: first, student: second },
  });
  await writeReport(input, report);
  return { value: { ...trained, ...sections, report, seconds }, lines: [renderSummary(input)] };
}

function resultFiles(workspace: Workspace, report: string): ReportFile[] {
  const student = exported(workspace, 'student');
  return [
    { what: 'Report', path: report },
    { what: 'Student', path: student, use: `open_clip.create_model_and_transforms('local-dir:${student}')` },
    {
      what: 'Kept pairs',
      path: exported(workspace, 'manifest.csv'),
      use: '--csv-img-key path --csv-caption-key caption --csv-separator ,',
    },
    { what: 'Groups', path: exported(workspace, 'groups.csv') },
    { what: 'Metrics', path: exported(workspace, 'metrics.csv') },
  ];
}

const exported = (workspace: Workspace, name: string): string => path.join(workspace.dir, 'export', name);

function teacherConfig(source: string, out: string, maxSteps: number): PipelineConfig {
  return {
    dataset,
    import: { source, format: 'jsonl' },
    distill: {
      student: 'tiny-64',
      options: { all: true, cluster: false, instance: false, batch: 64, epochs: 1000, maxSteps, lr: 1e-3, seed: 1 },
    },
    evaluate: [],
    export: [{ what: 'student', out }],
  };
}

function studentConfig(workspace: Workspace, teacher: string, maxSteps: number): PipelineConfig {
  const out = (name: string): string => exported(workspace, name);
  const evaluations = (['zero-shot', 'retrieval'] as const).flatMap((task) => [
    { task, dataset, model: teacher, label: 'teacher' },
    { task, dataset, label: 'student' },
  ]);
  return {
    dataset,
    embed: { teacher, precision: 'fp32', batch: 'auto' },
    balance: { removeFraction: 0.2 },
    cluster: { clusters: 24, seed: 0 },
    distill: { student: 'tiny-64-small', options: { batch: 64, epochs: 1000, maxSteps, seed: 2 } },
    evaluate: evaluations,
    export: [
      { what: 'groups', out: out('groups.csv') },
      { what: 'manifest', out: out('manifest.csv') },
      { what: 'metrics', out: out('metrics.csv') },
      { what: 'student', out: out('student') },
    ],
  };
}

function runId(sections: Awaited<ReturnType<typeof runPipeline>>): string {
  return z.object({ run: z.string() }).parse(sections['distill']).run;
}

/** The pictures in the cache; the set-up's script fetches them where they are missing. */
export async function demoPictures(context: StageContext): Promise<string> {
  const script = path.join(import.meta.dirname, '../../../scripts/demoPictures.mjs');
  context.log('Fetching the pictures of the demo.');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], { signal: context.signal });
    return stdout.trim();
  } catch (error) {
    throw new DistilleryError(`The pictures of the demo could not be fetched: ${messageOf(error)}`, { cause: error });
  }
}

const foodSchema = z.array(z.record(z.string(), z.string()));

/** Writes foods.jsonl with filepath, title, label: captions from name, food group and tags. */
async function writePairs(workspace: Workspace, source: string): Promise<string> {
  const pictures = path.join(source, 'pictures', 'assets');
  const compositions = path.join(source, 'compositions', 'index.csv');
  if (!existsSync(pictures) || !existsSync(compositions)) {
    throw new DistilleryError(`The demo's pictures are not in ${source}. Fetch them with: npm run demo`);
  }
  const foods = foodSchema.parse(
    parseCsv(await readFile(compositions), {
      columns: (names: string[]) => names.map((name) => name.split('; ')[1] ?? name),
    }),
  );
  const byCode = new Map(foods.map((food) => [food['code'], food]));
  const files = (await readdir(pictures)).filter((name) => /\.jpe?g$/i.test(name)).sort();
  const rows = files.map((name) => {
    const food = byCode.get(path.parse(name).name);
    return {
      filepath: path.join(pictures, name),
      title: food ? captionOf(food) : 'a photo of food',
      label: food?.['grup'] ?? '',
    };
  });
  const table = path.join(workspace.dir, 'demo', 'foods.jsonl');
  const text = rows.map((row) => JSON.stringify(row) + '\n').join('');
  // an unchanged table is left alone, so that a second run has nothing to do
  if ((await readFile(table, 'utf8').catch(() => '')) !== text) await writeWhole(table, text);
  return table;
}

/** e.g. `a photo of mango, ripe, totapari; fruits; vegetarian` */
function captionOf(food: Record<string, string>): string {
  const [diet] = (food['tags'] ?? '').split(' ');
  return [`a photo of ${food['name'] ?? 'food'}`, food['grup'], diet].filter(Boolean).join('; ').toLowerCase();
}
