/**
 * @file The paper's claim at small scale: does balance keep quality at fewer images, and do the losses help? Three sets of training
 * pairs (all, what balance keeps, a random one of that size), every loss, several seeds; retrieval on pairs that no one was trained on.
 * Each student takes the same number of steps, so only its data and its losses differ. All through the command line.
 *
 * Run: npm run bench -- claim [--source PAIRS --test PAIRS] [--teacher bundled] [--beta 0.5] [--student tiny-64-small] [--steps 600]
 *   [--batch 128] [--lr 1e-3] [--clusters auto] [--seeds 3] [--work FOLDER]
 * `--source` and `--test` are what `distillery import` takes; without them the drawings of bench/teacher, those that the bundled teacher's
 * projection was not made from. With `--work` a stopped run goes on there.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { nodeBinary } from '../scripts/lib/paths.mjs';
import { UsageError } from '../src/main/engine/errors.ts';
import { permutation } from '../src/main/engine/random.ts';
import { writeDrawings } from './claim/drawings.ts';
import { inTemporaryFolder, machine } from './lib/compare.ts';

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    test: { type: 'string' },
    teacher: { type: 'string', default: 'bundled' },
    beta: { type: 'string', default: '0.5' },
    student: { type: 'string', default: 'tiny-64-small' },
    steps: { type: 'string', default: '600' },
    batch: { type: 'string', default: '128' },
    lr: { type: 'string', default: '1e-3' },
    clusters: { type: 'string', default: 'auto' },
    seeds: { type: 'string', default: '3' },
    work: { type: 'string' },
  },
});
if ((values.source === undefined) !== (values.test === undefined)) {
  throw new UsageError('Give both --source and --test, or neither.');
}

const every = { cluster: true, instance: true };
const losses = {
  'base + cluster + instance': every,
  'base + cluster': { ...every, instance: false },
  'base + instance': { ...every, cluster: false },
  base: { cluster: false, instance: false },
};
type Losses = keyof typeof losses;
const sets = ['all', 'balanced', 'random'] as const;
type TrainingSet = (typeof sets)[number];
const students: [TrainingSet, Losses][] = [
  ...sets.map((set): [TrainingSet, Losses] => [set, 'base + cluster + instance']),
  ...sets.map((set): [TrainingSet, Losses] => [set, 'base']),
  ['balanced', 'base + cluster'],
  ['balanced', 'base + instance'],
];

const balanced = z.object({ images: z.number(), kept: z.number(), groups: z.number() });
const trained = z.object({ run: z.string() });
const direction = z.object({ 1: z.number(), 5: z.number(), 10: z.number() });
const retrieved = z.object({ recallAt: z.object({ imageToText: direction, textToImage: direction }) });

const columns = ['image → text R@1', 'R@10', 'text → image R@1', 'R@10'];
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);

if (values.work === undefined) await inTemporaryFolder(compare);
else {
  mkdirSync(values.work, { recursive: true });
  await compare(path.resolve(values.work));
}

async function compare(dir: string): Promise<void> {
  console.log(`Does balance keep quality, do the losses help? ${machine()}`);
  const command = commandIn(path.join(dir, 'workspace'));
  const { source, test } =
    values.source === undefined
      ? await writeDrawings(path.join(dir, 'drawings'))
      : { source: values.source, test: values.test! };
  const teacher = ['--teacher', values.teacher];

  command('import', source, '--dataset', 'all');
  command('import', test, '--dataset', 'test');
  command('embed', '--dataset', 'all', ...teacher);
  const { images, kept, groups } = balanced.parse(command('balance', '--dataset', 'all', '--beta', values.beta));
  console.log(`${images} pairs; within beta ${values.beta} balance keeps ${kept} (${groups} groups).`);
  const manifests = {
    all: path.join(dir, 'all.csv'),
    balanced: path.join(dir, 'balanced.csv'),
    random: path.join(dir, 'random.csv'),
  };
  command('export', 'manifest', '--dataset', 'all', '--which', 'all', '--out', manifests.all);
  command('export', 'manifest', '--dataset', 'all', '--which', 'kept', '--out', manifests.balanced);
  writeSample(manifests.all, kept, manifests.random);
  for (const set of sets) {
    if (set !== 'all') {
      command('import', manifests[set], '--dataset', set);
      command('embed', '--dataset', set, ...teacher);
    }
    command('cluster', '--dataset', set, '--clusters', values.clusters, '--all');
  }

  const teacherRecall = retrieved.parse(
    command('evaluate', 'retrieval', '--model', values.teacher, '--dataset', 'test'),
  );
  console.log(row('teacher', '', [numbersOf(teacherRecall)]));
  for (const [set, loss] of students) {
    const found = seeds.map((seed) => {
      const switches = Object.entries(losses[loss]).flatMap(([name, on]) => (on ? [] : [`--no-${name}`]));
      const { run } = trained.parse(
        command(
          ...['distill', '--dataset', set, '--all', '--student', values.student, '--seed', String(seed)],
          ...[
            '--epochs',
            '100000',
            '--max-steps',
            values.steps,
            '--batch',
            values.batch,
            '--lr',
            values.lr,
            ...switches,
          ],
        ),
      );
      return numbersOf(retrieved.parse(command('evaluate', 'retrieval', '--run', run, '--dataset', 'test')));
    });
    console.log(row(set, loss, found));
  }
}

/** Runs a command of Distillery once: what it answered is kept beside the workspace, so that a stopped comparison goes on. */
function commandIn(workspace: string): (...args: string[]) => unknown {
  const kept = `${workspace}.answers.json`;
  const answers = z
    .record(z.string(), z.unknown())
    .parse(existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {});
  const program = path.join(import.meta.dirname, '../bin/distillery.mjs');
  return (...args) => {
    const name = args.join(' ');
    if (!(name in answers)) {
      const output = execFileSync(nodeBinary, [program, ...args, '--workspace', workspace, '--json'], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      answers[name] = JSON.parse(output);
      writeFileSync(kept, JSON.stringify(answers));
    }
    return answers[name];
  };
}

/** A random part of a manifest; captions hold no line breaks there. */
function writeSample(manifest: string, size: number, file: string): void {
  const [head, ...rows] = readFileSync(manifest, 'utf8').trimEnd().split('\n');
  const chosen = permutation(rows.length, 1).slice(0, size).sort();
  writeFileSync(file, [head, ...Array.from(chosen, (at) => rows[at]), ''].join('\n'));
}

function numbersOf({ recallAt: { imageToText, textToImage } }: z.infer<typeof retrieved>): number[] {
  return [imageToText[1], imageToText[10], textToImage[1], textToImage[10]].map((share) => 100 * share);
}

/** Mean over the seeds, and their standard deviation. */
function row(set: string, loss: string, found: readonly (readonly number[])[]): string {
  const cells = columns.map((column, at) => {
    const numbers = found.map((one) => one[at]!);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, numbers.length - 1);
    const spread = numbers.length > 1 ? ` ± ${Math.sqrt(variance).toFixed(1)}` : '';
    return `${column} ${mean.toFixed(1)}%${spread}`;
  });
  return `  ${set.padEnd(9)} ${loss.padEnd(26)} ${cells.join('  ')}`;
}
