/** @file CONFIG.yaml of `distillery run`: one section a stage, options by their names on the command line. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { keepRule } from './balance/options.ts';
import { defined } from './defined.ts';
import { distillOptions, type DistillInput } from './distill/options.ts';
import { UsageError, messageOf } from './errors.ts';
import { evaluateOptions } from './evaluate/options.ts';
import { findSet } from './evaluate/registry.ts';
import { taskNames } from './evaluate/results.ts';
import { exclusionShape } from './quality/options.ts';
import { absoluteSource } from './import/sources.ts';
import { absoluteModel } from './teacher/reference.ts';

const name = z.string().min(1);
const importSection = z.strictObject({
  source: z.union([name, z.array(name).min(1)]),
  format: name.default('auto'),
  images: name.optional(),
  imageColumn: name.optional(),
  captionColumn: name.optional(),
  labelColumn: name.optional(),
  embeddingKey: name.optional(),
});
const embedSection = z.strictObject({
  teacher: name,
  precision: z.enum(['fp32', 'bf16']).default('fp32'),
  batch: z.union([z.int().positive(), z.literal('auto')]).default('auto'),
});
const balanceSection = z.strictObject({
  beta: z.number().optional(),
  cosineSimilarity: z.number().optional(),
  removeFraction: z.number().optional(),
  topK: z.union([z.int().positive(), z.literal('all')]).optional(),
  chunks: z.int().positive().optional(),
  keep: keepRule.optional(),
  protect: name.optional(),
  maxDiameter: z.number().optional(),
  maxGroupSize: z.int().positive().optional(),
  incremental: z.boolean().optional(),
  against: name.optional(),
  listLeaks: z.boolean().optional(),
  approximate: z.boolean().optional(),
  ...exclusionShape,
});
const clusterSection = z.strictObject({
  clusters: z.union([z.int().positive(), z.literal('auto')]),
  iterations: z.int().positive().optional(),
  tolerance: z.number().optional(),
  fitSample: z.int().positive().optional(),
  miniBatch: z.int().positive().optional(),
  seed: z.int().optional(),
  init: z.enum(['k-means++', 'sample']).optional(),
  all: z.boolean().optional(),
  ...exclusionShape,
});
/** Its options are checked by the stage's own schema, so that a preset is not overruled by defaults. */
const distillSection = z.looseObject({ student: name, preset: name.optional() });
const evaluateSection = z.strictObject({
  task: z.enum(taskNames),
  /** Otherwise the student of this configuration. */
  model: name.optional(),
  data: name.optional(),
  /** Folder of the sets that `data` names. */
  root: name.optional(),
  dataset: name.optional(),
  label: name.optional(),
  ...evaluateOptions.partial().shape,
});
const exportSection = z.strictObject({
  what: z.enum([
    'groups',
    'manifest',
    'files',
    'folder',
    'webdataset',
    'uids',
    'quality',
    'leaks',
    'curve',
    'clusters',
    'cluster-sizes',
    'student',
    'metrics',
    'evaluations',
  ]),
  out: name,
  format: name.optional(),
  which: z.enum(['kept', 'removed', 'all']).optional(),
  null: z.boolean().optional(),
  copy: z.boolean().optional(),
  uidsFrom: z.enum(['uid', 'hash']).optional(),
  shardSamples: z.int().positive().optional(),
  shardSize: z.union([name, z.int().positive()]).optional(),
  ...exclusionShape,
});

const pipelineSchema = z.strictObject({
  workspace: name.optional(),
  dataset: name,
  import: importSection.optional(),
  embed: embedSection.optional(),
  balance: balanceSection.optional(),
  cluster: clusterSection.optional(),
  distill: distillSection.optional(),
  evaluate: z.array(evaluateSection).default([]),
  export: z.array(exportSection).default([]),
});
type Parsed = z.infer<typeof pipelineSchema>;
export type PipelineConfig = Omit<Parsed, 'distill'> & {
  distill?: { student: string; preset?: string; options: DistillInput };
};

/**
 * Reads and checks a configuration; paths in it count from its own folder.
 * @throws {UsageError} naming the line or the option that is wrong
 */
export async function readPipelineConfig(file: string): Promise<PipelineConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The configuration ${file} cannot be read: ${messageOf(error)}.`);
  }
  let content: unknown;
  try {
    // no aliases: a few lines of them can stand for gigabytes
    content = parseYaml(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new UsageError(`${file} is not YAML: ${messageOf(error)}`);
  }
  const parsed = pipelineSchema.safeParse(camelKeys(content));
  if (!parsed.success) throw new UsageError(`${file}:\n${z.prettifyError(parsed.error)}`);
  const { distill, ...config } = parsed.data;
  const absolute = withAbsolutePaths(config, path.dirname(path.resolve(file)));
  return distill ? { ...absolute, distill: distillPart(distill, path.dirname(path.resolve(file))) } : absolute;
}

function distillPart({ student, preset, ...given }: NonNullable<Parsed['distill']>, base: string) {
  const options = given as DistillInput;
  distillOptions(options, preset);
  return {
    // a name without a separator may be a built-in configuration
    student: /[/\\]/.test(student) ? path.resolve(base, student) : student,
    ...(preset === undefined ? {} : { preset }),
    options: typeof options.init === 'string' ? { ...options, init: absoluteModel(base, options.init) } : options,
  };
}

/** `top-k: 5` -> `topK: 5`, `no-base: true` -> `base: false`, as on the command line. */
function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const negated = key.startsWith('no-') && typeof inner === 'boolean';
      const words = negated ? key.slice(3) : key;
      const camel = words.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [camel, negated ? !inner : camelKeys(inner)];
    }),
  );
}

function withAbsoluteSources(section: NonNullable<Parsed['import']>, base: string): NonNullable<Parsed['import']> {
  const { source, images } = section;
  return {
    ...section,
    source: [source].flat().map((named) => absoluteSource(base, named)),
    ...(images === undefined ? {} : { images: path.resolve(base, images) }),
  };
}

function withAbsolutePaths(config: Omit<Parsed, 'distill'>, base: string): Omit<Parsed, 'distill'> {
  const resolve = (file: string): string => path.resolve(base, file);
  return {
    ...config,
    ...(config.workspace === undefined ? {} : { workspace: resolve(config.workspace) }),
    ...(config.import ? { import: withAbsoluteSources(config.import, base) } : {}),
    ...(config.balance?.protect === undefined
      ? {}
      : { balance: { ...config.balance, protect: resolve(config.balance.protect) } }),
    ...(config.embed ? { embed: { ...config.embed, teacher: absoluteModel(base, config.embed.teacher) } } : {}),
    evaluate: config.evaluate.map((section) => evaluationPaths(section, base)),
    export: config.export.map((section) => ({ ...section, out: resolve(section.out) })),
  };
}

type Evaluation = Parsed['evaluate'][number];

/** Names of known sets and `imagenet` stay names, unless something is called so in the folder. */
function evaluationPaths(section: Evaluation, base: string): Evaluation {
  const resolve = (file: string): string => path.resolve(base, file);
  const { data, root = 'data', model, classnames, templates } = section;
  const named = data !== undefined && findSet(data) !== undefined && !existsSync(resolve(data));
  const listed = (reference: string | undefined): string | undefined =>
    reference === undefined || reference === 'imagenet' ? reference : resolve(reference);
  return {
    ...section,
    ...defined({
      root: named ? resolve(root) : undefined,
      data: data === undefined || named ? data : resolve(data),
      model: model && absoluteModel(base, model),
      classnames: listed(classnames),
      templates: listed(templates),
    }),
  };
}
