/** @file The review's requests, each by a line or a few; see handlers.ts. */

import type { Agreement, Decided } from '../../../preload/contract.ts';
import type { reviewRequests } from '../../../preload/review.ts';
import { agreement, annotators, settle } from '../review/agreement.ts';
import { importDecisions } from '../decisions/importDecisions.ts';
import { exportDecisions } from '../export/decisions.ts';
import { silentContext } from '../progress.ts';
import type { Workspace } from '../store/workspace.ts';
import { applyRuleInThread, previewRule } from './bulkRule.ts';
import { memberPage, undecidedGroup } from './groups.ts';
import type { Handlers, OpenWorkspace } from './handlers.ts';
import {
  acceptGroup,
  clustersInside,
  cutGroup,
  cutView,
  decidedView,
  nameOf,
  partMembers,
  redoLast,
} from './review.ts';

/** Disagreements that are sent. */
const listed = 500;

export const reviewHandlers: Pick<Handlers, keyof typeof reviewRequests> = {
  'groups.undecided': ({ workspace }, query) => undecidedGroup(workspace, query),
  'decision.accept': (open, { group, annotator }) => telling(open, acceptGroup(open.workspace, group, annotator)),
  'decision.redo': (open, { dataset, annotator }) => telling(open, redoLast(open.workspace, dataset, annotator)),
  'cut.preview': ({ workspace }, { group, distance }) => cutView(workspace, group, distance),
  'decision.cut': (open, request) => telling(open, cutGroup(open.workspace, request)),
  'clusters.inside': ({ workspace }, { group, distance, limit }) => clustersInside(workspace, group, distance, limit),
  'clusters.members': ({ workspace }, { group, distance, cluster, after, limit }) =>
    memberPage(workspace, group, after, limit, partMembers(workspace, group, distance, cluster)),
  'rule.preview': ({ workspace }, { balance, limits }) => previewRule(workspace, balance, limits),
  'rule.apply': async (open, { dataset, keep, limits, annotator, dryRun }) => {
    const { workspace } = open;
    const request = { dir: workspace.dir, dataset: nameOf(workspace, dataset), keep, ...limits, annotator, dryRun };
    return telling(open, applyRuleInThread(request));
  },
  'agreement.annotators': ({ workspace }, { dataset }) => annotators(workspace, dataset),
  'agreement.compare': ({ workspace }, { dataset, annotators: names }) => compare(workspace, dataset, names),
  'agreement.settle': (open, { dataset, group, like, annotator }) =>
    telling(open, settleOne(open.workspace, { dataset, group, like, annotator })),
  'decisions.export': async ({ workspace }, { dataset, out }) =>
    exportDecisions({ workspace, dataset: nameOf(workspace, dataset) }, { out }, silentContext()),
  'decisions.import': async (open, { dataset, file }) => {
    const { workspace } = open;
    return telling(open, importDecisions(workspace, { dataset: nameOf(workspace, dataset), file }, silentContext()));
  },
};

/** The other windows and views hear of it at once. */
async function telling<T>({ watch }: OpenWorkspace, work: Promise<T>): Promise<T> {
  const result = await work;
  watch.poke();
  return result;
}

async function compare(workspace: Workspace, dataset: number, names: [string, string]): Promise<Agreement> {
  const asked = { dataset: nameOf(workspace, dataset), annotators: names };
  const { disagreements, ...numbers } = await agreement(workspace, asked, silentContext());
  return {
    ...numbers,
    disagreements: disagreements.slice(0, listed),
    disagreeing: disagreements.length,
    open: disagreements.filter(({ settledBy }) => settledBy === null).length,
  };
}

async function settleOne(
  workspace: Workspace,
  { dataset, ...request }: { dataset: number; group: number; like: string; annotator: string },
): Promise<Decided> {
  return decidedView(workspace, await settle(workspace, { dataset: nameOf(workspace, dataset), ...request }));
}
