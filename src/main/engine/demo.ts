/**
 * @file The demo: the whole pipeline on real photographs of Indian foods. They are few, and no pretrained CLIP can be
 * fetched everywhere, so a small teacher is trained on the same pairs first (the base loss alone).
 */

import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { z } from 'zod';
import { DistilleryError } from './errors.ts';
import type { PipelineConfig } from './pipelineConfig.ts';
import { runPipeline } from './pipelineRun.ts';
import type { StageContext } from './progress.ts';
import { writeWhole } from './store/files.ts';
import type { Workspace } from './store/workspace.ts';

export interface DemoSettings {
  /** Folder with pictures/assets/*.jpeg and compositions/index.csv. */
  source: string;
  quick: boolean;
}

const dataset = 'foods';

export interface DemoResult {
  sections: Awaited<ReturnType<typeof runPipeline>>;
  teacherRun: string;
  studentRun: string;
}

export async function runDemo(
  workspace: Workspace,
  { source, quick }: DemoSettings,
  context: StageContext,
): Promise<DemoResult> {
  const table = await writePairs(workspace, source);
  const steps = quick ? { teacher: 60, student: 60 } : { teacher: 420, student: 420 };
  const teacherModel = path.join(workspace.dir, 'models', 'teacher');
  context.log('First a teacher: a small CLIP trained on these pairs with the base loss alone.');
  const first = await runPipeline(workspace, teacherConfig(table, teacherModel, steps.teacher), context);
  const second = await runPipeline(workspace, studentPart(workspace, teacherModel, steps.student), context);
  return { sections: { ...first, ...second }, teacherRun: runId(first), studentRun: runId(second) };
}

function teacherConfig(source: string, out: string, maxSteps: number): PipelineConfig {
  return {
    dataset,
    import: { source, format: 'jsonl' },
    distill: {
      student: 'tiny-64',
      options: { all: true, cluster: false, instance: false, batch: 128, epochs: 1000, maxSteps, lr: 1e-3, seed: 1 },
    },
    evaluate: [],
    export: [{ what: 'student', out }],
  };
}

function studentPart(workspace: Workspace, teacher: string, maxSteps: number): PipelineConfig {
  const out = (name: string): string => path.join(workspace.dir, 'export', name);
  const evaluations = (['zero-shot', 'retrieval'] as const).flatMap((task) => [
    { task, dataset, model: teacher, label: 'teacher' },
    { task, dataset, label: 'student' },
  ]);
  return {
    dataset,
    embed: { teacher, precision: 'fp32', batch: 'auto' },
    balance: { beta: 0.3 },
    cluster: { clusters: 24, seed: 0 },
    distill: { student: 'tiny-64-small', options: { batch: 128, epochs: 1000, maxSteps, seed: 2 } },
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
