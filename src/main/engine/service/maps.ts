/** @file Maps of a dataset, and the few samples that a person points at on one. */

import type { MapFacts, MapSample } from '../../../preload/search.ts';
import { UsageError } from '../errors.ts';
import { listMaps } from '../map/store.ts';
import { countRows, embeddingFolder, openEmbeddings } from '../store/embeddings.ts';
import type { Workspace } from '../store/workspace.ts';
import { sampleColumns, sampleView, type SampleRow } from './samples.ts';

/** Newest first. @throws {UsageError} where the dataset is gone */
export async function mapsOf(workspace: Workspace, dataset: number): Promise<MapFacts[]> {
  const name = workspace.sqlite
    .prepare<[number], string>('SELECT name FROM datasets WHERE id = ?')
    .pluck()
    .get(dataset);
  if (name === undefined) throw new UsageError(`There is no dataset ${dataset} any more.`);
  const maps = await listMaps(workspace, name);
  return Promise.all(
    maps.map(async ({ id, teacher, method, images, laidOut, explained }) => {
      const set = await openEmbeddings(embeddingFolder(workspace, name, teacher));
      const embedded = set ? countRows(set) : images;
      return { id, teacher, method, images, laidOut, explained: explained ?? null, embedded };
    }),
  );
}

/** In the order that they are asked for. */
export function someSamples({ sqlite }: Workspace, samples: readonly number[]): MapSample[] {
  const sample = sqlite.prepare<[number], SampleRow & { label: string | null; removed: 0 | 1 }>(`
    SELECT ${sampleColumns}, s.label,
      EXISTS (SELECT 1 FROM members m JOIN duplicate_groups g ON g.id = m.group_id
              WHERE m.sample_id = s.id AND m.keep = 0 AND g.balance_id = b.id)
      OR EXISTS (SELECT 1 FROM removals r WHERE r.balance_id = b.id AND r.sample_id = s.id) AS removed
    FROM samples s
    LEFT JOIN balances b ON b.id = (SELECT max(id) FROM balances WHERE dataset_id = s.dataset_id)
    WHERE s.id = ?`);
  return samples.flatMap((id) => {
    const row = sample.get(id);
    return row ? [{ ...sampleView(row), kept: row.removed === 0, label: row.label }] : [];
  });
}
