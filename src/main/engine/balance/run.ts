/** @file Stage "balance": groups of semantic duplicates among a dataset's images, and the images that each group keeps. */

import path from 'node:path';
import { standingDecisions } from '../decisions/standing.ts';
import { defined } from '../defined.ts';
import type { StageContext } from '../progress.ts';
import { findLeftOut, type LeftOutRecord } from '../quality/leftOut.ts';
import { imageRows } from '../store/chunkedRows.ts';
import { findEmbeddings, readIds } from '../store/embeddings.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { keepApart } from './apart.ts';
import { removalCurve } from './curve.ts';
import { countDecisions, decidedRows } from './decidedRows.ts';
import { earlierBalance, earlierFates } from './earlier.ts';
import { decideFates, type Fates } from './fates.ts';
import { componentsOf } from './forest.ts';
import { connect } from './graph.ts';
import { listGroups, weakestLinks } from './groups.ts';
import { scoresOf } from './keepRules.ts';
import { largestGroups, type LargeGroup } from './largest.ts';
import { exampleLeaks, findLeaks, storeLeaks, type LeakExample } from './leaks.ts';
import { measureGroups } from './measures.ts';
import { planOf, withEarlier, type BalanceOptions, type Plan } from './options.ts';
import { prefixesOf } from './prefixes.ts';
import { protectedRows } from './protectedRows.ts';
import { measureRecall } from './recall.ts';
import { findBeta, searchWithin, type Search } from './search.ts';
import { rowsToSearch } from './searchChunks.ts';
import { splitGroups } from './split.ts';
import { storeBalance, type Outcome } from './store.ts';

export type { BalanceOptions } from './options.ts';

export interface BalanceInput {
  workspace: Workspace;
  dataset: string;
  /** Needed where the dataset has embeddings of several. */
  teacher?: string | undefined;
}

export interface BalanceResult extends LeftOutRecord {
  balanceId: number;
  dataset: string;
  teacher: string;
  images: number;
  /** Distinct pairs within beta of which one is among the k nearest of the other. */
  pairs: number;
  /** Groups of two and more. */
  groups: number;
  /** Always images - kept. */
  removed: number;
  kept: number;
  /** Euclidean, on unit vectors. */
  beta: number;
  /** Images that the balance before did not look at. */
  added: number;
  /** Groups that were cut for `maxDiameter` or `maxGroupSize`, and the edges cut. */
  split: { groups: number; edges: number };
  /** Images of the `protect` list. */
  protected: number;
  /** Images kept and removed by people, and sets of images that are no duplicates. */
  decisions: { keep: number; remove: number; notDuplicates: number };
  /** Groups of which no image stays. */
  emptied: number;
  seconds: number;
  largest: LargeGroup[];
  /** With `approximate`: share of the exact pairs of a sample of images that were found, and their number. */
  recall?: number;
  sample?: number;
  /** With `against`: images within beta of one of the other dataset, and the nearest ten. */
  leaks?: { count: number; examples: LeakExample[] };
}

/**
 * Balances the images of a dataset (PAPER 1). Exact: no result depends on chunks, device, threads or arithmetic.
 * Stopped at any moment, it goes on with the chunks that are missing.
 * @throws {UsageError} for a dataset or embeddings that are not there, and for options out of range.
 */
