/** @file The stage as a user meets it. Run: npx vitest run test/engine/cluster/run.test.ts */

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, type ClusterOptions } from '../../../src/main/engine/cluster/run.ts';
import { run as balance } from '../../../src/main/engine/balance/run.ts';
import { silentContext, type StageContext } from '../../../src/main/engine/progress.ts';
import { permutation } from '../../../src/main/engine/random.ts';
import { findEmbeddings, readRows } from '../../../src/main/engine/store/embeddings.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { clusteredRows, DATASET, workspaceWith } from '../support/vectors.ts';
import { naiveInertia, naiveLabels } from './naive.ts';

const cluster = (workspace: Workspace, options: ClusterOptions, context: StageContext = silentContext()) =>
  run({ workspace, dataset: DATASET }, options, context);

/** Arrays of a stored clustering. */
async function stored(workspace: Workspace, id: number) {
  const read = async (name: string) => (await readNpy(path.join(workspace.dir, 'clusters', String(id), name))).data;
  return {
    centres: (await read('centres.npy')) as Float32Array,
    labels: (await read('labels.npy')) as Int32Array,
    sampleIds: (await read('sample_ids.npy')) as Int32Array,
    sizesBefore: (await read('sizes_before.npy')) as Int32Array,
    similarities: (await read('similarities.npy')) as Float32Array,
  };
}

const angles = (...degrees: number[]) =>
  Float32Array.from(degrees.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]));

describe('a case by hand', () => {
  it('finds two arcs and their middles', async () => {
    const workspace = await workspaceWith(angles(0, 20, 120, 130, 140), 2);
    const result = await cluster(workspace, { clusters: 2 });
    // 10 and 130 degrees; squared distances 2 - 2 cos(10 degrees), four times
    expect(result.inertia).toBeCloseTo(4 * (2 - 2 * Math.cos((10 * Math.PI) / 180)), 6);
    expect(result.sizes.toSorted()).toEqual([2, 3]);
    expect(result).toMatchObject({ images: 5, clusters: 2, sizesBefore: result.sizes, teacher: 'teacher' });
    const { centres, labels, sampleIds } = await stored(workspace, result.clusteringId);
    const [first, second] = [labels[0]!, labels[2]!];
    expect(Array.from(labels)).toEqual([first, first, second, second, second]);
    expect(Array.from(sampleIds)).toEqual([1, 2, 3, 4, 5]);
    expect(centres[first * 2 + 1]).toBeCloseTo(Math.sin((10 * Math.PI) / 180), 6);
    expect(centres[second * 2]).toBeCloseTo(Math.cos((130 * Math.PI) / 180), 6);
  });
});

describe('what is stored', () => {
  it('is the nearest centre of each image, its inertia and sizes', async () => {
    const workspace = await workspaceWith(clusteredRows(400, 16, 3), 16);
    const rows = await readRows(await findEmbeddings(workspace, DATASET), 'image');
    for (const init of ['k-means++', 'sample'] as const) {
      const result = await cluster(workspace, { clusters: 7, iterations: 5, init });
      const { centres, labels } = await stored(workspace, result.clusteringId);
      expect(Array.from(labels)).toEqual(naiveLabels(rows, centres, 16));
      expect(result.inertia).toBeCloseTo(naiveInertia(rows, centres, labels, 16), 9);
      expect(result.sizes).toEqual(result.sizes.map((_, c) => labels.filter((label) => label === c).length));
      for (let c = 0; c < 7; c++) expect(Math.hypot(...centres.subarray(c * 16, (c + 1) * 16))).toBeCloseTo(1, 6);
      expect(workspace.sqlite.prepare('SELECT * FROM clusterings WHERE id = ?').get(result.clusteringId)).toMatchObject(
        {
          clusters: 7,
          inertia: result.inertia,
          iterations: result.iterations,
          balance_id: null,
        },
      );
    }
    expect(readdirSync(path.join(workspace.dir, 'clusters')).sort()).toEqual(['1', '2']);
  });

  it('leaves out what balance removed, and counts it in the sizes before', async () => {
    const workspace = await workspaceWith(clusteredRows(200, 8, 4), 8);
    const balanced = await balance({ workspace, dataset: DATASET }, { beta: 0.3 }, silentContext());
    expect(balanced.removed).toBeGreaterThan(10);
    const result = await cluster(workspace, { clusters: 5 });
    expect(result.images).toBe(balanced.kept);
    const { centres, sampleIds, sizesBefore } = await stored(workspace, result.clusteringId);
    const kept = workspace.sqlite
      .prepare('SELECT id FROM samples WHERE id NOT IN (SELECT sample_id FROM members WHERE keep = 0) ORDER BY id')
      .pluck()
      .all();
    expect(Array.from(sampleIds)).toEqual(kept);
    const all = naiveLabels(await readRows(await findEmbeddings(workspace, DATASET), 'image'), centres, 8);
    expect(result.sizesBefore).toEqual(result.sizes.map((_, c) => all.filter((label) => label === c).length));
    expect(Array.from(sizesBefore)).toEqual(result.sizesBefore);
    expect((await cluster(workspace, { clusters: 5, all: true })).images).toBe(200);
  });
});

