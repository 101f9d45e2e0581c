/** @file Assignments that follow one another, with bounds and sketches. Run: npx vitest run test/engine/cluster/bounds.test.ts */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Assigner } from '../../../src/main/engine/cluster/assign.ts';
import { Bounds, movementAngle, movementOf } from '../../../src/main/engine/cluster/bounds.ts';
import { lloyd } from '../../../src/main/engine/cluster/lloyd.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { normalStream, randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { normaliseRows } from '../../../src/main/engine/store/embeddings.ts';
import { innerProduct } from '../../../src/main/engine/vectors.ts';
import { clusteredRows, sourceOf } from '../support/vectors.ts';

const anyCase = fc.record({
  images: fc.integer({ min: 1, max: 150 }),
  clusters: fc.integer({ min: 1, max: 200 }),
  dim: fc.integer({ min: 2, max: 20 }),
  seed: fc.nat(),
  chunkRows: fc.integer({ min: 1, max: 160 }),
  arithmetic: fc.constantFrom('float32' as const, 'bfloat16' as const),
  bounds: fc.boolean(),
  sketches: fc.boolean(),
});

/** Moves some centres a little and few of them far. @returns angles */
function move(centres: Float32Array, dim: number, random: () => number, normal: () => number): Float64Array {
  const moved = new Float64Array(centres.length / dim);
  for (let c = 0; c < moved.length; c++) {
    const kind = random();
    const step = kind < 0.4 ? 0 : kind < 0.95 ? 0.03 : 1;
    if (step === 0) continue;
    const centre = centres.subarray(c * dim, (c + 1) * dim);
    const before = centre.slice();
    for (let t = 0; t < dim; t++) centre[t]! += step * normal();
    normaliseRows(centre, dim, () => 'centre');
    moved[c] = movementAngle(Math.hypot(...centre.map((value, t) => value - before[t]!)));
  }
  return moved;
}

it('labels are those of the definition after every movement, ties to the lowest', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ images, clusters, dim, seed, chunkRows, arithmetic, bounds, sketches }) => {
      const source = sourceOf(clusteredRows(images, dim, seed), dim);
      const unit = await source.read(0, images);
      const centres = clusteredRows(clusters, dim, seed + 1, 40); // with equal centres among them
      const [random, normal] = [randomStream(seed), normalStream(seed)];
      const assigner = new Assigner(new ChunkedRows(source, chunkRows), { arithmetic, bounds, sketches });
      const labels = new Int32Array(images).fill(-1);
      let moved: Float64Array | undefined;
      for (let step = 0; step < 6; step++) {
        const before = labels.slice();
        let changes = 0;
        const onChange = (): void => {
          changes++;
        };
        const changed = await assigner.assign(centres, labels, onChange, () => Promise.resolve(), moved);
        const expected = Array.from({ length: images }, (_, row) => {
          const products = Array.from({ length: clusters }, (_, c) => innerProduct(unit, row, centres, c, dim));
          return products.indexOf(Math.max(...products));
        });
        expect(Array.from(labels)).toEqual(expected);
        expect(changed).toBe(before.filter((label, row) => label !== labels[row]).length);
        expect(changes).toBe(changed);
        moved = move(centres, dim, random, normal);
      }
      assigner.dispose();
    }),
    { numRuns: 120 },
  );
});

it('a row meets only centres that moved by its gap', () => {
  const bounds = new Bounds(1);
  bounds.update(0, Math.cos(0.5), Math.cos(0.9), 4, undefined);
  const near = (movement: number[]) => movementOf(Float64Array.from(movement));
  // own centre 1 moves by 0.1, the others come nearer by at most 0.25: 0.6 < 0.65
  expect(bounds.settled(0, 1, near([0.25, 0.1, 0, 0.2]))).toBe(true);
  // now the gap is 0.65 - 0.6: own angle 0.58 makes it 0.07
  const next = near([0.02, 0.01, 0.3, 0.08]);
  expect(bounds.settled(0, 1, next)).toBe(false);
  expect(bounds.needs(0, Math.cos(0.58), next)).toBe(2);
  expect(Array.from(next.order)).toEqual([2, 3, 0, 1]);
  // of these two none is nearer than 0.8; the others may have come nearer by 0.02
  bounds.update(0, Math.cos(0.58), Math.cos(0.8), 2, next);
  expect(bounds.needs(0, Math.cos(0.58), near([0.06, 0.04, 0, 0]))).toBe(1);
});

it('a run with bounds and sketches has the bits of one without, and leaves no tensor behind', async () => {
  const source = sourceOf(clusteredRows(700, 12, 5, 120), 12);
  const start = (await source.read(0, 90)).slice();
  const tensors = tf.memory().numTensors;
  const results = [];
  for (const [bounds, sketches] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const rows = new ChunkedRows(source, 256);
    const assigner = new Assigner(rows, { bounds, sketches });
    const state = { iteration: 0, centres: start.slice(), labels: new Int32Array(700).fill(-1) };
    const save = (): Promise<void> => Promise.resolve();
    results.push(await lloyd(rows, assigner, state, { iterations: 8 }, save, silentContext()));
    assigner.dispose();
  }
  for (const result of results) expect(result).toEqual(results[0]);
  expect(results[0]!.iteration).toBeGreaterThan(3);
  expect(tf.memory().numTensors).toBe(tensors);
});

it('gives sketches up where they rule out too little, with the same labels', async () => {
  // coordinates that are all alike: a sketch of a quarter of them tells almost nothing
  const [images, clusters, dim] = [8192, 500, 16];
  const normal = normalStream(9);
  const rows = Float32Array.from({ length: (images + clusters) * dim }, normal);
  normaliseRows(rows, dim, (row) => `row ${row}`);
  const centres = rows.slice(images * dim);
  const tensors = tf.memory().numTensors;
  const labels = [undefined, false].map(() => new Int32Array(images).fill(0));
  for (const [at, sketches] of [undefined, false].entries()) {
    const assigner = new Assigner(new ChunkedRows(sourceOf(rows.slice(0, images * dim), dim), 3000), { sketches });
    for (let step = 0; step < 2; step++) {
      await assigner.assign(
        centres,
        labels[at]!.fill(0),
        () => undefined,
        () => Promise.resolve(),
      );
    }
    assigner.dispose();
  }
  expect(labels[0]).toEqual(labels[1]);
  expect(tf.memory().numTensors).toBe(tensors);
});
