/** @file What the view of clusters asks of a clustering: its quality, its largest clusters, and how large clusters are. */

import path from 'node:path';
import { z } from 'zod';
import type { ClusterFacts } from '../../../preload/contract.ts';
import { UsageError } from '../errors.ts';
import { readNpy } from '../store/npy.ts';
import type { Workspace } from '../store/workspace.ts';
import { sampleColumns, sampleView, type SampleRow } from './samples.ts';

const spread = z.object({ min: z.number(), median: z.number(), max: z.number(), gini: z.number() });
/** What is shown of the JSON that a clustering stores. */
const storedQuality = z.object({
  meanSimilarity: z.number(),
  empty: z.int(),
  sizes: spread,
  sizesBefore: spread,
  largest: z.array(
    z.object({
      cluster: z.int(),
      size: z.int(),
      sizeBefore: z.int(),
      meanSimilarity: z.number(),
      nearest: z.array(z.object({ sampleId: z.int(), similarity: z.number() })),
    }),
  ),
});

/** @throws {UsageError} for a clustering that is gone */
export async function clusterFacts(workspace: Workspace, clustering: number): Promise<ClusterFacts> {
  const row = workspace.sqlite
    .prepare<
      [number],
      { clusters: number; teacher: string; inertia: number; iterations: number; quality: string | null }
    >('SELECT clusters, teacher, inertia, iterations, quality FROM clusterings WHERE id = ?')
    .get(clustering);
  if (!row) throw new UsageError(`There is no clustering ${clustering} any more.`);
  const { quality, ...numbers } = row;
  const sizes = await readSizes(path.join(workspace.dir, 'clusters', String(clustering)), row.clusters);
  return {
    ...numbers,
    images: sizes?.after.reduce((sum, size) => sum + size, 0) ?? 0,
    quality: quality === null ? null : shownQuality(workspace, quality),
    histogram: sizes && histogramOf(sizes),
    tail: sizes && tailOf(sizes),
  };
}

function shownQuality({ sqlite }: Workspace, text: string): ClusterFacts['quality'] {
  const parsed = storedQuality.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  const sample = sqlite.prepare<[number], SampleRow>(`SELECT ${sampleColumns} FROM samples s WHERE s.id = ?`);
  return {
    ...parsed.data,
    largest: parsed.data.largest.map((cluster) => ({
      ...cluster,
      nearest: cluster.nearest.flatMap(({ sampleId, similarity }) => {
        const found = sample.get(sampleId);
        return found ? [{ ...sampleView(found), similarity }] : [];
      }),
    })),
  };
}

interface Sizes {
  /** `[k]` each. */
  after: Int32Array;
  before: Int32Array;
}

/** Null where the files are gone. */
async function readSizes(folder: string, clusters: number): Promise<Sizes | null> {
  try {
    const labels = await readNpy(path.join(folder, 'labels.npy'));
    const before = await readNpy(path.join(folder, 'sizes_before.npy'));
    const after = new Int32Array(clusters);
    for (const label of labels.data) after[Number(label)]!++;
    return { after, before: Int32Array.from(before.data as Iterable<number | bigint>, Number) };
  } catch {
    return null;
  }
}

/** Empty clusters, then doubling bins: 1, 2, 3-4, 5-8, ... */
function histogramOf({ after, before }: Sizes): NonNullable<ClusterFacts['histogram']> {
  const largest = [...after, ...before].reduce((most, size) => Math.max(most, size), 0);
  const bins = [{ from: 0, to: 0, after: 0, before: 0 }];
  for (let to = 1; bins.at(-1)!.to < largest; to *= 2)
    bins.push({ from: bins.at(-1)!.to + 1, to, after: 0, before: 0 });
  for (const size of after) bins.find(({ to }) => size <= to)!.after++;
  for (const size of before) bins.find(({ to }) => size <= to)!.before++;
  return bins;
}

/** Of more clusters than this, some ranks stand for all. */
const tailPoints = 256;

/** Sizes by rank, largest first; ranks lie ever farther apart, as on a logarithmic axis. */
export function tailOf({ after, before }: Sizes): NonNullable<ClusterFacts['tail']> {
  const descending = (sizes: Int32Array): Int32Array => sizes.toSorted().reverse();
  const [sortedAfter, sortedBefore] = [descending(after), descending(before)];
  const rank = ranksTo(after.length);
  return {
    rank,
    after: rank.map((at) => sortedAfter[at - 1]!),
    before: rank.map((at) => sortedBefore[at - 1]!),
  };
}

/** All ranks from 1 to `last`, or `tailPoints` of them. */
function ranksTo(last: number): number[] {
  if (last <= tailPoints) return Array.from({ length: last }, (_, at) => at + 1);
  const ranks = Array.from({ length: tailPoints }, (_, at) => Math.round(last ** (at / (tailPoints - 1))));
  return [...new Set(ranks)];
}
