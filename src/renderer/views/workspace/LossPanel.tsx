/** @file The loss curves of a run while it goes: each term can be switched off, the values under the pointer are told. */

import './lossPanel.css';
import { useMemo, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Empty, Panel } from '../../components/Panel.tsx';
import { LineChart } from '../../components/LineChart.tsx';
import { Select } from '../../components/Select.tsx';
import { lastValue, lossSeries, smooth, type Column, type Curve, type LossMetric } from '../../state/curve.ts';
import { formatCount, formatValue } from '../../state/format.ts';
import { showView } from '../../state/session.ts';
import { chooseRun, currentRun, useWorkspace } from '../../state/workspace.ts';

const smoothings = [0, 0.6, 0.9, 0.97, 0.99];

export function LossPanel() {
  const curve = useWorkspace((state) => state.curve);
  const run = useWorkspace(currentRun);
  const [hidden, setHidden] = useState<ReadonlySet<LossMetric>>(new Set());
  const [smoothing, setSmoothing] = useState(0.6);
  const [logScale, setLogScale] = useState(false);
  const toggle = (metric: LossMetric): void => {
    setHidden((before) => before.symmetricDifference(new Set([metric])));
  };
  const tools = run && (
    <>
      <Button
        kind="quiet"
        onClick={() => {
          showView('runs');
        }}
      >
        All charts
      </Button>
      <RunChoice />
      <Select
        label="Smoothing"
        value={String(smoothing)}
        options={smoothings.map((value) => ({
          value: String(value),
          label: value === 0 ? 'Not smoothed' : `Smoothing ${value}`,
        }))}
        onChange={(value) => {
          setSmoothing(Number(value));
        }}
      />
      <button
        type="button"
        className="chip"
        aria-pressed={logScale}
        onClick={() => {
          setLogScale(!logScale);
        }}
      >
        Log scale
      </button>
    </>
  );
  return (
    <Panel title="Loss" tools={tools}>
      {!run ? (
        <Empty title="No training run yet">
          <p>The loss and its terms are drawn here, step by step, while a student is distilled.</p>
        </Empty>
      ) : curve?.run !== run.id || curve.steps.length === 0 ? (
        <Empty title={run.state === 'running' ? 'Waiting for the first steps' : 'This run has no steps'}>
          {run.error !== null && <p className="selectable">{run.error}</p>}
        </Empty>
      ) : (
        <Curves curve={curve} hidden={hidden} toggle={toggle} smoothing={smoothing} logScale={logScale} />
      )}
    </Panel>
  );
}

function RunChoice() {
  const runs = useWorkspace((state) => state.summary?.runs) ?? [];
  const choice = useWorkspace((state) => state.runChoice);
  return (
    <Select
      label="Run"
      value={choice ?? ''}
      options={[
        { value: '', label: `Newest run: ${runs[0]?.student ?? ''}` },
        ...runs.map(({ id, student, step }) => ({
          value: id,
          label: `${student}, ${formatCount(step)} steps (${id})`,
        })),
      ]}
      onChange={(value) => {
        chooseRun(value === '' ? null : value);
      }}
    />
  );
}

interface CurvesProps {
  curve: Curve;
  hidden: ReadonlySet<LossMetric>;
  toggle: (metric: LossMetric) => void;
  smoothing: number;
  logScale: boolean;
}

function Curves({ curve, hidden, toggle, smoothing, logScale }: CurvesProps) {
  const [point, setPoint] = useState<number | null>(null);
  const lines = useMemo(
    () => lossSeries.map(({ metric, label }) => ({ label, color: `--series-${label}`, shown: !hidden.has(metric) })),
    [hidden],
  );
  const raw = useMemo(() => lossSeries.map(({ metric }) => curve.values[metric]), [curve]);
  const smoothed = useMemo(() => raw.map((column) => smooth(column, smoothing)), [raw, smoothing]);
  const step = curve.steps[point ?? curve.steps.length - 1] ?? 0;
  return (
    <>
      <div className="loss-legend" role="group" aria-label="Loss terms">
        {lossSeries
          .filter(({ metric }) => lastValue(curve.values[metric]) !== null)
          .map(({ metric, label }) => (
            <button
              key={metric}
              type="button"
              className="loss-term"
              aria-pressed={!hidden.has(metric)}
              onClick={() => {
                toggle(metric);
              }}
            >
              <span className="loss-swatch" style={{ background: `var(--series-${label})` }} />
              {label}
              <b>{valueAt(curve.values[metric], point)}</b>
            </button>
          ))}
        <span className="loss-step muted">step {formatCount(step)}</span>
      </div>
      <LineChart
        label={`Loss curves over ${formatCount(curve.steps.length)} steps`}
        steps={curve.steps}
        lines={lines}
        raw={raw}
        smoothed={smoothed}
        logScale={logScale}
        onPoint={setPoint}
      />
    </>
  );
}

function valueAt(column: Column, point: number | null): string {
  const value = point === null ? lastValue(column) : (column[point] ?? null);
  return value === null ? '–' : formatValue(value);
}
