/** @file The samples that pass a filter, in an order, as one list of ids: pages are places of it, whatever the filter. */

import path from 'node:path';
import type { BrowseFilter, BrowseOrder, BrowseQuery } from '../../../../preload/browse.ts';
import { UsageError } from '../../errors.ts';
import { silentContext, type StageContext } from '../../progress.ts';
import { findFlagged } from '../../quality/flags.ts';
import { thresholdsOf } from '../../quality/options.ts';
import { captionSearch, indexCaptions } from '../../store/captions.ts';
import { readNpy, type NpyArray } from '../../store/npy.ts';
import type { Workspace } from '../../store/workspace.ts';
import { latestBalanceId, latestClusteringId } from './latest.ts';

/**
 * Ids `[n]`. Reads all samples of the dataset where the filter is wide (1,000,000 in about a second), so it belongs in a
 * thread. The index of captions is brought up to date first where they are searched.
 * @throws {UsageError} for a cluster without its files
 */
export async function listSamples(
  workspace: Workspace,
  { dataset, filter, order, descending, samples }: BrowseQuery,
  context: StageContext = silentContext(),
): Promise<Float64Array> {
  const balance = latestBalanceId(workspace, dataset);
  const chosen = await chosenIds(workspace, { dataset, balance, filter, samples });
  const { match, parts } = captionSearch(filter.caption);
  if (match !== null) await indexCaptions(workspace, context);
  const given = chosen !== null && order === 'given';

  const { sqlite } = workspace;
  sqlite.exec('CREATE TEMP TABLE IF NOT EXISTS chosen (id INTEGER PRIMARY KEY, place INTEGER NOT NULL)');
  const insert = sqlite.prepare('INSERT OR IGNORE INTO temp.chosen VALUES (?, ?)');
  const read = sqlite.transaction(() => {
    sqlite.prepare('DELETE FROM temp.chosen').run();
    for (const [place, id] of (chosen ?? []).entries()) insert.run(id, place);
    return sqlite
      .prepare<object, number>(
        `SELECT s.id FROM ${tablesOf(chosen !== null, match !== null)}
         WHERE ${conditionsOf(filter, parts.length).join(' AND ')} ORDER BY ${orderOf(order, descending, given)}`,
      )
      .pluck()
      .all({
        ...{ dataset, balance: balance ?? null, match },
        ...{ status: filter.status, group: filter.group, label: filter.label },
        ...{ minSide: filter.minSide, maxSide: filter.maxSide, minBytes: filter.minBytes, maxBytes: filter.maxBytes },
        ...Object.fromEntries(parts.map((part, at) => [`part${at}`, part])),
      });
  });
  return Float64Array.from(read());
}

/** What is few comes first: samples are then looked up by id. */
function tablesOf(chosen: boolean, match: boolean): string {
  const found = '(SELECT rowid AS id FROM captions WHERE captions MATCH @match) f';
  if (chosen) return `temp.chosen c CROSS JOIN samples s ON s.id = c.id${match ? ` JOIN ${found} ON f.id = s.id` : ''}`;
  return match ? `${found} CROSS JOIN samples s ON s.id = f.id` : 'samples s';
}

const removedBy = `
  SELECT m.sample_id FROM duplicate_groups g CROSS JOIN members m ON m.group_id = g.id
  WHERE g.balance_id = @balance AND m.keep = 0
  UNION ALL SELECT sample_id FROM removals WHERE balance_id = @balance`;
/** To put a group off is no opinion. */
const decidedOn = `
  SELECT ds.sample_id FROM decisions d JOIN decision_samples ds ON ds.decision_id = d.id
  WHERE d.dataset_id = @dataset AND d.undone_at IS NULL AND d.kind <> 'defer'`;

const fates: Record<BrowseFilter['fate'], string | null> = {
  any: null,
  kept: `s.status = 'ok' AND s.id NOT IN (${removedBy})`,
  removed: `s.id IN (${removedBy})`,
  undecided: `s.id NOT IN (${decidedOn})`,
  decided: `s.id IN (${decidedOn})`,
};