export async function run(input: BalanceInput, given: BalanceOptions, context: StageContext): Promise<BalanceResult> {
  const started = performance.now();
  const { workspace, dataset } = input;
  const setting = await prepare(input, given, context);
  const { embeddings, sampleIds, plan, options, rows, datasetId, earlier } = setting;
  const images = sampleIds.length;

  const { devices } = given;
  const folder = path.join(workspace.dir, 'balance', dataset, path.basename(embeddings.dir));
  const prefixes = await prefixesOf(embeddings);
  // exact and approximate passes are never taken for each other; an index of fewer images is not extended
  const stored = plan.approximate
    ? { folder: path.join(folder, 'approximate'), prefixes: prefixes.slice(-1) }
    : { folder, prefixes };
  const search: Search = { embeddings: embeddings.dir, devices, rows, plan, ...stored, context };
  const beta = 'beta' in plan.limit ? plan.limit.beta : await findBeta(search, plan.limit.removeFraction);
  const pass = await searchWithin(search, beta);
  const graph = await connect(pass, beta);
  const recall = plan.approximate ? await measureRecall(pass, beta, rows, context) : undefined;
  const { against } = options;
  const { chunkRows } = plan;
  const leaks =
    against &&
    (await findLeaks({ workspace, dataset, embeddings, against, folder, chunkRows, devices, context }, beta));

  // read only now, so that decisions made during the search count
  const decided = decidedRows(standingDecisions(workspace, datasetId), sampleIds);
  const whole = await keepApart(graph, pass, beta, decided.apart);
  const { forest, ...split } = await splitGroups(rows, whole, plan.limits, context);
  const groups = listGroups(componentsOf(forest, images), images);
  const measures = await measureGroups(rows, groups, context, plan.limits);
  const leaking = leaks && !options.listLeaks ? markRows(leaks.rows, images) : undefined;
  const claims = { ...setting.claims, leaks: leaking, verdicts: decided.verdicts };
  const fates = decideFates(groups, measures.distance, images, claims);
  const weakest = weakestLinks(groups, forest, images);
  const outcome: Outcome = {
    sampleIds,
    groups,
    measures,
    forest,
    weakest,
    fates,
    curve: removalCurve(graph.forest, beta),
  };

  const { removed, emptied } = fates;
  const counts = { images, pairs: graph.pairs, groups: groups.count, removed, kept: images - removed, beta };
  const { teacher } = embeddings.manifest;
  const leftOut = { ...setting.leftOut, ...(setting.leftOut.without && { leftOut: countFlagged(fates) }) };
  const balance = {
    ...counts,
    datasetId,
    teacher,
    options: { ...optionsToStore(options, plan), ...recall, ...leftOut },
  };
  const { balanceId, firstGroupId } = storeBalance(workspace, balance, outcome, (id) => {
    if (leaks) storeLeaks(workspace, id, leaks, sampleIds, fates.leaked);
  });
  return {
    ...{ balanceId, dataset, teacher, ...counts, split, emptied },
    added: images - countMarks(earlier?.lookedAt(sampleIds)),
    protected: countMarks(claims.protectedRows),
    decisions: countDecisions(decided),
    ...recall,
    ...leftOut,
    seconds: (performance.now() - started) / 1000,
    largest: largestGroups(workspace, outcome, firstGroupId),
    ...(leaks && { leaks: { count: leaks.rows.length, examples: exampleLeaks(workspace, leaks, sampleIds) } }),
  };
}

/** Options, embeddings and claims: all that can be refused before the long search. */
async function prepare({ workspace, dataset, teacher }: BalanceInput, given: BalanceOptions, context: StageContext) {
  const { id: datasetId } = await findDataset(workspace, dataset);
  const earlier = await earlierBalance(workspace, datasetId);
  const incremental = given.incremental === true;
  const options = incremental && earlier ? withEarlier(given, earlier.options) : given;
  const embeddings = await findEmbeddings(workspace, dataset, teacher ?? (incremental ? earlier?.teacher : undefined));
  const sampleIds = await readIds(embeddings);
  const plan = planOf(options, sampleIds.length, embeddings.manifest.dim);
  const rows = rowsToSearch(imageRows(embeddings), plan.chunkRows);
  const subjects = { workspace, datasetId, embeddings, sampleIds };
  const leftOut = findLeftOut(workspace, { datasetId, balanceId: undefined }, options, context);
  const unwanted = new Set(leftOut.ids);
  const claims = {
    flagged: unwanted.size > 0 ? Uint8Array.from(sampleIds, (id) => (unwanted.has(id) ? 1 : 0)) : undefined,
    earlier: incremental ? await earlierFates(workspace, dataset, earlier, sampleIds) : undefined,
    protectedRows: options.protect === undefined ? undefined : await protectedRows(options.protect, subjects, context),
    scores: await scoresOf(plan.keep, subjects, context),
  };
  return { ...subjects, options, plan, rows, earlier, claims, leftOut: leftOut.record };
}

function optionsToStore(options: BalanceOptions, plan: Plan): object {
  const { against, listLeaks, protect, incremental, approximate } = options;
  const { limit, limits, topK, chunkRows, keep } = plan;
  return {
    ...limit,
    topK,
    chunkRows,
    keep,
    ...limits,
    ...defined({ against, listLeaks, protect, incremental, approximate }),
  };
}

const countFlagged = ({ removals }: Fates): number => removals.filter(({ reason }) => reason === 'quality').length;

function markRows(rows: Int32Array, images: number): Uint8Array {
  const marks = new Uint8Array(images);
  for (const row of rows) marks[row] = 1;
  return marks;
}

const countMarks = (marks: Uint8Array | undefined): number => marks?.reduce((sum, mark) => sum + mark, 0) ?? 0;
