/** @file Stage "balance": groups of semantic duplicates among a dataset's images, and the one image that each group keeps. */

import path from 'node:path';
import { DistilleryError } from '../errors.ts';
import { checkpoint, type StageContext } from '../progress.ts';
import { ChunkedRows, imageRows } from '../store/chunkedRows.ts';
import { findEmbeddings, readIds } from '../store/embeddings.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { makeCollector } from './collectors.ts';
import { betaThatRemoves, connect } from './graph.ts';
import { listGroups, measureGroups, type Groups, type Measures } from './groups.ts';
import { NeighbourSearch } from './neighbours.ts';
import { planOf, type BalanceOptions, type Plan } from './options.ts';
import { fingerprintOf, Pass } from './pass.ts';
import { betasToTry, sampledNearest } from './removeFraction.ts';
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
  const search: Search = { rows, plan, folder, fingerprint: await fingerprintOf(embeddings), context };

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

interface Search {
  rows: ChunkedRows;
  plan: Plan;
  folder: string;
  fingerprint: string;
  context: StageContext;
}

/** A complete pass that answers beta: a stored one, or a new one whose missing chunks are searched now. */
async function searchWithin({ rows, plan, folder, fingerprint, context }: Search, beta: number): Promise<Pass> {
  const { topK, chunkRows } = plan;
  const stored = (await Pass.list(folder, fingerprint)).find((pass) => pass.answers(topK, beta));
  if (stored) return stored;
  const images = rows.count;
  const pass = await Pass.begin(folder, { version: 1, fingerprint, images, chunkRows, topK, beta });
  const missing = new Set(pass.missing);
  if (missing.size === 0) return pass;
  const search = await NeighbourSearch.create(rows, beta);
  const total = (images * (images + 1)) / 2;
  let done = total;
  for (const chunk of missing) done -= search.workOf(chunk);
  try {
    for (const chunk of missing) {
      const collector = makeCollector(images, topK);
      await search.searchChunk(chunk, collector.add.bind(collector), async (compared) => {
        done += compared;
        const progress = { stage: 'compare images', done: Math.round((images * done) / total), total: images };
        context.onProgress({ ...progress, unit: 'images' });
        await checkpoint(context);
      });
      await pass.save(chunk, collector);
    }
  } finally {
    search.dispose();
  }
  return pass;
}

/** The smallest beta that removes at least a fraction of the images. */
async function findBeta(search: Search, fraction: number): Promise<number> {
  const { rows, plan, folder, fingerprint, context } = search;
  const target = Math.ceil(fraction * rows.count);
  const stored = (await Pass.list(folder, fingerprint)).filter((pass) => pass.answers(plan.topK, pass.manifest.beta));
  for (const pass of stored) {
    if (pass.manifest.topK !== plan.topK) continue;
    const beta = await betaThatRemoves(pass, target);
    if (beta !== undefined) return beta;
  }
  const nearest = await sampledNearest(rows, () => checkpoint(context));
  for (const tried of betasToTry(nearest, fraction)) {
    context.log(`Looking for the beta that removes ${target} of ${rows.count} images: searching within ${tried}.`);
    const beta = await betaThatRemoves(await searchWithin(search, tried), target);
    if (beta !== undefined) return beta;
  }
  throw new DistilleryError(
    `No beta removes ${target} of ${rows.count} images with --top-k ${plan.topK}. Ask for less, or use --top-k all.`,
  );
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
