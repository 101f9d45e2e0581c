/** @file The demo: the whole pipeline on real photographs of Indian foods, under the bundled teacher. */

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
import { bundledName } from './teacher/parts.ts';

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
  const config = demoConfig({
    source: await writePairs(workspace, source),
    out: path.join(workspace.dir, 'export'),
    quick,
  });
  const sections = await runPipeline(workspace, config, context);
  const seconds = (performance.now() - began) / 1000;
  const report = path.join(workspace.dir, 'report.html');
  const runs: ReportedRun[] = [{ id: runId(sections), role: 'student' }];
  const files = resultFiles(workspace, report);
  const input = await reportInput(workspace, { title: 'Distillery demo', dataset, runs, files, seconds, config });
  await writeReport(input, report);
  return { value: { ...sections, report, seconds }, lines: [renderSummary(input)] };
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

/** Photographs that look alike; docs/teacher.md tells how it was chosen. */
const beta = 0.55;

/** @param source the table of pairs @param out where exports go */
export function demoConfig({ source, out, quick }: { source: string; out: string; quick: boolean }): PipelineConfig {
  const file = (name: string): string => path.join(out, name);
  const evaluations = (['zero-shot', 'retrieval'] as const).flatMap((task) => [
    { task, dataset, model: bundledName, label: 'teacher' },
    { task, dataset, label: 'student' },
  ]);
  return {
    dataset,
    import: { source, format: 'jsonl' },
    embed: { teacher: bundledName, precision: 'fp32', batch: 'auto' },
    balance: { beta },
    cluster: { clusters: 24, seed: 0 },
    distill: {
      student: 'tiny-64-small',
      options: { batch: 64, epochs: 1000, maxSteps: quick ? 80 : 400, seed: 2 },
    },
    evaluate: evaluations,
    export: [
      { what: 'groups', out: file('groups.csv') },
      { what: 'manifest', out: file('manifest.csv') },
      { what: 'metrics', out: file('metrics.csv') },
      { what: 'student', out: file('student') },
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
