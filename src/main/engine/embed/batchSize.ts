/**
 * @file How many pictures go through the towers at once when nobody says so: as many as the memory holds for certain, and no
 * more than help. The largest need of a tower is inside one block, in float32 values for each token:
 *
 *     attention   8 w + 2 h t    rows, normed rows, queries, keys and values twice (the transposition), scores and softmax
 *     MLP         (2 + 3 r) w    rows, normed rows, hidden values before, inside and after the GELU
 *
 * with w = width, h = heads, t = tokens, r = hidden width over w. The towers run one after the other.
 */

import type { TransformerConfig } from '../clip/config.ts';
import type { EmbeddingModel } from '../clip/towers.ts';
import { gridSize } from '../clip/weights.ts';
import type { Memory } from '../runtime/computingMemory.ts';

/** A choice, not a measurement: 32 fill a CPU's matrix products, a GPU wants more work for each start of a kernel. */
const enough = { cpu: 32, gpu: 256 };

/** Batches of decoded pictures, in bytes: this one, joined and fed, and the next two that wait (embedSamples.ts). */
const decodedBatches = 5;

/** A power of two from 1; half of the memory that the weights leave stays free. */
export function automaticBatch(
  config: EmbeddingModel['config'],
  weightBytes: number,
  { free, device }: Memory,
): number {
  const room = Math.max(0, free - weightBytes) / 2;
  let batch = enough[device];
  while (batch > 1 && batch * pairBytes(config, device) > room) batch /= 2;
  return batch;
}

/** Memory of one picture with its caption on its way through the towers. */
export function pairBytes(config: EmbeddingModel['config'], device: Memory['device']): number {
  // decoded ones wait in the computer's memory, not in the GPU's; as float32 they are gone before the first block
  const pixels = config.vision.imageSize ** 2 * 3 * (device === 'cpu' ? decodedBatches : 1);
  return 4 * towerValues(config) + pixels;
}

function towerValues(config: EmbeddingModel['config']): number {
  if ('pairValues' in config) return config.pairValues;
  const { vision, text } = config;
  return Math.max(blockValues(vision, gridSize(config) ** 2 + 1), blockValues(text, text.contextLength));
}

function blockValues({ width, heads, mlpRatio }: TransformerConfig, tokens: number): number {
  const attention = 8 * width + 2 * heads * tokens;
  const mlp = (2 + 3 * mlpRatio) * width;
  return tokens * Math.max(attention, mlp);
}