describe('determinism', () => {
  it('repeats a result for a seed and changes it with another', async () => {
    const workspace = await workspaceWith(clusteredRows(300, 12, 5, 40), 12);
    const [a, b, c] = [
      await cluster(workspace, { clusters: 20, seed: 1, iterations: 2 }),
      await cluster(workspace, { clusters: 20, seed: 1, iterations: 2 }),
      await cluster(workspace, { clusters: 20, seed: 2, iterations: 2 }),
    ];
    expect(await stored(workspace, a.clusteringId)).toEqual(await stored(workspace, b.clusteringId));
    expect(c.inertia).not.toBe(a.inertia);
  });

  it('goes on after the last complete iteration, to the same bits', async () => {
    const options: ClusterOptions = { clusters: 25, iterations: 6, init: 'sample', seed: 3 };
    const rows = clusteredRows(500, 10, 6, 60);
    const whole = await workspaceWith(rows, 10);
    const expected = await cluster(whole, options);
    expect(expected.iterations).toBeGreaterThan(3);

    const workspace = await workspaceWith(rows, 10);
    const cancel = new AbortController();
    const seen: string[] = [];
    const onProgress: StageContext['onProgress'] = ({ stage }) => {
      seen.push(stage);
      if (stage === 'cluster, iteration 3') cancel.abort();
    };
    await expect(cluster(workspace, options, { ...silentContext(cancel.signal), onProgress })).rejects.toThrow(
      /Cancelled/,
    );
    seen.length = 0;
    const resumed = await cluster(workspace, options, { ...silentContext(), onProgress });
    expect(seen[0]).toBe('cluster, iteration 3');
    expect(resumed).toMatchObject({
      inertia: expected.inertia,
      sizes: expected.sizes,
      iterations: expected.iterations,
    });
    expect(await stored(workspace, 1)).toEqual(await stored(whole, 1));
  });
});

