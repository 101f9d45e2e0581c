/** @file vitest run test/engine/map: positions of pictures, by principal components and by UMAP. */

import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/main/engine/errors.ts';
import { largestEigenPairs } from '../../../src/main/engine/map/eigen.ts';
import { principalAxes, project } from '../../../src/main/engine/map/pca.ts';
import { run, type MapOptions } from '../../../src/main/engine/map/run.ts';
import { listMaps } from '../../../src/main/engine/map/store.ts';
import { placeAmong } from '../../../src/main/engine/map/umap.ts';
import { silentContext } from '../../../src/main/engine/progress.ts';
import { randomStream } from '../../../src/main/engine/random.ts';
import { tf } from '../../../src/main/engine/runtime/backend.ts';
import { mapPoints } from '../../../src/main/engine/service/mapPoints.ts';
import { mapsOf, someSamples } from '../../../src/main/engine/service/maps.ts';
import { readNpy } from '../../../src/main/engine/store/npy.ts';
import type { Workspace } from '../../../src/main/engine/store/workspace.ts';
import { decodeMap } from '../../../src/renderer/state/mapPoints.ts';
import { DATASET, appendRows, sourceOf, workspaceWith } from '../support/vectors.ts';

const context = silentContext();
const dim = 8;

/** Three groups of directions, `[n, dim]`; group of row i is i % 3. */
function threeGroups(n: number): Float32Array {
  const random = randomStream(5);
  return Float32Array.from({ length: n * dim }, (_, at) => {
    const [row, i] = [Math.floor(at / dim), at % dim];
    return (i === row % 3 ? 1 : 0) + (random() - 0.5) * 0.3;
  });
}

async function positionsOf(workspace: Workspace, options: Partial<MapOptions>) {
  const map = await run(workspace, { dataset: DATASET, ...options }, context);
  const dir = path.join(workspace.dir, 'maps', map.id);
  const { data } = await readNpy(path.join(dir, 'positions.npy'));
  const ids = await readNpy(path.join(dir, 'sample_ids.npy'));
  return { map, dir, positions: data as Float32Array, ids: ids.data as Int32Array };
}

/** Mean distance of rows of the same group over that of different ones. */
function mixing(positions: Float32Array): number {
  const [sums, counts] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < positions.length / 2; i++) {
    for (let j = 0; j < i; j++) {
      const kind = i % 3 === j % 3 ? 0 : 1;
      sums[kind]! += Math.hypot(positions[2 * i]! - positions[2 * j]!, positions[2 * i + 1]! - positions[2 * j + 1]!);
      counts[kind]!++;
    }
  }
  return sums[0]! / counts[0]! / (sums[1]! / counts[1]!);
}

describe('eigenpairs', () => {
  test('of a computed matrix', () => {
    // 3 along (1, 1), 1 along (1, -1)
    const { values, vectors } = largestEigenPairs(Float64Array.of(2, 1, 1, 2), 2, 2);
    expect([...values].map((value) => value.toFixed(9))).toEqual(['3.000000000', '1.000000000']);
    expect(vectors[0]).toBeCloseTo(Math.SQRT1_2, 7);
    expect(vectors[1]).toBeCloseTo(Math.SQRT1_2, 7);
    expect(Math.abs(vectors[2]! + vectors[3]!)).toBeLessThan(1e-7);
  });

  test('of a matrix without rank are zero, with directions all the same', () => {
    const { values, vectors } = largestEigenPairs(new Float64Array(9), 3, 2);
    expect([...values]).toEqual([0, 0]);
    expect(Math.hypot(...vectors.slice(0, 3))).toBeCloseTo(1, 9);
  });
});

