/** @file The dashboard: all charts of the shown runs on one axis, with what they share above them. */

import { useMemo } from 'react';
import type { Run } from '../../../preload/contract.ts';
import { Empty } from '../../components/Panel.tsx';
import { Segments } from '../../components/Segments.tsx';
import { axisBounds, chartsOf, clockOf, formatOn, setAxis, useChartView } from '../../state/runCharts.ts';
import { axes, hasAxis, smoothingWeight, type Axis } from '../../state/series.ts';
import type { RunData } from '../../state/runs.ts';
import { ChartPanel } from './ChartPanel.tsx';

const axisLabels: Record<Axis, string> = { step: 'Step', epoch: 'Epoch', samples: 'Samples', time: 'Time' };

export function RunCharts({ run, data }: { run: Run; data: RunData[] }) {
  const axis = useChartView((state) => state.axis);
  const usable = axes.filter((one) => data.every((each) => hasAxis(one, clockOf(each))));
  const shownAxis = usable.includes(axis) ? axis : 'step';
  const ends = useMemo(() => axisBounds(data, shownAxis), [data, shownAxis]);
  const charts = useMemo(() => chartsOf(data), [data]);
  if (charts.length === 0) {
    return (
      <Empty title={run.state === 'running' ? 'Waiting for the first steps' : 'This run has no steps'}>
        {run.state === 'running' && <p>The model is compiled first; that takes seconds, or minutes for a large one.</p>}
      </Empty>
    );
  }
  return (
    <>
      <Tools axis={shownAxis} usable={usable} ends={ends} />
      <div className="run-charts" data-compared={data.length > 1 || undefined} tabIndex={-1}>
        {charts.map((kind) => (
          <ChartPanel key={kind.title} kind={kind} data={data} axis={shownAxis} ends={ends} />
        ))}
      </div>
    </>
  );
}

function Tools({ axis, usable, ends }: { axis: Axis; usable: Axis[]; ends: [number, number] }) {
  const smoothing = useChartView((state) => state.smoothing);
  const logY = useChartView((state) => state.logY);
  const view = useChartView((state) => state.view);
  const weight = smoothingWeight(smoothing);
  return (
    <div className="run-tools" role="group" aria-label="All charts">
      <Segments
        label="Axis"
        value={axis}
        options={usable.map((value) => ({ value, label: axisLabels[value] }))}
        onChange={setAxis}
      />
      <label className="run-smoothing">
        Smoothing
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={smoothing}
          aria-valuetext={weight === 0 ? 'none' : `over about ${Math.round(1 / (1 - weight))} points`}
          onChange={(event) => {
            useChartView.setState({ smoothing: Number(event.target.value) });
          }}
        />
        <span className="muted">{weight === 0 ? 'none' : `${Math.round(1 / (1 - weight))} points`}</span>
      </label>
      <button
        type="button"
        className="chip"
        aria-pressed={logY}
        onClick={() => {
          useChartView.setState({ logY: !logY });
        }}
      >
        Log scale
      </button>
      {view ? (
        <button
          type="button"
          className="chip"
          title="Show all (double click)"
          onClick={() => {
            useChartView.setState({ view: null });
          }}
        >
          {formatOn(axis, view.from)} to {formatOn(axis, view.to)} ✕
        </button>
      ) : (
        <span className="muted run-hint">
          {formatOn(axis, ends[0])} to {formatOn(axis, ends[1])}. Drag to zoom, Shift and drag to move.
        </span>
      )}
    </div>
  );
}
