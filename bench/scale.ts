/**
 * @file How time and memory of balance and cluster grow with the number of images, and the same of faiss while it is
 * bearable. Run: npm run bench -- scale [--sizes 10000,20000,40000,80000,160000] [--d 512] [--peer-up-to 40000]
 *   [--svg docs/images/scale.svg]
 */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { permutation } from '../src/main/engine/random.ts';
import { writeNpy } from '../src/main/engine/store/npy.ts';
import { inTemporaryFolder, line, machine, measured, peersPython } from './lib/compare.ts';
import { syntheticEmbeddings } from './lib/embeddings.ts';
import { logPlot, type Series } from './lib/plot.ts';

const resultSchema = z.object({ seconds: z.number(), peakMiB: z.number() });
const searchSchema = z.object({
  searches: z.array(z.object({ name: z.string(), seconds: z.number() })),
  peakMiB: z.number(),
});

const BETA = '0.447';
const ITERATIONS = '10';
const IMAGES_PER_CLUSTER = 225;

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,20000,40000,80000,160000' },
    d: { type: 'string', default: '512' },
    'peer-up-to': { type: 'string', default: '40000' },
    svg: { type: 'string' },
  },
});
const sizes = values.sizes.split(',').map(Number);
const d = Number(values.d);
const python = peersPython('scale');
const bench = (name: string): string => path.join(import.meta.dirname, name);

const balance: Series = { name: 'balance', points: [] };
const cluster: Series = { name: 'cluster, N / 225', points: [] };
const faissSearch: Series = { name: 'faiss, k = 32', points: [] };
const faissKmeans: Series = { name: 'faiss.Kmeans', points: [] };

console.log(`Balance within ${BETA}, and ${ITERATIONS} iterations of k-means with N / ${IMAGES_PER_CLUSTER} clusters;`);
console.log(`${d} dimensions; ${machine()}`);
for (const n of sizes) await measure(n);
const all = [balance, faissSearch, cluster, faissKmeans].filter(({ points }) => points.length > 0);
for (const { name, points } of all) {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (first === last) continue;
  const power = Math.log(last.y / first.y) / Math.log(last.x / first.x);
  console.log(`${name}: grows as N^${power.toFixed(2)} from ${first.x} to ${last.x}`);
}
if (values.svg !== undefined) writeFileSync(values.svg, logPlot(all, 'images', 'seconds'));

async function measure(n: number): Promise<void> {
  await inTemporaryFolder(async (dir) => {
    const rows = syntheticEmbeddings(n, d, 1, 1);
    await writeNpy(path.join(dir, 'rows.npy'), rows, [n, d]);
    const clusters = Math.round(n / IMAGES_PER_CLUSTER);
    const chosen = permutation(n, 1).slice(0, clusters);
    const start = new Float32Array(clusters * d);
    for (const [at, row] of chosen.entries()) start.set(rows.subarray(row * d, (row + 1) * d), at * d);
    await writeNpy(path.join(dir, 'start.npy'), start, [clusters, d]);

    console.log(`${n} images, ${clusters} clusters`);
    const show = (series: Series, what: string, seconds: number, peak: number): void => {
      series.points.push({ x: n, y: seconds });
      console.log(line(what, seconds, peak));
    };
    const ours = (name: string, ...options: string[]) =>
      resultSchema.parse(measured(process.execPath, [bench(name), '--ours', dir, '--repeats', '1', ...options]));
    const found = ours('balance.ts', '--beta', BETA);
    show(balance, 'balance', found.seconds, found.peakMiB);
    const clustered = ours('kmeans.ts', '--iterations', ITERATIONS);
    show(cluster, 'cluster', clustered.seconds, clustered.peakMiB);
    if (n > Number(values['peer-up-to'])) return;
    const peer = searchSchema.parse(measured(python, [bench('balance_peer.py'), dir, BETA, '1', String(n)]));
    const { seconds } = peer.searches.find(({ name }) => name.includes('L2 search, k = 32'))!;
    show(faissSearch, 'faiss IndexFlatL2 search, k = 32', seconds, peer.peakMiB);
    const kmeans = resultSchema.parse(
      measured(python, [bench('kmeans_peer.py'), dir, 'faiss', ITERATIONS, '1', '4096']),
    );
    show(faissKmeans, 'faiss.Kmeans', kmeans.seconds, kmeans.peakMiB);
  });
}
