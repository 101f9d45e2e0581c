/** @file Stage "balance": groups of semantic duplicates among a dataset's images, and the one image that each group keeps. */

import path from 'node:path';
import { checkpoint, type StageContext } from '../progress.ts';
import { ChunkedRows, imageRows } from '../store/chunkedRows.ts';
import { findEmbeddings, readIds } from '../store/embeddings.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { connect } from './graph.ts';
import { listGroups, measureGroups, type Groups, type Measures } from './groups.ts';
import { planOf, type BalanceOptions } from './options.ts';
import { prefixesOf } from './prefixes.ts';
import { findBeta, searchWithin, type Search } from './search.ts';
import { storeBalance } from './store.ts';

export type { BalanceOptions } from './options.ts';

export interface BalanceInput {
  workspace: Workspace;
  dataset: string;
  /** Needed where the dataset has embeddings of several. */
  teacher?: string | undefined;
}

export interface BalanceResult {
  balanceId: number;
  dataset: string;
  teacher: string;
  images: number;
  /** Distinct pairs within beta of which one is among the k nearest of the other. */
  pairs: number;
  /** Groups of two and more. */
  groups: number;
  removed: number;
  kept: number;
  /** Euclidean, on unit vectors. */
  beta: number;
  seconds: number;
  largest: LargeGroup[];
}

export interface LargeGroup {
  groupId: number;
  size: number;
  keeper: { sampleId: number; path: string };
}

const SHOWN_GROUPS = 10;

/**
 * Balances the images of a dataset (PAPER 1). Exact: no result depends on chunks, device, threads or arithmetic.
 * Stopped at any moment, it goes on with the chunks that are missing.
 * @throws {UsageError} for a dataset or embeddings that are not there, and for options out of range.
 */
export async function run(
  { workspace, dataset, teacher }: BalanceInput,
  options: BalanceOptions,
  context: StageContext,
): Promise<BalanceResult> {
  const started = performance.now();
  const { id: datasetId } = await findDataset(workspace, dataset);
  const embeddings = await findEmbeddings(workspace, dataset, teacher);
  const sampleIds = await readIds(embeddings);
  const images = sampleIds.length;
  const plan = planOf(options, images, embeddings.manifest.dim);
  const rows = new ChunkedRows(imageRows(embeddings), plan.chunkRows);
  const folder = path.join(workspace.dir, 'balance', dataset, path.basename(embeddings.dir));
  const search: Search = { rows, plan, folder, prefixes: await prefixesOf(embeddings), context };

  const beta = 'beta' in plan.limit ? plan.limit.beta : await findBeta(search, plan.limit.removeFraction);
  const pass = await searchWithin(search, beta);
  const { components, pairs } = await connect(pass, beta);
  const groups = listGroups(components, images);
  const measures = await measureGroups(rows, groups, () => checkpoint(context));

  const removed = components.joined;
  const counts = { images, pairs, groups: groups.count, removed, kept: images - removed, beta };
  const name = { dataset, teacher: embeddings.manifest.teacher };
  const stored = { ...plan.limit, topK: plan.topK, chunkRows: plan.chunkRows };
  const balance = { ...counts, datasetId, teacher: name.teacher, options: stored };
  const { balanceId, groupIds } = storeBalance(workspace, balance, groups, measures, sampleIds);
  const largest = await largestGroups(workspace, groups, measures, groupIds, sampleIds);
  return { balanceId, ...name, ...counts, seconds: (performance.now() - started) / 1000, largest };
}

async function largestGroups(
  { db }: Workspace,
  { count, offsets }: Groups,
  { keeper }: Measures,
  groupIds: number[],
  sampleIds: Int32Array,
): Promise<LargeGroup[]> {
  const sizeOf = (group: number) => offsets[group + 1]! - offsets[group]!;
  const order = Array.from({ length: count }, (_, group) => group)
    .sort((a, b) => sizeOf(b) - sizeOf(a) || a - b)
    .slice(0, SHOWN_GROUPS);
  const ids = order.map((group) => sampleIds[keeper[group]!]!);
  const samples = await db.selectFrom('samples').select(['id', 'path']).where('id', 'in', ids).execute();
  const pathOf = new Map(samples.map((sample) => [sample.id, sample.path]));
  return order.map((group, at) => ({
    groupId: groupIds[group]!,
    size: sizeOf(group),
    keeper: { sampleId: ids[at]!, path: pathOf.get(ids[at]!) ?? '' },
  }));
}
