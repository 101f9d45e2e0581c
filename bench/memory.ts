/**
 * @file Peak memory of balance at a size that no test reaches: one chunk against all images (the first one, which meets the most),
 * then everything behind the search, on a stored pass with as many pairs as images. Rows are made when they are read, so no disk
 * of that size is needed; the database is not part of it.
 * Run: npm run bench -- memory [--n 10000000] [--d 1280] [--top-k 32] [--skip-search]
 */

import { parseArgs } from 'node:util';
import { collectorFor } from '../src/main/engine/balance/collectors.ts';
import { removalCurve } from '../src/main/engine/balance/curve.ts';
import { decideFates } from '../src/main/engine/balance/fates.ts';
import { componentsOf } from '../src/main/engine/balance/forest.ts';
import { connect } from '../src/main/engine/balance/graph.ts';
import { listGroups, weakestLinks } from '../src/main/engine/balance/groups.ts';
import { measureGroups } from '../src/main/engine/balance/measures.ts';
import { NeighbourSearch } from '../src/main/engine/balance/neighbours.ts';
import { chunkRowsFor } from '../src/main/engine/balance/options.ts';
import { PairList } from '../src/main/engine/balance/pairs.ts';
import { Pass } from '../src/main/engine/balance/pass.ts';
import { silentContext } from '../src/main/engine/progress.ts';
import { randomStream } from '../src/main/engine/random.ts';
import { ChunkedRows, type RowSource } from '../src/main/engine/store/chunkedRows.ts';
import { normaliseRows } from '../src/main/engine/store/embeddings.ts';
import { inTemporaryFolder, machine, peakMiB } from './lib/compare.ts';
import { syntheticEmbeddings } from './lib/embeddings.ts';

const BETA = 0.447;
const BLOCK_ROWS = 16384;

const { values } = parseArgs({
  options: {
    n: { type: 'string', default: '10000000' },
    d: { type: 'string', default: '1280' },
    'top-k': { type: 'string', default: '32' },
    'skip-search': { type: 'boolean', default: false },
  },
});
const [n, d, topK] = [Number(values.n), Number(values.d), Number(values['top-k'])];

console.log(`Memory of balance, ${n} x ${d}, k = ${topK}, beta ${BETA}; ${machine()}`);
const rows = new ChunkedRows(mixedRows(n, d), chunkRowsFor(d));
console.log(`  ${rows.chunks} chunks of ${rows.chunkRows} images; before the search ${peakMiB()} MiB`);
await inTemporaryFolder(async (dir) => {
  const manifest = {
    version: 1 as const,
    fingerprint: 'bench',
    images: n,
    chunkRows: rows.chunkRows,
    topK,
    beta: BETA,
  };
  const pass = await Pass.begin(dir, manifest);
  if (!values['skip-search']) await searchFirst(pass);
  await fillPass(pass);
  await behindSearch(pass);
});

async function searchFirst(pass: Pass): Promise<void> {
  const started = performance.now();
  const search = await NeighbourSearch.create(rows, BETA);
  const collector = collectorFor(pass.manifest);
  await search.searchChunk(0, collector.add.bind(collector), () => Promise.resolve());
  search.dispose();
  await pass.save(0, collector);
  const seconds = (performance.now() - started) / 1000;
  console.log(`  first chunk against all: ${seconds.toFixed(0)} s, ${collector.total} pairs, peak ${peakMiB()} MiB`);
}

/** A pair of neighbouring rows for each image, in groups of any size. */
async function fillPass(pass: Pass): Promise<void> {
  const random = randomStream(1);
  for (let chunk = 0; chunk < pass.chunks; chunk++) {
    const { from, to } = rows.range(chunk);
    const pairs = new PairList();
    for (let i = from; i < to; i++) {
      const j = Math.min(n - 1, i + 1 + Math.floor(random() ** 8 * 1000));
      if (j > i && random() < 0.6) pairs.push(i, j, BETA * random());
      if (j > i + 1) pairs.push(i, i + 1 + Math.floor((j - i) / 2), BETA * random());
    }
    await pass.save(chunk, { pairs, total: pairs.length });
  }
}

async function behindSearch(pass: Pass): Promise<void> {
  const started = performance.now();
  const graph = await connect(pass, BETA);
  const groups = listGroups(componentsOf(graph.forest, n), n);
  console.log(`  ${graph.pairs} pairs, ${groups.count} groups, peak ${peakMiB()} MiB`);
  const measures = await measureGroups(rows, groups, silentContext());
  weakestLinks(groups, graph.forest, n);
  removalCurve(graph.forest, BETA);
  const { removed } = decideFates(groups, measures.distance, n, { verdicts: new Map() });
  const seconds = (performance.now() - started) / 1000;
  console.log(`  groups measured, ${removed} images to remove: ${seconds.toFixed(0)} s, peak ${peakMiB()} MiB`);
}

/** Unit rows, mixed from two of a block of embeddings each: as many as wanted, with the same spectrum, and not equal. */
function mixedRows(count: number, dim: number): RowSource {
  const block = syntheticEmbeddings(Math.min(count, BLOCK_ROWS), dim, 1, 1);
  const blockRows = block.length / dim;
  const read = (from: number, to: number): Promise<Float32Array> => {
    const out = new Float32Array((to - from) * dim);
    for (let row = from, at = 0; row < to; row++) {
      const [a, b] = [(row % blockRows) * dim, ((row * 7919 + Math.floor(row / blockRows)) % blockRows) * dim];
      for (let t = 0; t < dim; t++) out[at++] = block[a + t]! + 0.8 * block[b + t]!;
    }
    normaliseRows(out, dim, (row) => `row ${from + row}`);
    return Promise.resolve(out);
  };
  return { count, dim, read };
}
