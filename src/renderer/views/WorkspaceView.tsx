/** @file An open workspace: the pipeline above, curves and groups beside the jobs below. */

import './workspaceView.css';
import type { WorkspaceInfo } from '../../preload/contract.ts';
import { Failure, Loading } from '../components/Panel.tsx';
import { useWorkspace } from '../state/workspace.ts';
import { EmptyWorkspace } from './workspace/EmptyWorkspace.tsx';
import { GroupsPanel } from './workspace/GroupsPanel.tsx';
import { Header } from './workspace/Header.tsx';
import { JobsPanel } from './workspace/JobsPanel.tsx';
import { LossPanel } from './workspace/LossPanel.tsx';
import { PipelineStrip } from './workspace/PipelineStrip.tsx';

export function WorkspaceView({ workspace }: { workspace: WorkspaceInfo }) {
  const summary = useWorkspace((state) => state.summary);
  const failure = useWorkspace((state) => state.failure);
  const noJobs = useWorkspace((state) => state.jobs.length === 0);
  return (
    <main className="workspace">
      <Header workspace={workspace} />
      {summary ? (
        <>
          <PipelineStrip summary={summary} />
          {summary.datasets.length === 0 && noJobs ? (
            <EmptyWorkspace workspace={workspace} />
          ) : (
            <div className="workspace-panels">
              <LossPanel />
              <GroupsPanel />
              <JobsPanel />
            </div>
          )}
        </>
      ) : failure === null ? (
        <Loading what="the workspace" />
      ) : (
        <Failure title="The workspace cannot be read" message={failure} />
      )}
    </main>
  );
}
