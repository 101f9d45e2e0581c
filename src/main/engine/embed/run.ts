/** @file Embed: every picture and caption through a teacher's towers, in shards; stopped at any moment, it goes on there. */

import { createEncoder } from '../clip/encoder.ts';
import type { Precision, Storage } from '../clip/rowsFingerprint.ts';
import type { EmbeddingModel } from '../clip/towers.ts';
import { DistilleryError, UsageError } from '../errors.ts';
import type { StageContext } from '../progress.ts';
import { computingMemory } from '../runtime/computingMemory.ts';
import { sourceArguments } from '../sourceText.ts';
import { countRows, saveManifest } from '../store/embeddings.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { automaticBatch } from './batchSize.ts';
import { embedSamples } from './embedSamples.ts';
import { countSkipped } from './samples.ts';
import { ShrinkingEncoder } from './shrinkingEncoder.ts';
import { openTarget, shardSamples } from './target.ts';

export interface EmbedInput {
  workspace: Workspace;
  dataset: string;
  model: EmbeddingModel;
  /** Names the folder of the embeddings. */
  teacherName: string;
  /** Where the teacher lies, for those who need it again: kept in the manifest. */
  reference?: string;
  /** Another one in tests. */
  createEncoder?: typeof createEncoder;
}

export interface EmbedOptions {
  precision: Precision;
  /** Pictures at once. */
  batch: number | 'auto';
  storage?: Storage | undefined;
}

export interface EmbedResult {
  dataset: string;
  /** What --teacher of later stages takes. */
  teacher: string;
  /** Embedded pairs in the set, earlier ones included. */
  images: number;
  dim: number;
  /** Samples of the dataset whose picture was imported and could not be embedded. */
  skipped: number;
  seconds: number;
  /** Of this call; 0 when there was nothing to do. */
  imagesPerSecond: number;
}

/**
 * Embeds the samples that the teacher's set does not cover yet.
 * @throws {UsageError} when the dataset is not imported completely, or an option is wrong.
 * @throws {DistilleryError} when an embedding is not finite, or no picture can be read.
 */
export async function run(input: EmbedInput, options: EmbedOptions, context: StageContext): Promise<EmbedResult> {
  const started = performance.now();
  const { workspace, model, teacherName } = input;
  const { precision, storage = 'float16' } = options;
  checkBatch(options.batch);
  const dataset = await findImported(workspace, input.dataset);
  const target = await openTarget(workspace, dataset, { name: teacherName, model, precision, storage }, context);
  const { set } = target;
  const before = countRows(set);
  if (target.pieces.length > 0) {
    const batch = options.batch === 'auto' ? await batchFor(model) : options.batch;
    const make = (size: number) => (input.createEncoder ?? createEncoder)(model, { precision, batch: size });
    const encoder = new ShrinkingEncoder(make, batch, context.log);
    try {
      await embedSamples(workspace, dataset.id, target, { model, encoder, storage }, context);
    } finally {
      encoder.dispose();
    }
  }
  const images = countRows(set);
  if (images === 0) throw new DistilleryError(`None of the pictures of "${dataset.name}" can be embedded.`);
  const { reference = set.manifest.reference } = input;
  if (!set.manifest.complete || reference !== set.manifest.reference) {
    Object.assign(set.manifest, { complete: true, reference });
    await saveManifest(set);
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    dataset: dataset.name,
    teacher: set.manifest.teacher,
    images,
    dim: set.manifest.dim,
    skipped: countSkipped(workspace, dataset.id),
    seconds,
    imagesPerSecond: (images - before) / seconds,
  };
}

function checkBatch(batch: number | 'auto'): void {
  if (batch === 'auto' || (Number.isInteger(batch) && batch >= 1 && batch <= shardSamples)) return;
  throw new UsageError(`--batch ${batch} is not a number of pictures from 1 to ${shardSamples}.`);
}

async function batchFor({ config, weights }: EmbeddingModel): Promise<number> {
  const bytes = [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  return automaticBatch(config, bytes, await computingMemory());
}

async function findImported(workspace: Workspace, name: string): Promise<{ id: number; name: string }> {
  const dataset = await findDataset(workspace, name);
  const { complete, source } = await workspace.db
    .selectFrom('datasets')
    .select(['complete', 'source'])
    .where('id', '=', dataset.id)
    .executeTakeFirstOrThrow();
  if (!complete) {
    throw new UsageError(
      `The import of "${name}" did not end. Run it again first: distillery import ${sourceArguments(source)} --dataset ${sourceArguments(name)}`,
    );
  }
  const picture = await workspace.db
    .selectFrom('samples')
    .select('id')
    .where('dataset_id', '=', dataset.id)
    .where('status', '=', 'ok')
    .where('file', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  if (!picture) throw new UsageError(`The dataset "${name}" has no pictures to embed.`);
  return dataset;
}
