/** @file Connects the service's events with the state. */

import type { Job } from '../../preload/contract.ts';
import { jobTitle } from '../../preload/jobTitle.ts';
import { on } from '../api/api.ts';
import { useBrowse } from './browse.ts';
import { takeSearchProgress } from './browseSearch.ts';
import { refresh, showWorkspace, takeJob, takeSummary, useWorkspace } from './workspace.ts';
import { syncRuns } from './runs.ts';
import { notify, useSession } from './session.ts';

export function connectEvents(): void {
  const isShown = (workspace: string): boolean => useWorkspace.getState().id === workspace;

  on('service.state', (service) => {
    const before = useSession.getState().service.state;
    useSession.setState({ service });
    if (service.state !== 'running' || before === 'running') return;
    if (before === 'restarting') notify('info', 'The service is back. Jobs were not interrupted.');
    void refresh();
  });
  on('job.progress', ({ workspace, job }) => {
    if (isShown(workspace)) takeJob(job);
  });
  on('job.finished', ({ workspace, job }) => {
    if (!isShown(workspace)) return;
    takeJob(job);
    // the overview has it in its list of jobs
    if (useSession.getState().view !== 'overview') tellEnd(job);
  });
  on('queue.changed', ({ workspace, queue }) => {
    if (isShown(workspace)) useWorkspace.setState({ queue });
  });
  on('pipeline.changed', ({ workspace, summary }) => {
    if (isShown(workspace)) takeSummary(summary);
  });
  on('browse.indexing', ({ workspace, done, total }) => {
    if (isShown(workspace)) useBrowse.setState({ indexing: done < total ? { done, total } : null });
  });
  on('search.progress', ({ workspace, asker, progress }) => {
    if (isShown(workspace)) takeSearchProgress(asker, progress);
  });
  on('metrics.appended', ({ workspace }) => {
    if (isShown(workspace)) void syncRuns();
  });
  useSession.subscribe(({ workspace }, before) => {
    if (workspace?.id !== before.workspace?.id) void showWorkspace(workspace?.id ?? null);
  });
}

function tellEnd(job: Job): void {
  if (job.state === 'failed') notify('error', `${jobTitle(job.command)} failed. ${job.error ?? ''}`);
  else notify('info', `${jobTitle(job.command)}: ${job.state === 'done' ? 'done' : 'stopped'}.`);
}