function conditionsOf(filter: BrowseFilter, parts: number): string[] {
  const { status, fate, group, label, minSide, maxSide, minBytes, maxBytes } = filter;
  const conditions = ['s.dataset_id = @dataset'];
  const add = (wanted: boolean, condition: string | null): void => {
    if (wanted && condition !== null) conditions.push(condition);
  };
  add(status !== 'all', 's.status = @status');
  add(true, fates[fate]);
  add(group !== null, 's.id IN (SELECT sample_id FROM members WHERE group_id = @group)');
  add(label !== null, 's.label = @label');
  add(minSide !== null, 'min(s.width, s.height) >= @minSide');
  add(maxSide !== null, 'min(s.width, s.height) <= @maxSide');
  add(minBytes !== null, 's.bytes >= @minBytes');
  add(maxBytes !== null, 's.bytes <= @maxBytes');
  for (let at = 0; at < parts; at++) conditions.push(`instr(s.caption, @part${at}) > 0`);
  return conditions;
}

/** Equal ones by id; what has no value comes last. */
function orderOf(order: BrowseOrder, descending: boolean, given: boolean): string {
  const direction = descending ? 'DESC' : 'ASC';
  switch (order) {
    case 'path':
      // without its index: rows read in the order of paths lie all over the file, which takes five times as long as sorting
      return `+s.path ${direction}, s.id`;
    case 'resolution':
      return `s.width * s.height ${direction} NULLS LAST, s.id`;
    case 'bytes':
      return `s.bytes ${direction} NULLS LAST, s.id`;
    case 'given':
      return given ? `c.place ${direction}` : `s.id ${direction}`;
    case 'import':
      return `s.id ${direction}`;
  }
}

interface Chosen {
  dataset: number;
  balance: number | undefined;
  filter: BrowseFilter;
  samples: readonly number[] | null;
}

/** What stands in no column: named samples in their order, those of a cluster, those with a flag. Null: all. */
async function chosenIds(
  workspace: Workspace,
  { dataset, balance, filter, samples }: Chosen,
): Promise<readonly number[] | null> {
  let chosen = samples;
  const narrow = (ids: readonly number[]): void => {
    if (chosen === null) chosen = ids;
    else {
      const among = new Set(ids);
      chosen = chosen.filter((id) => among.has(id));
    }
  };
  if (filter.cluster !== null) narrow(await clusterIds(workspace, dataset, filter.cluster));
  if (filter.flag !== null) {
    const question = { datasetId: dataset, balanceId: balance, thresholds: thresholdsOf() };
    narrow([...findFlagged(workspace, question, [filter.flag]).ids]);
  }
  return chosen;
}

async function clusterIds(workspace: Workspace, dataset: number, cluster: number): Promise<number[]> {
  const clustering = latestClusteringId(workspace, dataset);
  if (clustering === undefined) throw new UsageError('The dataset has no clusters any more.');
  const { samples, labels } = await readClusters(workspace, clustering);
  const ids: number[] = [];
  for (const [at, label] of labels.entries()) if (label === cluster) ids.push(samples[at]!);
  return ids;
}

/** Labels and sample ids `[n]` each, as cluster stored them. @throws {UsageError} where they are gone */
export async function readClusters(workspace: Workspace, clustering: number) {
  const folder = path.join(workspace.dir, 'clusters', String(clustering));
  try {
    const [labels, samples] = await Promise.all(
      ['labels', 'sample_ids'].map((name) => readNpy(path.join(folder, `${name}.npy`))),
    );
    return { labels: numbersOf(labels!.data), samples: numbersOf(samples!.data) };
  } catch (error) {
    throw new UsageError(`The files of clustering ${clustering} in ${folder} cannot be read. Cluster again.`, {
      cause: error,
    });
  }
}

const numbersOf = (data: NpyArray): Float64Array => Float64Array.from(data as Iterable<number | bigint>, Number);
