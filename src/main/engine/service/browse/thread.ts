/** @file The thread itself: it has its own connections, and answers one task after another. */

import { parentPort } from 'node:worker_threads';
import { decide } from '../../decisions/decide.ts';
import { undo } from '../../decisions/history.ts';
import { messageOf } from '../../errors.ts';
import { silentContext, type StageContext } from '../../progress.ts';
import { openWorkspace, type Workspace } from '../../store/workspace.ts';
import type { BrowseLabels } from '../../../../preload/browse.ts';
import { listSamples } from './list.ts';
import { toThread, type FromThread, type Task } from './tasks.ts';

const mostLabels = 500;

const opened = new Map<string, Workspace>();
const port = parentPort!;
const tell = (message: FromThread, transfer: ArrayBuffer[] = []): void => {
  port.postMessage(message, transfer);
};

let last: Promise<void> = Promise.resolve();
port.on('message', (message: unknown) => {
  const { id, dir, task } = toThread.parse(message);
  last = last.then(() => answer(id, dir, task));
});

async function answer(id: number, dir: string, task: Task): Promise<void> {
  try {
    const value = await carryOut(dir, task);
    tell({ id, value }, value instanceof Float64Array ? [value.buffer as ArrayBuffer] : []);
  } catch (error) {
    tell({ id, error: { name: error instanceof Error ? error.name : 'Error', message: messageOf(error) } });
  }
}

async function carryOut(dir: string, task: Task): Promise<unknown> {
  if (task.kind === 'close') {
    opened.get(dir)?.close();
    opened.delete(dir);
    return undefined;
  }
  const workspace = opened.get(dir) ?? openWorkspace(dir);
  opened.set(dir, workspace);
  switch (task.kind) {
    case 'list':
      return listSamples(workspace, task.query, contextOf(dir));
    case 'labels':
      return labelsOf(workspace, task.dataset);
    case 'decide': {
      const { dataset, verdict: kind, samples, annotator } = task;
      const { decision, effect } = await decide(workspace, { dataset, kind, samples, annotator });
      return { decision, count: samples.length, atOnce: effect !== null };
    }
    case 'undo': {
      const { dataset, annotator } = task;
      const { decision, samples, effect } = await undo(workspace, { dataset, annotator });
      return { decision, count: samples.length, atOnce: effect !== null };
    }
  }
}

const contextOf = (dir: string): StageContext => ({
  ...silentContext(),
  onProgress: ({ done, total }) => {
    tell({ dir, indexing: { done, total } });
  },
});

/** Reads every sample of the dataset. */
const labelsOf = ({ sqlite }: Workspace, dataset: number): BrowseLabels =>
  sqlite
    .prepare<[number, number], BrowseLabels[number]>(
      `SELECT label, count(*) AS images FROM samples WHERE dataset_id = ? AND label IS NOT NULL
       GROUP BY label ORDER BY images DESC, label LIMIT ?`,
    )
    .all(dataset, mostLabels);
