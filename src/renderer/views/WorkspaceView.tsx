/** @file An open workspace: its views down the side, and the one that is shown. */

import './workspaceView.css';
import type { Summary, WorkspaceInfo } from '../../preload/contract.ts';
import { Failure, Loading } from '../components/Panel.tsx';
import { useSession } from '../state/session.ts';
import { useWorkspace } from '../state/workspace.ts';
import { NavBar } from '../app/NavBar.tsx';
import { BrowseView } from './browse/BrowseView.tsx';
import { ClustersView } from './clusters/ClustersView.tsx';
import { DataView } from './data/DataView.tsx';
import { ResultsView } from './results/ResultsView.tsx';
import { RunsView } from './runs/RunsView.tsx';
import { DuplicatesView } from './duplicates/DuplicatesView.tsx';
import { EmptyWorkspace } from './workspace/EmptyWorkspace.tsx';
import { GroupsPanel } from './workspace/GroupsPanel.tsx';
import { Header } from './workspace/Header.tsx';
import { JobsPanel } from './workspace/JobsPanel.tsx';
import { LossPanel } from './workspace/LossPanel.tsx';
import { NextStep } from './workspace/NextStep.tsx';
import { PipelineStrip } from './workspace/PipelineStrip.tsx';
import { RunningJob } from './workspace/RunningJob.tsx';

export function WorkspaceView({ workspace }: { workspace: WorkspaceInfo }) {
  const summary = useWorkspace((state) => state.summary);
  const failure = useWorkspace((state) => state.failure);
  const view = useSession((session) => session.view);
  return (
    <main className="workspace">
      <Header workspace={workspace} />
      <div className="workspace-body">
        <NavBar />
        {summary ? (
          <div className="workspace-view">
            {view !== 'overview' && <RunningJob />}
            <ShownView workspace={workspace} summary={summary} />
          </div>
        ) : failure === null ? (
          <Loading what="the workspace" />
        ) : (
          <Failure title="The workspace cannot be read" message={failure} />
        )}
      </div>
    </main>
  );
}

function ShownView({ workspace, summary }: { workspace: WorkspaceInfo; summary: Summary }) {
  const view = useSession((session) => session.view);
  switch (view) {
    case 'overview':
      return <Overview workspace={workspace} summary={summary} />;
    case 'browse':
      return <BrowseView />;
    case 'duplicates':
      return <DuplicatesView />;
    case 'clusters':
      return <ClustersView />;
    case 'data':
      return <DataView />;
    case 'results':
      return <ResultsView />;
    case 'runs':
      return <RunsView />;
  }
}

/** The pipeline above, curves and groups beside the jobs below. */
function Overview({ workspace, summary }: { workspace: WorkspaceInfo; summary: Summary }) {
  const noJobs = useWorkspace((state) => state.jobs.length === 0);
  return (
    <>
      <PipelineStrip summary={summary} />
      {summary.datasets.length > 0 && <NextStep summary={summary} />}
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
  );
}
