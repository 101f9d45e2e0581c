/** @file The dataset's row and its samples: written in transactions, counted for the summary. */

import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DistilleryError, UsageError } from '../errors.ts';
import { shownSources } from '../sourceText.ts';
import { isDiskFull } from '../store/files.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import type { Inspection } from './inspect.ts';
import type { Item } from './item.ts';

export interface NewSample {
  item: Item;
  inspection: Inspection;
}

export interface Dataset {
  id: number;
  name: string;
}

/** What a repeated import must share with the first one. */
interface Origin {
  source: string;
  format: string;
  columns: Record<string, string>;
}

/**
 * The dataset to import into: a new one, or the one that the same source began.
 * @throws {UsageError} when the name is not valid, or another source has it.
 */
export function openDataset(workspace: Workspace, name: string, origin: Origin): Dataset {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,59}$/u.test(name)) {
    throw new UsageError(
      `The dataset name "${name}" is not valid: up to 60 letters, digits, spaces, dots, dashes and underscores, starting with a letter or digit.`,
    );
  }
  const options = JSON.stringify(origin.columns);
  const open = workspace.sqlite.transaction(() => {
    const select = workspace.sqlite.prepare<[string], Dataset & { source: string; format: string; options: string }>(
      'SELECT id, name, source, format, options FROM datasets WHERE name = ?',
    );
    const found = select.get(name);
    if (found === undefined) {
      const { lastInsertRowid } = workspace.sqlite
        .prepare('INSERT INTO datasets (name, source, format, options, imported_at) VALUES (?, ?, ?, ?, ?)')
        .run(name, origin.source, origin.format, options, timestamp());
      return { id: Number(lastInsertRowid), name };
    }
    const advice = 'Choose another name with --dataset.';
    if (found.source !== origin.source || found.format !== origin.format) {
      throw new UsageError(
        `The dataset "${name}" was imported from ${shownSources(found.source)} (${found.format}), not from ${shownSources(origin.source)} (${origin.format}). ${advice}`,
      );
    }
    if (found.options !== options) {
      throw new UsageError(
        `The dataset "${name}" was imported with the columns ${found.options}, not ${options}. ${advice}`,
      );
    }
    return { id: found.id, name };
  });
  return open.immediate();
}

export function setComplete(workspace: Workspace, dataset: Dataset, complete: boolean): void {
  workspace.sqlite.prepare('UPDATE datasets SET complete = ? WHERE id = ?').run(Number(complete), dataset.id);
}

/** Takes back a dataset that this import made. */
export async function dropDataset(workspace: Workspace, dataset: Dataset): Promise<void> {
  workspace.sqlite.prepare('DELETE FROM datasets WHERE id = ?').run(dataset.id);
  await rm(path.join(workspace.dir, 'pictures', dataset.name), { recursive: true, force: true });
}

/** The position after the last one that is stored. */
export function nextPosition(workspace: Workspace, dataset: Dataset): number {
  return workspace.sqlite
    .prepare('SELECT coalesce(max(position) + 1, 0) FROM samples WHERE dataset_id = ?')
    .pluck()
    .get(dataset.id) as number;
}

/** What an import says of a sample, in the order of `valuesOf`. */
export const columns = [
  ...['path', 'file', 'offset', 'length', 'encoding', 'parts', 'uid', 'caption', 'label'],
  ...['width', 'height', 'bytes', 'hash', 'modified', 'status', 'reason'],
  ...['brightness', 'contrast', 'sharpness'],
] as const;

export function valuesOf({ item, inspection: seen }: NewSample): (string | number | null)[] {
  const { part } = item;
  const { measures } = seen;
  const parts = item.members?.map(({ ending, offset, length }) => [ending, offset, length]);
  return [
    ...[item.path, item.file, part?.offset ?? null, part?.length ?? null, part?.encoding ?? null],
    ...[parts ? JSON.stringify(parts) : null, item.uid ?? null, item.caption, item.label],
    ...[seen.width, seen.height, seen.bytes, seen.hash, seen.modified],
    ...[seen.reason === null ? 'ok' : 'skipped', seen.reason],
    ...[measures?.brightness ?? null, measures?.contrast ?? null, measures?.sharpness ?? null],
  ];
}

/** Stores samples at `position` and after it, within a transaction of {@link writing}. @returns their ids, ascending. */
export function insertSamples(
  workspace: Workspace,
  dataset: Dataset,
  position: number,
  samples: readonly NewSample[],
): number[] {
  const insert = workspace.sqlite.prepare(
    `INSERT INTO samples (dataset_id, position, ${columns.join(', ')}) VALUES (?, ?${', ?'.repeat(columns.length)})`,
  );
  return samples.map((sample, i) => {
    const { lastInsertRowid } = insert.run(dataset.id, position + i, ...valuesOf(sample));
    return Number(lastInsertRowid);
  });
}

/** Runs `work` as one transaction. @throws {DistilleryError} on a full disk, or when another process imports too. */
export function writing<T>(workspace: Workspace, dataset: Dataset, work: () => T): T {
  try {
    return workspace.sqlite.transaction(work).immediate();
  } catch (error) {
    if (isDiskFull(error)) {
      throw new DistilleryError(
        `The disk with ${workspace.dir} is full. What was imported is kept; free space and run the same command again.`,
        { cause: error },
      );
    }
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_UNIQUE') {
      throw new DistilleryError(
        `Another process imports into the dataset "${dataset.name}". Wait for it, or stop it.`,
        { cause: error },
      );
    }
    throw error;
  }
}

export interface Summary {
  imported: number;
  skipped: number;
  /** Skipped pairs by reason, most frequent first. */
  reasons: Record<string, number>;
  /** The first 20 in the source's order, with the detail of each. */
  skippedItems: { path: string; reason: string }[];
}

/** What the dataset holds now. */
export function summarise(workspace: Workspace, dataset: Dataset): Summary {
  const { sqlite } = workspace;
  const imported = sqlite
    .prepare(`SELECT count(*) FROM samples WHERE dataset_id = ? AND status = 'ok'`)
    .pluck()
    .get(dataset.id) as number;
  const reasons = sqlite
    .prepare<[number], { kind: string; count: number }>(
      `SELECT CASE instr(reason, ': ') WHEN 0 THEN reason ELSE substr(reason, 1, instr(reason, ': ') - 1) END AS kind,
         count(*) AS count
       FROM samples WHERE dataset_id = ? AND status = 'skipped' GROUP BY kind ORDER BY count DESC, kind`,
    )
    .all(dataset.id);
  const skippedItems = sqlite
    .prepare<[number], { path: string; reason: string }>(
      `SELECT path, reason FROM samples WHERE dataset_id = ? AND status = 'skipped' ORDER BY id LIMIT 20`,
    )
    .all(dataset.id);
  return {
    imported,
    skipped: reasons.reduce((sum, { count }) => sum + count, 0),
    reasons: Object.fromEntries(reasons.map(({ kind, count }) => [kind, count])),
    skippedItems,
  };
}
