/** @file What the form of distill is told: students, presets, and how much memory and time a run will take. */

import os from 'node:os';
import { z } from 'zod';
import type { DistillEstimate, DistillFormFacts, Params } from '../../../preload/contract.ts';
import { distillValues, type DistillValues } from '../../../preload/distillJob.ts';
import { builtinConfig, configNames, type ClipConfig } from '../clip/config.ts';
import { countParameters, countSteps, pairOperations, trainingBytes, type Plan } from '../distill/estimate.ts';
import { distillOptions, distillOptionsSchema, presetNames } from '../distill/options.ts';
import { studentConfig } from '../distill/student.ts';
import { freeGpuMemory, listGpus, type Gpu } from '../machine/gpus.ts';
import { findEmbeddings } from '../store/embeddings.ts';
import { findDataset, latestBalance, type Workspace } from '../store/workspace.ts';

/** Of one core and of a GPU in float32, operations a second: only where nothing was measured yet. */
const guessed = { core: 60e9, gpu: 8e12 };
/** Steps at the end of a run that its speed is measured by. */
const measuredSteps = 200;
const lookedAtRuns = 30;

export function distillForm(): DistillFormFacts {
  const values = (preset?: string): DistillValues => distillValues.parse(distillOptions({}, preset));
  return {
    students: configNames
      .filter((name) => !name.endsWith('-quickgelu'))
      .map((name) => {
        const config = builtinConfig(name);
        return {
          name,
          parameters: countParameters(config),
          imageSize: config.vision.imageSize,
          embedDim: config.embedDim,
        };
      }),
    defaults: values(),
    presets: Object.fromEntries(presetNames.map((name) => [name, values(name)])) as DistillFormFacts['presets'],
  };
}

/** @throws {UsageError} where there is no such dataset or student */
export async function distillEstimate(
  workspace: Workspace,
  { dataset: name, student, teacher, values }: Params<'distill.estimate'>,
): Promise<DistillEstimate> {
  const dataset = await findDataset(workspace, name);
  const config = await studentConfig(student);
  const plan: Plan = {
    config,
    options: values,
    samples: await countPairs(workspace, dataset.id, values.all),
    teacherDim: await teacherWidth(workspace, name, teacher),
    classes: values.cluster ? await countClusters(workspace, dataset.id, teacher) : 0,
  };
  const [gpu] = await gpus();
  const speed = (await measuredSpeed(workspace, student, plan, values.precision)) ?? guessedSpeed(plan, gpu);
  const steps = countSteps(plan);
  const batch = Math.min(values.batch, plan.samples);
  return {
    pairs: plan.samples,
    steps,
    parameters: countParameters(config),
    memoryBytes: trainingBytes(plan),
    freeBytes: gpu ? ((await freeGpuMemory(0)) ?? null) : process.availableMemory(),
    gpu: gpu?.name ?? null,
    seconds: (steps * batch) / speed.samplesPerSecond,
    ...speed,
  };
}

type Speed = Pick<DistillEstimate, 'samplesPerSecond' | 'basis' | 'from'>;

const recordedSchema = z.object({ options: distillOptionsSchema });

/** What an earlier run of the workspace on this machine made: of the same student if there is one, else scaled by the arithmetic. */
async function measuredSpeed(
  workspace: Workspace,
  student: string,
  plan: Plan,
  precision: DistillValues['precision'],
): Promise<Speed | undefined> {
  const runs = await workspace.db
    .selectFrom('runs')
    .select(['id', 'student', 'config', 'device'])
    .orderBy('started_at', 'desc')
    .limit(lookedAtRuns)
    .execute();
  const here = runs.filter(
    ({ device }) => device.startsWith('gpu') || device.includes(os.cpus()[0]?.model ?? 'unknown'),
  );
  const same = here.filter((run) => run.student === student);
  for (const run of [...same, ...here]) {
    const recorded = recordedSchema.safeParse(tryJson(run.config)).data;
    const rate = lastRate(workspace, run.id);
    if (!recorded || rate === undefined || recorded.options.precision !== precision) continue;
    const config = run.student === student ? plan.config : await knownConfig(run.student);
    if (!config) continue;
    const work = pairOperations({ config, options: recorded.options }) / pairOperations(plan);
    return {
      samplesPerSecond: rate * work,
      basis: run.student === student ? 'measured' : 'scaled',
      from: { run: run.id, student: run.student },
    };
  }
  return undefined;
}

const knownConfig = (student: string): Promise<ClipConfig | undefined> => studentConfig(student).catch(() => undefined); // its folder may be gone

/** Pairs a second over the last steps: their number by the time that they took. */
function lastRate({ sqlite }: Workspace, run: string): number | undefined {
  const rates = sqlite
    .prepare<[string, number], number>(
      "SELECT value FROM metrics WHERE run_id = ? AND name = 'samplesPerSecond' AND step > 2 ORDER BY step DESC LIMIT ?",
    )
    .pluck()
    .all(run, measuredSteps)
    .filter((rate) => rate > 0);
  return rates.length === 0 ? undefined : rates.length / rates.reduce((sum, rate) => sum + 1 / rate, 0);
}

function guessedSpeed(plan: Plan, gpu: Gpu | undefined): Speed {
  const perSecond = gpu ? guessed.gpu : guessed.core * os.availableParallelism();
  return { samplesPerSecond: perSecond / pairOperations(plan), basis: 'guess', from: null };
}

/** Looked for once: the driver's tool takes its time. */
let found: Promise<Gpu[]> | undefined;
const gpus = (): Promise<Gpu[]> => (found ??= listGpus());

async function countPairs(workspace: Workspace, datasetId: number, all: boolean): Promise<number> {
  const balance = all ? undefined : await latestBalance(workspace, datasetId);
  if (balance) return balance.kept;
  const { images } = await workspace.db
    .selectFrom('samples')
    .select(({ fn }) => fn.countAll<number>().as('images'))
    .where('dataset_id', '=', datasetId)
    .where('status', '=', 'ok')
    .executeTakeFirstOrThrow();
  return images;
}

/** 0 where there are no embeddings yet: the run will say so. */
async function teacherWidth(workspace: Workspace, dataset: string, teacher: string | null): Promise<number> {
  const set = await findEmbeddings(workspace, dataset, teacher ?? undefined).catch(() => undefined);
  return set?.manifest.dim ?? 0;
}

/** Of the newest clustering. */
async function countClusters(workspace: Workspace, datasetId: number, teacher: string | null): Promise<number> {
  const row = await workspace.db
    .selectFrom('clusterings')
    .select('clusters')
    .where('dataset_id', '=', datasetId)
    .$if(teacher !== null, (query) => query.where('teacher', '=', teacher!))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.clusters ?? 0;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a row that another program wrote
  }
}
