/** @file The loop of embed: the next batch is decoded while this one is computed; a full shard is stored. */

import type { Storage } from '../clip/rowsFingerprint.ts';
import { towersOf, type EmbeddingModel } from '../clip/towers.ts';
import { mapOrdered } from '../ordered.ts';
import { pictureOf } from '../pictureSource.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { storeAgreement } from '../quality/agreement.ts';
import { appendShard, replaceShard } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import { createPixelPool } from '../clip/pixelPool.ts';
import { markSkipped, samplesBetween, type Sample } from './samples.ts';
import { ShardBuilder } from './shard.ts';
import type { ShrinkingEncoder } from './shrinkingEncoder.ts';
import type { Piece, Target } from './target.ts';

export interface Work {
  model: EmbeddingModel;
  encoder: ShrinkingEncoder;
  storage: Storage;
}

/** A sample with its pixels, or without when it is left out. */
type Loaded = { piece: Piece; sample: Sample } & Partial<Record<'problem', string> & Record<'pixels', Uint8Array>>;

/** Makes the pieces of the target, one after the other. */
export async function embedSamples(
  workspace: Workspace,
  datasetId: number,
  { set, pieces }: Target,
  { model, encoder, storage }: Work,
  context: StageContext,
): Promise<void> {
  const tokenizer = await towersOf(model).loadTokenizer();
  const { contextLength } = model.config.text;
  const { batch } = encoder;
  const total = pieces.reduce((sum, piece) => sum + piece.end - piece.from, 0);
  let done = 0;
  let shard: ShardBuilder | undefined;
  let waiting: Loaded[] = [];
  const encode = async (): Promise<void> => {
    const samples = waiting.flatMap(({ sample, pixels }) => (pixels ? [sample] : []));
    if (samples.length > 0) {
      const pixels = waiting.flatMap((loaded) => loaded.pixels ?? []);
      const captions = samples.map(({ caption }) => caption);
      const { image, text } = encoder.encode({ pixels, tokens: tokenizer.encode(captions, contextLength) });
      shard!.add(samples, image, text);
    }
    done += waiting.length;
    waiting = [];
    context.onProgress({ stage: 'embed', done, total, unit: 'images' });
    await checkpoint(context);
  };
  const store = async (): Promise<void> => {
    if (waiting.length > 0) await encode();
    if (shard === undefined) return;
    const finished = shard.finish(storage);
    markSkipped(workspace, shard.problems);
    if (finished.text) storeAgreement(workspace, finished.ids, finished.image, finished.text);
    set.manifest.complete = false;
    if (shard.piece.index < set.manifest.shards.length) await replaceShard(set, shard.piece.index, finished);
    else await appendShard(set, finished);
  };
  const pool = createPixelPool(model.config, total);
  const load = async ({ piece, sample }: Pick<Loaded, 'piece' | 'sample'>): Promise<Loaded> => {
    const picture = pictureOf(workspace.dir, sample);
    if (sample.status === 'skipped' || picture === null) return { piece, sample };
    return { piece, sample, ...(await pool.load(picture, { hash: sample.hash ?? undefined })) };
  };
  try {
    // the next batch is decoded while this one is computed
    for await (const loaded of mapOrdered(samplesOf(workspace, datasetId, pieces), 2 * batch, load)) {
      if (loaded.piece !== shard?.piece) {
        await store();
        shard = new ShardBuilder(loaded.piece, encoder.dim);
      }
      shard.look(loaded.sample, loaded.problem);
      waiting.push(loaded);
      if (waiting.length === batch) await encode();
    }
    await store();
  } finally {
    await pool.close();
  }
}

function* samplesOf(workspace: Workspace, datasetId: number, pieces: readonly Piece[]) {
  for (const piece of pieces) {
    for (const sample of samplesBetween(workspace, datasetId, piece.from, piece.end)) yield { piece, sample };
  }
}
