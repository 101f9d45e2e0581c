/** @file The contract's workspace requests, each by one line; the types make sure that none is missing. */

import type { Params, Result, WorkspaceChannel } from '../../../preload/contract.ts';
import { UsageError } from '../errors.ts';
import { cancelJob, findJob, listJobs } from '../jobs.ts';
import type { Workspace } from '../store/workspace.ts';
import { largestGroups, pipelineSummary, runMetrics } from './queries.ts';
import { readLog, startJob } from './startJob.ts';
import { jobView, type Watch } from './watch.ts';

export interface OpenWorkspace {
  workspace: Workspace;
  watch: Watch;
}

type Handlers = {
  [C in WorkspaceChannel]: (open: OpenWorkspace, params: Params<C>) => Result<C> | Promise<Result<C>>;
};

export const handlers: Handlers = {
  'pipeline.summary': ({ workspace }) => pipelineSummary(workspace),
  'jobs.list': ({ workspace }) => listJobs(workspace).map(jobView),
  'job.start': ({ workspace, watch }, { job }) => {
    const id = startJob(workspace, job, watch.poke);
    watch.poke();
    return id;
  },
  'job.cancel': ({ workspace }, { id }) => {
    cancelJob(workspace, id);
  },
  'job.log': ({ workspace }, { id, from }) => {
    const { log } = findJob(workspace, id);
    if (log === null) throw new UsageError(`Job ${id} was started in a terminal; its output is there.`);
    return readLog(workspace, log, from);
  },
  'run.metrics': ({ workspace }, { run, names, since }) => runMetrics(workspace, run, names, since),
  'groups.list': ({ workspace }, { balance, limit, members }) => largestGroups(workspace, balance, limit, members),
};