describe('centres fitted on a sample', () => {
  it('assign every image to the nearest of them', async () => {
    const workspace = await workspaceWith(clusteredRows(600, 10, 7, 30), 10);
    const rows = await readRows(await findEmbeddings(workspace, DATASET), 'image');
    const sample = permutation(600, 4, 1).slice(0, 90).sort();
    const alone = await workspaceWith(
      Float32Array.from([...sample].flatMap((row) => [...rows.subarray(row * 10, (row + 1) * 10)])),
      10,
    );
    const options: ClusterOptions = { clusters: 12, seed: 4, iterations: 5 };
    const result = await cluster(workspace, { ...options, fitSample: 90 });
    expect(result).toMatchObject({ images: 600, fittedOn: 90 });
    const { centres, labels } = await stored(workspace, result.clusteringId);
    expect(centres).toEqual((await stored(alone, (await cluster(alone, options)).clusteringId)).centres);
    expect(Array.from(labels)).toEqual(naiveLabels(rows, centres, 10));
    expect(result.sizes).toEqual(result.sizes.map((_, c) => labels.filter((label) => label === c).length));
    expect(result.inertia).toBeCloseTo(naiveInertia(rows, centres, labels, 10), 9);
  });

  it('by mini-batches too, and go on after an interruption to the same bits', async () => {
    const rows = clusteredRows(500, 10, 6, 60);
    const options: ClusterOptions = { clusters: 25, miniBatch: 64, fitSample: 300, iterations: 4, tolerance: 1e-9 };
    const whole = await workspaceWith(rows, 10);
    const expected = await cluster(whole, options);
    const workspace = await workspaceWith(rows, 10);
    for (const at of ['cluster, pass 2', 'cluster, pass 4', 'cluster, final assignment']) {
      const cancel = new AbortController();
      const onProgress: StageContext['onProgress'] = ({ stage }) => {
        if (stage === at) cancel.abort();
      };
      const stopped = cluster(workspace, options, { ...silentContext(cancel.signal), onProgress });
      await expect(stopped, at).rejects.toThrow(/Cancelled/);
    }
    const resumed = await cluster(workspace, options);
    expect({ ...resumed, seconds: 0 }).toEqual({ ...expected, seconds: 0 });
    expect(await stored(workspace, 1)).toEqual(await stored(whole, 1));
    expect(readdirSync(path.join(workspace.dir, 'clusters'))).toEqual(['1']);
  });
});

describe('the quality', () => {
  it('names the images nearest to the largest centres, and is stored', async () => {
    const workspace = await workspaceWith(angles(0, 20, 12, 130), 2);
    const { quality, clusteringId } = await cluster(workspace, { clusters: 2 });
    expect(quality.largest[0]).toMatchObject({ size: 3, sizeBefore: 3 });
    expect(quality.largest[0]!.nearest.map(({ sampleId, path }) => [sampleId, path])).toEqual([
      [3, '2.jpg'],
      [2, '1.jpg'],
      [1, '0.jpg'],
    ]);
    const column = workspace.sqlite.prepare('SELECT quality FROM clusterings WHERE id = ?').pluck().get(clusteringId);
    expect(JSON.parse(column as string)).toEqual(quality);
    const { similarities } = await stored(workspace, clusteringId);
    expect(quality.meanSimilarity).toBeCloseTo(similarities.reduce((sum, value) => sum + value, 0) / 4, 12);
  });
});

describe('options and special sets', () => {
  it.each([
    [{ clusters: 11 }, /11 clusters need at least as many images; here are 10/],
    [{ clusters: 0 }, /--clusters is 0/],
    [{ clusters: 2.5 }, /--clusters is 2.5/],
    [{ clusters: 2, iterations: 0 }, /--iterations is 0/],
    [{ clusters: 2, seed: 0.5 }, /--seed is 0.5/],
    [{ clusters: 2, tolerance: 1 }, /--tolerance is 1;/],
    [{ clusters: 2, miniBatch: 0 }, /--mini-batch is 0/],
    [{ clusters: 5, fitSample: 4 }, /--fit-sample is 4; 5 clusters need/],
    [{ clusters: 2, init: 'other' as 'sample' }, /--init is "other"/],
  ])('%o is refused', async (options, message) => {
    const workspace = await workspaceWith(clusteredRows(10, 4, 1), 4);
    const attempt = cluster(workspace, options);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('chooses about 225 images a cluster', async () => {
    const workspace = await workspaceWith(clusteredRows(900, 4, 1), 4);
    expect((await cluster(workspace, { clusters: 'auto' })).clusters).toBe(4);
  });

  it('gives every image a cluster of its own', async () => {
    const workspace = await workspaceWith(angles(0, 40, 80, 120, 160, 200), 2);
    for (const init of ['k-means++', 'sample'] as const) {
      const result = await cluster(workspace, { clusters: 6, init });
      expect(result.sizes).toEqual([1, 1, 1, 1, 1, 1]);
      expect(result.inertia).toBeLessThan(1e-12);
    }
  });

  it('ends on identical images, though clusters stay empty', async () => {
    const workspace = await workspaceWith(angles(30, 30, 30, 30), 2);
    for (const init of ['k-means++', 'sample'] as const) {
      expect((await cluster(workspace, { clusters: 3, init })).sizes).toEqual([4, 0, 0]);
    }
  });
});
