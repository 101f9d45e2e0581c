/** @file Quality flags of a dataset for the view of data: counted in a thread, so that nothing else waits for it. */

import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { qualityFacts as schema, type QualityFacts } from '../../../preload/datasetFacts.ts';
import { qualityCounts } from '../quality/counts.ts';
import { flagNames } from '../quality/options.ts';
import { openWorkspace, type Workspace } from '../store/workspace.ts';

const task = z.object({ qualityOf: z.object({ dir: z.string(), dataset: z.int() }) });

/** @throws when the workspace cannot be read */
export async function qualityFacts({ dir }: Pick<Workspace, 'dir'>, dataset: number): Promise<QualityFacts> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { qualityOf: { dir, dataset } } });
  try {
    // rejects when the thread throws
    const [answer] = (await once(worker, 'message')) as [unknown];
    return schema.parse(answer);
  } finally {
    await worker.terminate();
  }
}

/** What is counted, in this thread. */
export function countQuality(workspace: Workspace, dataset: number): QualityFacts {
  const { flags, thresholds, ...numbers } = qualityCounts(workspace, dataset);
  const picture = workspace.sqlite
    .prepare<[number], 0 | 1>('SELECT file IS NOT NULL FROM samples WHERE id = ?')
    .pluck();
  return {
    ...numbers,
    thresholds,
    flags: flagNames
      .filter((flag) => flags[flag].count > 0)
      .map((flag) => ({
        flag,
        count: flags[flag].count,
        examples: flags[flag].examples.map(({ sampleId: sample, path, caption, width, height }) => {
          return { sample, path, caption, width, height, hasPicture: picture.get(sample) === 1 };
        }),
      }))
      .sort((a, b) => b.count - a.count),
  };
}

// the thread; other threads that import this file have no such task
const given = isMainThread ? undefined : task.safeParse(workerData).data;
if (given && parentPort) {
  const workspace = openWorkspace(given.qualityOf.dir);
  try {
    parentPort.postMessage(countQuality(workspace, given.qualityOf.dataset));
  } finally {
    workspace.close();
  }
}
