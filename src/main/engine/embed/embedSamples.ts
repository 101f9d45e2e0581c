/** @file The loop of embed: the next batch is decoded while this one is computed; a full shard is stored. */

import type { Encoder } from '../clip/encoder.ts';
import type { ClipModel } from '../clip/model.ts';
import { loadTokenizer } from '../clip/tokenizer.ts';
import { mapOrdered } from '../ordered.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { appendShard } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import { createPixelPool, type Pixels } from './pixelPool.ts';
import { markSkipped, samplesBetween, type Sample } from './samples.ts';
import { ShardBuilder, type Storage } from './shard.ts';
import { addSample, type Target } from './target.ts';

/** Samples that a shard looks at. Shards and batches begin at fixed places, so that a resumed run repeats them bitwise. */
export const shardSamples = 2048;

export interface Work {
  model: ClipModel;
  encoder: Encoder;
  batch: number;
  storage: Storage;
  /** Position after the last sample. */
  end: number;
}

/** A sample with its pixels, or without when it is left out. */
type Loaded = { sample: Sample } & Partial<Record<'problem', string> & Record<'pixels', Float32Array>>;

/** Embeds the samples from `target.next` to `work.end`, shard by shard. */
export async function embedSamples(
  workspace: Workspace,
  datasetId: number,
  { set, content, next }: Target,
  { model, encoder, batch, storage, end }: Work,
  context: StageContext,
): Promise<void> {
  const tokenizer = await loadTokenizer();
  const encode = (loaded: readonly Loaded[], shard: ShardBuilder): void => {
    const samples = loaded.flatMap(({ sample, pixels }) => (pixels ? [sample] : []));
    if (samples.length === 0) return;
    const images = encoder.encodeImages(joined(loaded.flatMap(({ pixels }) => pixels ?? [])));
    const captions = samples.map(({ caption }) => caption);
    shard.add(samples, images, encoder.encodeTexts(tokenizer.encode(captions, model.config.text.contextLength)));
  };
  const pool = createPixelPool(model.config, end - next);
  try {
    let shard = new ShardBuilder(shardSamples, encoder.dim);
    let waiting: Loaded[] = [];
    const samples = samplesBetween(workspace, datasetId, next, end);
    for await (const loaded of mapOrdered(samples, 2 * batch, (sample) => load(sample, pool.load))) {
      const { sample } = loaded;
      shard.look(sample, loaded.problem);
      addSample(content, sample);
      waiting.push(loaded);
      const full = shard.looked === shardSamples || sample.position === end - 1;
      if (waiting.length < batch && !full) continue;
      encode(waiting, shard);
      waiting = [];
      if (full) {
        const finished = shard.finish(sample.position + 1, storage);
        markSkipped(workspace, shard.problems);
        set.manifest.content = content.copy().digest('hex');
        set.manifest.complete = false;
        await appendShard(set, finished);
        shard = new ShardBuilder(shardSamples, encoder.dim);
      }
      context.onProgress({ stage: 'embed', done: sample.position + 1, total: end, unit: 'images' });
      await checkpoint(context);
    }
  } finally {
    await pool.close();
  }
}

async function load(sample: Sample, loadPixels: (file: string) => Promise<Pixels>): Promise<Loaded> {
  if (sample.status === 'skipped' || sample.file === null) return { sample };
  return { sample, ...(await loadPixels(sample.file)) };
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const size = rows[0]!.length;
  const all = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) all.set(row, i * size);
  return all;
}
