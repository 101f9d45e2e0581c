/** @file A bulk rule of the window: decided in a thread, so that nothing else of the service waits for it. */

import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { keepRule, ruleResult, type RulePreview, type RuleResult } from '../../../preload/review.ts';
import type { RuleLimits } from '../../../preload/contract.ts';
import { applyRule, matchingGroups } from '../review/rule.ts';
import { UsageError } from '../errors.ts';
import { openWorkspace, type Workspace } from '../store/workspace.ts';
import { groupRows } from './groups.ts';

/** Groups of the preview's list. */
const first = 20;

export function previewRule(workspace: Workspace, balance: number, limits: RuleLimits): RulePreview {
  const { first: ids, ...counts } = matchingGroups(workspace, balance, limits, first);
  return { ...counts, first: groupRows(workspace, ids) };
}

const task = z.object({
  dir: z.string(),
  dataset: z.string(),
  keep: keepRule,
  maxDiameter: z.number().optional(),
  maxSize: z.number().optional(),
  maxWeakest: z.number().optional(),
  annotator: z.string(),
  dryRun: z.boolean(),
});
const answer = z.union([z.object({ refused: z.string() }), ruleResult]);

/** @throws {UsageError} as `applyRule` */
export async function applyRuleInThread(request: z.infer<typeof task>): Promise<RuleResult> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { bulkRule: request } });
  try {
    const [message] = (await once(worker, 'message')) as [unknown];
    const result = answer.parse(message);
    if ('refused' in result) throw new UsageError(result.refused);
    return result;
  } finally {
    await worker.terminate();
  }
}

// the thread; other threads that import this file have no such task
const given = isMainThread ? undefined : z.object({ bulkRule: task }).safeParse(workerData).data?.bulkRule;
if (given && parentPort) {
  const { dir, ...request } = given;
  const workspace = openWorkspace(dir);
  try {
    const { decision, groups, images, changed } = await applyRule(workspace, request);
    parentPort.postMessage({ decision, groups, images, changed });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    parentPort.postMessage({ refused: error.message });
  } finally {
    workspace.close();
  }
}
