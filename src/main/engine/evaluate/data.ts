/** @file Where labelled or captioned images come from: files of a known layout, a table, or a dataset of the workspace. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../errors.ts';
import { pictureOf } from '../pictureSource.ts';
import type { StageContext } from '../progress.ts';
import { findDataset, type Workspace } from '../store/workspace.ts';
import { readCifar } from './cifar.ts';
import type { EvaluationData, Example, SplitName } from './example.ts';
import { readFolder } from './folder.ts';
import { readIdx } from './idx.ts';
import { pictureName } from './picture.ts';
import { imagenetNames, imagenetIds } from './classes.ts';
import { findSet, locateOrExplain, type RegisteredSet } from './registry.ts';
import { readStl10 } from './stl10.ts';
import { readTable, tableEndings, type Columns } from './table.ts';
import { readWebDataset } from './webdataset.ts';

/** A path, a dataset of the workspace by name, or a registered set under the folder of all sets. */
export type DataSource = string | { dataset: string } | { set: string; root: string };

/** How a source is called in results. */
export function nameOf(source: DataSource): string {
  if (typeof source === 'string') return source;
  return 'set' in source ? source.set : source.dataset;
}

/**
 * One example per image; rows with the same image join their captions.
 * @throws {UsageError} when the source is missing, empty or of no known kind.
 */
export async function readData(
  source: DataSource,
  workspace: Workspace | undefined,
  context: StageContext,
  columns: Columns = {},
): Promise<EvaluationData> {
  const data = await readSource(source, workspace, context, columns);
  // the splits one after the other: each is encoded, and remembered, for itself
  const examples = joinByPicture(data.examples).sort((a, b) => placeOf(a.split) - placeOf(b.split));
  return { ...data, examples };
}

async function readSource(
  source: DataSource,
  workspace: Workspace | undefined,
  context: StageContext,
  columns: Columns,
): Promise<EvaluationData> {
  if (typeof source === 'string') return readPath(source, columns, context);
  if ('dataset' in source) return { examples: await readDataset(source.dataset, workspace) };
  const set = findSet(source.set);
  if (!set) throw new UsageError(`There is no set "${source.set}"; distillery evaluate list shows them.`);
  const data = await readPath(await locateOrExplain(set, source.root), columns, context);
  // what the data says of itself counts first
  return { ...(await namesOf(set)), ...data };
}

async function namesOf({ classNames, templates }: RegisteredSet): Promise<Partial<EvaluationData>> {
  const prompts = templates && { templates: await imagenetNames('templates') };
  if (Array.isArray(classNames)) return { classNames, ...prompts };
  if (classNames === undefined) return { ...prompts };
  const ids = { classIds: await imagenetIds(), onlyPresent: classNames === 'imagenet-subset' };
  return { classNames: await imagenetNames('classNames'), ...ids, ...prompts };
}

const placeOf = (split: SplitName | undefined): number => ['train', 'val', 'test', undefined].indexOf(split);

async function readPath(source: string, columns: Columns, context: StageContext): Promise<EvaluationData> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined)
    throw new UsageError(`There is no ${source}. Name a folder, a table or a dataset to evaluate on.`);
  const absolute = path.resolve(source);
  const known =
    (await readWebDataset(absolute, context)) ??
    (found.isDirectory()
      ? ((await readCifar(absolute)) ?? (await readStl10(absolute)) ?? (await readIdx(absolute)))
      : undefined);
  const data = known ?? {
    examples: await (found.isDirectory() ? readFolder(absolute, context) : readTable(absolute, columns)),
  };
  if (data.examples.length === 0) {
    const wanted = found.isDirectory() ? 'no image in class folders' : `no row (${tableEndings.join(', ')} are read)`;
    throw new UsageError(`${source} holds ${wanted}.`);
  }
  return data;
}

/** Usable samples of a dataset, in sample order. */
async function readDataset(name: string, workspace: Workspace | undefined): Promise<Example[]> {
  if (workspace === undefined) throw new UsageError(`The dataset "${name}" needs a workspace: pass --workspace DIR.`);
  const dataset = await findDataset(workspace, name);
  const rows = await workspace.db
    .selectFrom('samples')
    .select(['id', 'file', 'offset', 'length', 'encoding', 'caption', 'label'])
    .where('dataset_id', '=', dataset.id)
    .where('status', '=', 'ok')
    .orderBy('id')
    .execute();
  const examples: Example[] = [];
  for (const { id, caption, label, ...columns } of rows) {
    const picture = pictureOf(workspace.dir, columns);
    if (picture === null) continue;
    const captions = caption === '' ? [] : [caption];
    examples.push({ picture, sample: id, captions, ...(label !== null && { label }) });
  }
  if (examples.length === 0) {
    throw new UsageError(
      `Dataset "${name}" has no image files (${rows.length} samples), so nothing can be evaluated on it.`,
    );
  }
  return examples;
}

function joinByPicture(examples: Iterable<Example>): Example[] {
  const byName = new Map<string, Example>();
  for (const example of examples) {
    const name = pictureName(example.picture);
    const known = byName.get(name);
    if (known) for (const caption of example.captions) known.captions.push(caption);
    else byName.set(name, example);
  }
  return [...byName.values()];
}
