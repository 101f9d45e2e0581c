/** @file Training runs: the list, the live charts of one or several, what tells them apart, and how to go on with them. */

import './runsView.css';
import { useEffect } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { Run } from '../../../preload/contract.ts';
import { Empty, Failure, Loading } from '../../components/Panel.tsx';
import { shownRuns, syncRuns, useRunList, useRuns, type RunData } from '../../state/runs.ts';
import { currentDataset, useWorkspace } from '../../state/workspace.ts';
import { FormButton } from '../forms/FormButton.tsx';
import { RunCharts } from './RunCharts.tsx';
import { CompareTable } from './CompareTable.tsx';
import { RunHead } from './RunHead.tsx';
import { RunList } from './RunList.tsx';
import { RunSettings } from './RunSettings.tsx';

export function RunsView() {
  const runs = useRunList();
  // a new run, a step more or another end: the summary tells
  useEffect(() => {
    void syncRuns();
  }, [runs]);
  if (runs.length === 0) return <NoRuns />;
  return (
    <div className="runs">
      <RunList runs={runs} />
      <Shown runs={runs} />
    </div>
  );
}

function NoRuns() {
  const dataset = useWorkspace(currentDataset);
  return (
    <Empty title="No training run yet">
      {dataset ? (
        <>
          <p>A student is distilled from the pairs that balance kept. Its losses are drawn here while it learns.</p>
          <FormButton form="distill" label="Distil…" />
        </>
      ) : (
        <>
          <p>There is nothing to train on yet. Import data first, then embed, balance and cluster it.</p>
          <FormButton form="import" label="Import data…" />
        </>
      )}
    </Empty>
  );
}

function Shown({ runs }: { runs: Run[] }) {
  const chosen = useRuns((state) => state.chosen);
  const others = useRuns((state) => state.others);
  const failures = useRuns((state) => state.failures);
  const tab = useRuns((state) => state.tab);
  const shown = shownRuns({ chosen, others }, runs);
  const first = shown[0]!;
  // the same array as long as it holds the same: charts are drawn anew for another one
  const data = useRuns(useShallow((state) => shown.map(({ id }) => state.data[id]).filter(isDefined)));
  const failure = failures[first.id];
  if (failure !== undefined) return <Failure title="The run cannot be read" message={failure} />;
  const own = data.find(({ facts }) => facts.run === first.id);
  if (!own) return <Loading what="the run" />;
  return (
    <div className="runs-shown">
      <RunHead run={first} data={own} compared={data.length} />
      {tab === 'charts' && <RunCharts run={first} data={data} />}
      {tab === 'compare' && <CompareTable data={data} />}
      {tab === 'settings' && <RunSettings data={own} />}
    </div>
  );
}

const isDefined = (data: RunData | undefined): data is RunData => data !== undefined;
