/** @file The view of all pictures: its requests, answered from lists that a thread makes. */

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Params, Result } from '../../../preload/contract.ts';
import { browseLabels, bulkDecided, mostDecided, pageCells, type browseRequests } from '../../../preload/browse.ts';
import { UsageError } from '../errors.ts';
import { writeWhole } from '../store/files.ts';
import { timestamp, type Workspace } from '../store/workspace.ts';
import { readCells, sampleDetail } from './browse/cells.ts';
import { findList, forgetLists, idsAt, makeList, needList } from './browse/lists.ts';
import { give, letGo, onIndexing } from './browse/work.ts';
import type { OpenWorkspace } from './handlers.ts';
import type { Emit } from './protocol.ts';

type Handlers = {
  [C in keyof typeof browseRequests]: (open: OpenWorkspace, params: Params<C>) => Result<C> | Promise<Result<C>>;
};

export const browseHandlers: Handlers = {
  'browse.open': async ({ workspace }, { query }) => {
    const list = await makeList(workspace.dir, query);
    return { list, total: needList(workspace.dir, list).ids.length };
  },
  'browse.page': ({ workspace }, { list: number, from }) => {
    const list = findList(workspace.dir, number);
    return list ? readCells(workspace, list.dataset, [...list.ids.subarray(from, from + pageCells)]) : null;
  },
  'browse.find': ({ workspace }, { list, sample }) => {
    const at = findList(workspace.dir, list)?.ids.indexOf(sample) ?? -1;
    return at < 0 ? null : at;
  },
  'browse.detail': ({ workspace }, { sample }) => sampleDetail(workspace, sample),
  'browse.labels': async ({ workspace }, { dataset }) =>
    browseLabels.parse(await give(workspace.dir, { kind: 'labels', dataset })),
  'browse.decide': async ({ workspace, watch }, { list: number, spans, kind, annotator }) => {
    const list = needList(workspace.dir, number);
    const dataset = datasetName(workspace, list.dataset);
    const samples = idsAt(list, spans, mostDecided);
    const task = { kind: 'decide', dataset, verdict: kind, samples, annotator } as const;
    const decided = bulkDecided.parse(await give(workspace.dir, task));
    watch.poke();
    return decided;
  },
  'browse.undo': async ({ workspace, watch }, { dataset, annotator }) => {
    const standing = 'SELECT 1 FROM decisions WHERE dataset_id = ? AND undone_at IS NULL LIMIT 1';
    if (workspace.sqlite.prepare(standing).get(dataset) === undefined)
      throw new UsageError('There is no decision to undo.');
    const task = { kind: 'undo', dataset: datasetName(workspace, dataset), annotator } as const;
    const undone = bulkDecided.parse(await give(workspace.dir, task));
    watch.poke();
    return undone;
  },
  'browse.selection': async ({ workspace }, { list, spans }) => {
    const ids = idsAt(needList(workspace.dir, list), spans);
    return { file: await writeSelection(workspace, ids), samples: ids.length };
  },
};

/** Windows hear how far the index of captions is. */
export function tellIndexing(dir: string, emit: Emit): void {
  onIndexing(dir, (progress) => {
    emit('browse.indexing', progress);
  });
}

/** After a workspace was closed. */
export function closeBrowse(dir: string): void {
  forgetLists(dir);
  void letGo(dir).catch(() => undefined);
}

function datasetName({ sqlite }: Workspace, dataset: number): string {
  const name = sqlite.prepare<[number], string>('SELECT name FROM datasets WHERE id = ?').pluck().get(dataset);
  if (name === undefined) throw new UsageError(`There is no dataset ${dataset} any more.`);
  return name;
}

/** One id a line, as `export --samples` reads them. */
async function writeSelection({ dir }: Workspace, ids: readonly number[]): Promise<string> {
  const folder = path.join(dir, 'selections');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${timestamp().replaceAll(/[^0-9]/g, '')}.txt`);
  await writeWhole(file, ids.map((id) => `${id}\n`).join(''));
  return file;
}
