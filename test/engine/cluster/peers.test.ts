/** @file k-means of faiss and scikit-learn. Fixtures: test/fixtures/curation/make.py. Run: npx vitest run test/engine/cluster/peers.test.ts */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Assigner } from '../../../src/main/engine/cluster/assign.ts';
import { lloyd } from '../../../src/main/engine/cluster/lloyd.ts';
import { inertiaOf } from '../../../src/main/engine/cluster/measure.ts';
import { run } from '../../../src/main/engine/cluster/run.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { ChunkedRows } from '../../../src/main/engine/store/chunkedRows.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import { DATASET, sourceOf, workspaceWith } from '../support/vectors.ts';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/curation');
const DIM = 32;
const read = async (name: string) => (await readNpy(path.join(FIXTURES, name))).data;
const embeddings = (await read('embeddings.npy')) as Float16Array;
const peer = JSON.parse(readFileSync(path.join(FIXTURES, 'kmeans.json'), 'utf8')) as {
  iterations: number;
  faissInertia: number;
  sklearnInertia: number;
};

it('walks the way of faiss.Kmeans from the same start', async () => {
  const rows = new ChunkedRows(sourceOf(Float32Array.from(embeddings), DIM), 700);
  const assigner = new Assigner(rows);
  const centres = (await read('startCentres.npy')) as Float32Array;
  const start = { iteration: 0, centres, labels: new Int32Array(rows.count).fill(-1) };
  const found = await lloyd(rows, assigner, start, peer, () => Promise.resolve(), silentContext());
  assigner.dispose();
  expect(found.iteration).toBe(peer.iterations);
  const inertia = await inertiaOf(rows, found.centres, found.labels, silentContext());
  expect(Math.abs(inertia / peer.faissInertia - 1)).toBeLessThan(1e-5);
  const expected = (await read('faissCentres.npy')) as Float32Array;
  for (const [at, value] of found.centres.entries()) expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-5);
});

it('ends as low as the best of ten runs of scikit-learn', async () => {
  const workspace = await workspaceWith(embeddings, DIM, { shardRows: 1000 });
  const inertias: number[] = [];
  for (let seed = 0; seed < 10; seed++) {
    const options = { clusters: 20, iterations: 100, seed };
    inertias.push((await run({ workspace, dataset: DATASET }, options, silentContext())).inertia);
  }
  expect(Math.min(...inertias)).toBeLessThan(peer.sklearnInertia * 1.01);
  expect(Math.max(...inertias)).toBeLessThan(peer.sklearnInertia * 1.1);
});
