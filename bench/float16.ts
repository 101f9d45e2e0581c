/**
 * @file What storing embeddings as float16 does to Euclidean distances of unit vectors, and to the pairs within beta.
 * Run: npm run bench -- float16 [--teacher MODEL --pictures FOLDER]
 */

import { parseArgs } from 'node:util';
import { loadModel } from '../src/main/engine/clip/model.ts';
import { randomStream } from '../src/main/engine/random.ts';
import { embedFiles, picturesIn } from './lib/embedFolder.ts';

interface Rows {
  data: Float32Array; // [n, dim]
  n: number;
  dim: number;
}

/** Thresholds to count pairs at: the paper's, and those around it. */
const betas = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];

/** Pairs of unit vectors, the second one at a known distance from the first: 2 to 6 a group, as duplicates lie. */
function groups(n: number, dim: number, seed: number): Rows {
  const random = randomStream(seed, dim);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const data = new Float32Array(n * dim);
  let centre = Float64Array.from({ length: dim }, normal);
  for (let row = 0, left = 0; row < n; row++, left--) {
    if (left === 0) {
      centre = Float64Array.from({ length: dim }, normal);
      left = 2 + Math.floor(random() * 5);
    }
    const spread = 0.6 * random() ** 2;
    setUnit(
      data,
      row,
      centre.map((value) => value + spread * normal()),
    );
  }
  return { data, n, dim };
}

function setUnit(data: Float32Array, row: number, values: Float64Array): void {
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  data.set(
    values.map((value) => value / length),
    row * values.length,
  );
}

/** Distances before and after, pair by pair. */
function compare(name: string, { data, n, dim }: Rows): void {
  const half = Float32Array.from(new Float16Array(data));
  const counts = betas.map((beta) => ({ beta, pairs: 0, lost: 0, gained: 0 }));
  const bins = [0.05, 0.2, 0.5, 2].map((upTo) => ({ upTo, pairs: 0, largest: 0, squares: 0 }));
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const exact = distance(data, a, b, dim);
      const rounded = distance(half, a, b, dim);
      const error = Math.abs(exact - rounded);
      const bin = bins.find(({ upTo }) => exact <= upTo)!;
      bin.pairs++;
      bin.largest = Math.max(bin.largest, error);
      bin.squares += error * error;
      for (const count of counts) {
        if (exact <= count.beta) count.pairs++;
        if (exact <= count.beta && rounded > count.beta) count.lost++;
        if (exact > count.beta && rounded <= count.beta) count.gained++;
      }
    }
  }
  console.log(`\n${name}: ${n} vectors of ${dim}`);
  for (const { upTo, pairs, largest, squares } of bins) {
    if (pairs === 0) continue;
    const rms = Math.sqrt(squares / pairs);
    console.log(
      `  distances up to ${upTo}: ${pairs} pairs, changed by ${rms.toExponential(1)} (rms), ${largest.toExponential(1)} at most`,
    );
  }
  for (const { beta, pairs, lost, gained } of counts) {
    if (pairs > 0) console.log(`  within ${beta}: ${pairs} pairs, ${lost} lost, ${gained} gained`);
  }
}

function distance(data: Float32Array, a: number, b: number, dim: number): number {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += (data[a * dim + i]! - data[b * dim + i]!) ** 2;
  return Math.sqrt(sum);
}

const { values } = parseArgs({
  options: {
    teacher: { type: 'string' },
    pictures: { type: 'string' },
    vectors: { type: 'string', default: '3000' },
  },
});
for (const dim of [512, 768, 1280]) compare('groups around random directions', groups(Number(values.vectors), dim, 1));
if (values.teacher && values.pictures) {
  compare(values.teacher, await embedFiles(await loadModel(values.teacher), picturesIn(values.pictures)));
}
