/**
 * @file Embedding of pictures end to end (decode, resize, tower) against open_clip with PyTorch: the same JPEG files, weights
 * and batch. Run: npm run bench -- embed [--model ViT-B-32] [--images 256] [--batch 32]
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { builtinConfig } from '../src/main/engine/clip/config.ts';
import { createEncoder } from '../src/main/engine/clip/encoder.ts';
import { saveModel, type ClipModel } from '../src/main/engine/clip/model.ts';
import { initialWeights } from '../src/main/engine/clip/weights.ts';
import { createPixelPool } from '../src/main/engine/clip/pixelPool.ts';
import { DistilleryError, UsageError } from '../src/main/engine/errors.ts';
import { mapOrdered } from '../src/main/engine/ordered.ts';
import { readNpy } from '../src/main/engine/store/npy.ts';
import { syntheticPhotograph } from './lib/pictures.ts';

type Model = Pick<ClipModel, 'config' | 'weights'>;
type Precision = 'fp32' | 'bf16';

interface Measured {
  seconds: number;
  /** `[n, d]` of unit length */
  embeddings: Float32Array;
}

const peerSchema = z.array(z.object({ precision: z.string(), loader: z.string(), seconds: z.number() }));

/** As the embed stage does it: threads decode the next batch while the towers work on this one. */
async function measureOurs(model: Model, files: string[], precision: Precision, batch: number): Promise<Measured> {
  const encoder = createEncoder(model, { precision, batch });
  const perImage = model.config.vision.imageSize ** 2 * 3;
  encoder.encodeImages(new Uint8Array(batch * perImage)); // warms up
  const embeddings = new Float32Array(files.length * encoder.dim);
  const started = performance.now();
  const pool = createPixelPool(model.config, files.length);
  let pixels = new Uint8Array(batch * perImage);
  let done = 0;
  for await (const loaded of mapOrdered(files, 2 * batch, (file) => pool.load(file))) {
    if ('problem' in loaded) throw new DistilleryError(loaded.problem);
    pixels.set(loaded.pixels, (done % batch) * perImage);
    done++;
    if (done % batch !== 0 && done !== files.length) continue;
    const rows = done % batch || batch;
    embeddings.set(encoder.encodeImages(pixels.subarray(0, rows * perImage)), (done - rows) * encoder.dim);
    pixels = new Uint8Array(batch * perImage);
  }
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  encoder.dispose();
  return { seconds, embeddings };
}

function meanCosine(a: Float32Array, b: ArrayLike<number | bigint>, rows: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * Number(b[i]);
  return sum / rows;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'ViT-B-32' },
      images: { type: 'string', default: '256' },
      batch: { type: 'string', default: '32' },
    },
  });
  const [images, batch] = [Number(values.images), Number(values.batch)];
  const python = process.env['PEERS_PYTHON'];
  if (python === undefined) throw new UsageError('PEERS_PYTHON is not set. Run: npm run bench -- embed');
  const dir = mkdtempSync(path.join(os.tmpdir(), 'distillery-bench-'));
  try {
    const config = builtinConfig(values.model);
    const model = { config, weights: initialWeights(config, 1) };
    await saveModel(path.join(dir, 'model'), config, model.weights);
    mkdirSync(path.join(dir, 'pictures'));
    const files = Array.from({ length: images }, (_, i) => path.join(dir, 'pictures', `${i}.jpg`));
    for (const [seed, file] of files.entries()) writeFileSync(file, await syntheticPhotograph(seed));
    writeFileSync(path.join(dir, 'files.json'), JSON.stringify(files));
    console.log(`${os.cpus()[0]!.model}, ${os.availableParallelism()} cores; ${values.model}, batch ${batch}`);
    console.log(`${images} JPEGs of 512 x 384, decoding and resizing included`);

    const ours = {
      fp32: await measureOurs(model, files, 'fp32', batch),
      bf16: await measureOurs(model, files, 'bf16', batch),
    };
    const script = path.join(import.meta.dirname, 'embed_peer.py');
    const peerArguments = [script, path.join(dir, 'model'), path.join(dir, 'files.json'), String(batch), dir];
    const peer = peerSchema.parse(
      JSON.parse(execFileSync(python, peerArguments, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    );
    for (const precision of ['fp32', 'bf16'] as const) {
      const { seconds, embeddings } = ours[precision];
      const runs = peer.filter((run) => run.precision.startsWith(precision));
      const best = runs.reduce((a, b) => (a.seconds < b.seconds ? a : b));
      const { data } = await readNpy(path.join(dir, `${precision}.npy`));
      const rate = (time: number) => `${(images / time).toFixed(1)} images/s`;
      console.log(`\n${precision}: ours ${rate(seconds)}`);
      for (const run of runs) console.log(`  open_clip, ${run.precision}, ${run.loader}: ${rate(run.seconds)}`);
      console.log(`  ours is ${(best.seconds / seconds).toFixed(2)}x as fast as the best of those`);
      console.log(`  mean cosine of the embeddings: ${meanCosine(embeddings, data, images).toFixed(6)}`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
