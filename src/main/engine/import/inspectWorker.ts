/** @file A thread that looks at pictures, see inspectPool.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { MemoryBudget } from '../memoryBudget.ts';
import type { Numbered } from '../threadPool.ts';
import { inspect, type Inspected, type Inspection } from './inspect.ts';

export interface InspectRequest {
  item: Inspected;
}

export interface InspectReply {
  inspection: Inspection;
}

const memory = new MemoryBudget(workerData as MemoryBudget['shared']);

parentPort!.on('message', ({ id, item }: Numbered<InspectRequest>) => void look(id, item));

async function look(id: number, item: Inspected): Promise<void> {
  const inspection = await inspect(item, memory);
  parentPort!.postMessage({ id, inspection } satisfies Numbered<InspectReply>);
}
