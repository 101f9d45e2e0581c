/** @file Where labelled or captioned images come from: a folder, a table, or a dataset of the workspace. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { nameOfPicture, pictureOf } from '../pictureSource.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import type { Example } from './example.ts';
import { readFolder } from './folder.ts';
import { readTable, tableEndings, type Columns } from './table.ts';

/** A path, or a dataset of the workspace by name. */
export type DataSource = string | { dataset: string };

/** How a source is called in results. */
export const nameOf = (source: DataSource): string => (typeof source === 'string' ? source : source.dataset);

/**
 * One example per image; rows with the same image join their captions.
 * @throws {UsageError} when the source is missing, empty or of no known kind.
 */
export async function readExamples(
  source: DataSource,
  workspace: Workspace | undefined,
  columns: Columns = {},
): Promise<Example[]> {
  if (typeof source !== 'string') return readDataset(source.dataset, workspace);
  const found = await stat(source).catch(() => undefined);
  if (found === undefined)
    throw new UsageError(`There is no ${source}. Name a folder, a table or a dataset to evaluate on.`);
  const read = found.isDirectory() ? readFolder(path.resolve(source)) : readTable(path.resolve(source), columns);
  const examples = joinByPicture(await read);
  if (examples.length === 0) {
    const wanted = found.isDirectory() ? 'no image in class folders' : `no row (${tableEndings.join(', ')} are read)`;
    throw new UsageError(`${source} holds ${wanted}.`);
  }
  return examples;
}

/** Usable samples of a dataset, in sample order. */
async function readDataset(name: string, workspace: Workspace | undefined): Promise<Example[]> {
  if (workspace === undefined) throw new UsageError(`The dataset "${name}" needs a workspace: pass --workspace DIR.`);
  const dataset = await findDataset(workspace, name);
  const rows = await workspace.db
    .selectFrom('samples')
    .select(['file', 'offset', 'length', 'encoding', 'caption', 'label'])
    .where('dataset_id', '=', dataset.id)
    .where('status', '=', 'ok')
    .orderBy('id')
    .execute();
  const examples: Example[] = [];
  for (const { caption, label, ...columns } of rows) {
    const picture = pictureOf(workspace.dir, columns);
    if (picture === null) continue;
    examples.push({ picture, captions: caption === '' ? [] : [caption], ...(label !== null && { label }) });
  }
  if (examples.length === 0) {
    throw new UsageError(
      `Dataset "${name}" has no image files (${rows.length} samples), so nothing can be evaluated on it.`,
    );
  }
  return joinByPicture(examples);
}

function joinByPicture(examples: Iterable<Example>): Example[] {
  const byName = new Map<string, Example>();
  for (const example of examples) {
    const name = nameOfPicture(example.picture);
    const known = byName.get(name);
    if (known) known.captions.push(...example.captions);
    else byName.set(name, example);
  }
  return [...byName.values()];
}