describe('principal components', () => {
  const fixture = JSON.parse(readFileSync(new URL('../../fixtures/map/pca.json', import.meta.url), 'utf8')) as {
    rows: number[][];
    mean: number[];
    directions: number[][];
    explained: number[];
    positions: number[][];
  };
  const rows = Float32Array.from(fixture.rows.flat());
  const width = fixture.mean.length;
  const near = (found: ArrayLike<number>, expected: number[]): void => {
    expect(found.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
  };

  test('are those of numpy, in one block and in many', async () => {
    for (const block of [1000, 7]) {
      const axes = await principalAxes(sourceOf(rows, width), context, block);
      near(axes.mean, fixture.mean);
      near(axes.directions, fixture.directions.flat());
      near(axes.explained, fixture.explained);
      near(project(rows, axes), fixture.positions.flat());
    }
  });

  test('of points on a line lie on the first axis', async () => {
    // unit vectors that differ in one plane only
    const arc = Float32Array.from([-0.1, 0, 0.1].flatMap((angle) => [Math.cos(angle), Math.sin(angle), 0]));
    const axes = await principalAxes(sourceOf(arc, 3), context);
    near(
      project(arc, axes).filter((_, at) => at % 2 === 0),
      [-Math.sin(0.1), 0, Math.sin(0.1)],
    );
    expect(axes.explained[0]).toBeGreaterThan(0.99);
  });

  test('leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await principalAxes(sourceOf(rows, width), context, 7);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a place among others', () => {
  test('is that of a copy, and between two that are as near', () => {
    const among = tf.tensor2d([1, 0, 0, 1, -1, 0], [3, 2]);
    const half = Math.SQRT1_2;
    const placed = placeAmong(among, Float32Array.of(0, 0, 10, 0, 100, 100), Float32Array.of(0, 1, half, half));
    among.dispose();
    expect(placed[0]).toBeCloseTo(10, 2);
    expect(placed[1]).toBeCloseTo(0, 2);
    // the third is far, and pulls a little
    expect(placed[2]).toBeGreaterThan(5);
    expect(placed[2]).toBeLessThan(15);
  });
});

describe('a map', () => {
  test('of either method keeps groups together and names its samples', async () => {
    const workspace = await workspaceWith(threeGroups(90), dim, { shardRows: 40 });
    for (const options of [{ method: 'pca' }, { method: 'umap' }, { method: 'umap', sample: 40 }] as const) {
      const { map, positions, ids } = await positionsOf(workspace, options);
      expect(map).toMatchObject({ made: true, images: 90, laidOut: 'sample' in options ? 40 : 90 });
      expect([...ids]).toEqual(Array.from({ length: 90 }, (_, i) => i + 1));
      expect(positions.every(Number.isFinite)).toBe(true);
      expect(mixing(positions)).toBeLessThan(0.5);
    }
  });

  test('of more than can be compared with all is refused', async () => {
    const workspace = await workspaceWith(threeGroups(60), dim);
    const making = run(workspace, { dataset: DATASET, method: 'umap', sample: 100_001 }, context);
    await expect(making).rejects.toThrow(/--sample 100001 is too many: at most 100000 images/);
  });

  test('is the same each time, and another one with another seed', async () => {
    const workspace = await workspaceWith(threeGroups(60), dim);
    const first = await positionsOf(workspace, { method: 'umap', seed: 3 });
    expect((await positionsOf(workspace, { method: 'umap', seed: 3 })).map.made).toBe(false);
    rmSync(first.dir, { recursive: true });
    const again = await positionsOf(workspace, { method: 'umap', seed: 3 });
    expect(again.map.id).toBe(first.map.id);
    expect(again.positions).toEqual(first.positions);
    const other = await positionsOf(workspace, { method: 'umap', seed: 4 });
    expect(other.positions).not.toEqual(first.positions);
    // the former one of this method went
    expect((await listMaps(workspace, DATASET)).map(({ id }) => id)).toEqual([other.map.id]);
  });

  test('that was stopped goes on where it was, with the same result', async () => {
    const workspace = await workspaceWith(threeGroups(60), dim);
    const whole = await positionsOf(workspace, { method: 'umap', sample: 30 });
    rmSync(whole.dir, { recursive: true });
    const stop = new AbortController();
    const stopped = run(
      workspace,
      { dataset: DATASET, method: 'umap', sample: 30 },
      {
        ...silentContext(stop.signal),
        onProgress: ({ stage }) => {
          if (stage === 'map: place') stop.abort();
        },
      },
    );
    await expect(stopped).rejects.toThrow(CancelledError);
    expect(existsSync(path.join(whole.dir, 'part-layout.npy'))).toBe(true);
    expect(await listMaps(workspace, DATASET)).toEqual([]);
    const seen = new Set<string>();
    await run(
      workspace,
      { dataset: DATASET, method: 'umap', sample: 30 },
      { ...context, onProgress: ({ stage }) => seen.add(stage) },
    );
    expect(seen).not.toContain('map: layout');
    const after = await positionsOf(workspace, { method: 'umap', sample: 30 });
    expect(after.positions).toEqual(whole.positions);
    expect(readdirSync(whole.dir).filter((name) => name.startsWith('part-'))).toEqual([]);
  });

  test('of a dataset that grew is made anew', async () => {
    const rows = threeGroups(60);
    const workspace = await workspaceWith(rows.slice(0, 50 * dim), dim);
    const { map } = await positionsOf(workspace, {});
    await appendRows(workspace, rows.slice(50 * dim));
    expect(await mapsOf(workspace, 1)).toMatchObject([{ id: map.id, images: 50, embedded: 60 }]);
    expect((await positionsOf(workspace, {})).map).toMatchObject({ made: true, images: 60 });
  });

  test('of too few images is refused by UMAP, and of one is a point', async () => {
    const workspace = await workspaceWith(threeGroups(1), dim);
    await expect(run(workspace, { dataset: DATASET, method: 'umap' }, context)).rejects.toThrow(/more than 15 images/);
    expect([...(await positionsOf(workspace, { method: 'pca' })).positions].map(Math.round).map(Math.abs)).toEqual([
      0, 0,
    ]);
  });
});

describe('what the window draws', () => {
  test('has a position, a cluster, a label and a fate for each sample', async () => {
    const workspace = await workspaceWith(threeGroups(30), dim);
    const { map, positions } = await positionsOf(workspace, {});
    workspace.sqlite.exec(`
      UPDATE samples SET label = 'even' WHERE id % 2 = 0;
      UPDATE samples SET label = 'first' WHERE id = 1;
      INSERT INTO balances (id, dataset_id, teacher, options, beta, images, pairs, groups, removed, kept, finished_at)
        VALUES (1, 1, 'teacher', '{}', 1, 30, 1, 1, 1, 29, '');
      INSERT INTO removals (balance_id, sample_id, reason) VALUES (1, 7, 'decision');`);
    const points = decodeMap(readFileSync(await mapPoints(workspace, map.id)));
    expect(points).toMatchObject({ images: 30, clusters: 0, balanced: true, labels: ['even', 'first'] });
    expect(points.positions).toEqual(positions);
    expect([...points.samples]).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect([...points.label.slice(0, 4)]).toEqual([2, 1, 0, 1]);
    expect(points.removed.indexOf(1)).toBe(6);
    expect(points.removed.reduce((sum, one) => sum + one, 0)).toBe(1);
    expect(points.cluster.every((cluster) => cluster === -1)).toBe(true);
    expect(someSamples(workspace, [7, 2, 99])).toMatchObject([
      { sample: 7, kept: false, label: null },
      { sample: 2, kept: true, label: 'even' },
    ]);
  });

  test('is refused where the map is gone', async () => {
    const workspace = await workspaceWith(threeGroups(3), dim);
    await expect(mapPoints(workspace, '0'.repeat(16))).rejects.toThrow(/Compute it again/);
  });
});
