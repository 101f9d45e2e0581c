/** @file Connects the service's events with the state. */

import { on } from '../api/api.ts';
import { followRun, refresh, showWorkspace, takeJob, takeSummary, useWorkspace } from './workspace.ts';
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
    if (isShown(workspace)) takeJob(job);
  });
  on('pipeline.changed', ({ workspace, summary }) => {
    if (isShown(workspace)) takeSummary(summary);
  });
  on('metrics.appended', ({ workspace }) => {
    if (isShown(workspace)) void followRun();
  });
  useSession.subscribe(({ workspace }, before) => {
    if (workspace?.id !== before.workspace?.id) void showWorkspace(workspace?.id ?? null);
  });
}
