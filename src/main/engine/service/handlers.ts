/** @file The contract's workspace requests, each by one line; the types make sure that none is missing. */

import type { Params, Result, WorkspaceChannel } from '../../../preload/contract.ts';
import { commandOf } from '../../../preload/jobStart.ts';
import { UsageError } from '../errors.ts';
import { cancelJob, findJob, listJobs } from '../jobs.ts';
import type { Workspace } from '../store/workspace.ts';
import { browseHandlers } from './browse.ts';
import { clusterFacts } from './clusterFacts.ts';
import { dataFacts } from './dataFacts.ts';
import { qualityFacts } from './qualityFacts.ts';
import { balanceFacts, countGroups, groupDetail, groupPage, leakPage } from './groups.ts';
import { largestGroups, pipelineSummary } from './queries.ts';
import { decideInGroup, latestDecisions, undoLast } from './review.ts';
import { resultHandlers } from './results.ts';
import { reviewHandlers } from './reviewHandlers.ts';
import { mapsOf, someSamples } from './maps.ts';
import { searchSamples, stopSearch } from './search.ts';
import type { Emit } from './protocol.ts';
import { previewSource, stopPreview } from './preview.ts';
import { listQueue, removeQueued, startAgain, startOrQueue, startQueued } from './queue.ts';
import { distillEstimate, distillForm } from './distillForm.ts';
import { runFacts, runSeries } from './runs.ts';
import { readLog } from './startJob.ts';
import { knownTeachers } from './teachers.ts';
import { jobView, type Watch } from './watch.ts';

export interface OpenWorkspace {
  workspace: Workspace;
  watch: Watch;
  /** Tells the windows that show it. */
  emit: Emit;
}

export type Handlers = {
  [C in WorkspaceChannel]: (open: OpenWorkspace, params: Params<C>) => Result<C> | Promise<Result<C>>;
};

export const handlers: Handlers = {
  ...resultHandlers,
  'pipeline.summary': ({ workspace }) => pipelineSummary(workspace),
  'jobs.list': ({ workspace }) => listJobs(workspace).map(jobView),
  'job.start': ({ workspace, watch }, { job }) => {
    const started = startOrQueue(workspace, commandOf(job), watch.poke);
    watch.poke();
    return started;
  },
  'job.again': ({ workspace, watch }, { id }) => {
    const started = startAgain(workspace, id, watch.poke);
    watch.poke();
    return started;
  },
  'queue.list': ({ workspace }) => listQueue(workspace),
  'queue.remove': ({ workspace, watch }, { id }) => {
    removeQueued(workspace, id);
    watch.poke();
  },
  'queue.start': ({ workspace, watch }, { id }) => {
    const started = startQueued(workspace, id, watch.poke);
    watch.poke();
    return started;
  },
  'import.preview': ({ workspace }, request) => previewSource(workspace, request),
  'import.stopPreview': ({ workspace }) => stopPreview(workspace),
  'job.cancel': ({ workspace }, { id }) => {
    cancelJob(workspace, id);
  },
  'job.log': ({ workspace }, { id, from }) => {
    const { log } = findJob(workspace, id);
    if (log === null) throw new UsageError(`Job ${id} was started in a terminal; its output is there.`);
    return readLog(workspace, log, from);
  },
  'run.facts': ({ workspace }, { run }) => runFacts(workspace, run),
  'run.series': ({ workspace }, { run, wanted }) => runSeries(workspace, run, wanted),
  'distill.form': () => distillForm(),
  'distill.estimate': ({ workspace }, wanted) => distillEstimate(workspace, wanted),
  'groups.list': ({ workspace }, { balance, limit, members }) => largestGroups(workspace, balance, limit, members),
  'balance.facts': ({ workspace }, { balance }) => balanceFacts(workspace, balance),
  'groups.page': ({ workspace }, query) => groupPage(workspace, query),
  'groups.count': ({ workspace }, { balance, minSize }) => countGroups(workspace, balance, minSize),
  'group.detail': ({ workspace }, { group, after, limit }) => groupDetail(workspace, group, after, limit),
  'leaks.page': ({ workspace }, { balance, after, limit }) => leakPage(workspace, balance, after, limit),
  decide: async ({ workspace, watch }, verdict) => {
    const decided = await decideInGroup(workspace, verdict);
    watch.poke();
    return decided;
  },
  'decision.undo': async ({ workspace, watch }, { dataset, annotator }) => {
    const undone = await undoLast(workspace, dataset, annotator);
    watch.poke();
    return undone;
  },
  'decisions.list': ({ workspace }, { dataset, limit }) => latestDecisions(workspace, dataset, limit),
  'clustering.facts': ({ workspace }, { clustering }) => clusterFacts(workspace, clustering),
  'data.facts': ({ workspace }, { dataset }) => dataFacts(workspace, dataset),
  'data.quality': ({ workspace }, { dataset }) => qualityFacts(workspace, dataset),
  ...reviewHandlers,
  'teachers.list': ({ workspace }) => knownTeachers(workspace),
  'map.list': ({ workspace }, { dataset }) => mapsOf(workspace, dataset),
  'samples.some': ({ workspace }, { samples }) => someSamples(workspace, samples),
  'search.run': ({ workspace, emit }, question) =>
    searchSamples(workspace, question, (progress) => {
      emit('search.progress', { asker: question.asker, progress });
    }),
  'search.stop': (_, { asker }) => {
    stopSearch(asker);
  },
  ...browseHandlers,
};
