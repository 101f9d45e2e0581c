/** @file Items that an earlier import stored: good ones stay as they are, skipped ones get another chance. */

import { UsageError } from '../errors.ts';
import type { Workspace } from '../store/workspace.ts';
import type { Item, ItemSource } from './item.ts';
import { columns, insertSamples, valuesOf, writing, type Dataset, type NewSample } from './samples.ts';

export interface Known {
  id: number;
  path: string;
  status: 'ok' | 'skipped';
  reason: string | null;
  hash: string | null;
}

/**
 * Finds what is stored of an item, by its path or by its row in the source.
 * @throws {UsageError} when a row that was good names another picture now.
 */
export function findKnown(
  workspace: Workspace,
  dataset: Dataset,
  identity: ItemSource['identity'],
): (item: Item, row: number) => Known | undefined {
  const key = identity === 'path' ? 'path' : 'position';
  const select = workspace.sqlite.prepare<[number, string | number], Known>(
    `SELECT id, path, status, reason, hash FROM samples WHERE dataset_id = ? AND ${key} = ?`,
  );
  return (item, row) => {
    const found = select.get(dataset.id, identity === 'path' ? item.path : row);
    if (found?.status === 'ok' && found.path !== item.path) {
      throw new UsageError(
        `Row ${row + 1} of the source of "${dataset.name}" was ${found.path} and is ${item.path} now. New rows are added at the end; import a changed source under another name with --dataset.`,
      );
    }
    return found;
  };
}

/**
 * What stood for samples that an archive did not give (it was cut, or damaged), by id. Once the archive is whole, its samples
 * have other paths, and these are dropped.
 */
export class Placeholders {
  private readonly workspace: Workspace;
  private readonly unseen: Set<number>;

  constructor(workspace: Workspace, dataset: Dataset, format: string) {
    this.workspace = workspace;
    const ids = workspace.sqlite
      .prepare<[number], number>(`SELECT id FROM samples WHERE dataset_id = ? AND status = 'skipped' AND file IS NULL`)
      .pluck();
    this.unseen = new Set(['webdataset', 'zip'].includes(format) ? ids.iterate(dataset.id) : []);
  }

  seen(before: Known | undefined): void {
    if (before) this.unseen.delete(before.id);
  }

  /** Call when the source was read to its end. */
  dropUnseen(): void {
    const drop = this.workspace.sqlite.prepare('DELETE FROM samples WHERE id = ?');
    this.workspace.sqlite.transaction(() => {
      for (const id of this.unseen) drop.run(id);
    })();
  }
}

export type LookedAt = NewSample & { before: Known | undefined };

/** New, or another file than before: the same bytes keep their verdict, also that of a later stage. */
export function changed({ before, inspection }: LookedAt): boolean {
  if (before === undefined) return true;
  return before.hash === null ? before.reason !== inspection.reason : before.hash !== inspection.hash;
}

/** Inserts new samples at `position` and after it, and overwrites known ones; all or none. */
export function storeSamples(
  workspace: Workspace,
  dataset: Dataset,
  position: number,
  samples: readonly LookedAt[],
): { added: number; repaired: number } {
  const update = workspace.sqlite.prepare(
    `UPDATE samples SET ${columns.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
  );
  const fresh = samples.filter(({ before }) => before === undefined);
  const again = samples.filter(({ before }) => before !== undefined);
  return writing(workspace, dataset, () => {
    insertSamples(workspace, dataset, position, fresh);
    for (const sample of again) update.run(...valuesOf(sample), sample.before!.id);
    return { added: fresh.length, repaired: again.filter(({ inspection }) => inspection.reason === null).length };
  });
}
