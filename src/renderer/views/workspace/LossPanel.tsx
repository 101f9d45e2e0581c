/** @file The loss curves of a run while it goes: each term can be switched off, the values under the pointer are told. */

import './lossPanel.css';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Empty, Failure, Loading, Panel } from '../../components/Panel.tsx';
import { Chart } from '../../components/chart/Chart.tsx';
import { Select } from '../../components/Select.tsx';
import { formatCount } from '../../state/format.ts';
import {
  axisBounds,
  chartsOf,
  formatTick,
  linesOf,
  markersOf,
  partOf,
  valueText,
  type ChartPart,
} from '../../state/runCharts.ts';
import { syncRuns, useRuns, type RunData } from '../../state/runs.ts';
import { showView } from '../../state/session.ts';
import { chooseRun, currentRun, useWorkspace } from '../../state/workspace.ts';

const smoothings = [0, 0.6, 0.9, 0.97, 0.99];

export function LossPanel() {
  const run = useWorkspace(currentRun);
  const data = useRuns((state) => (run ? state.data[run.id] : undefined));
  const failure = useRuns((state) => (run ? state.failures[run.id] : undefined));
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [smoothing, setSmoothing] = useState(0.6);
  const [logScale, setLogScale] = useState(false);
  // another run, or a step more of this one: the summary tells
  useEffect(() => {
    void syncRuns();
  }, [run]);
  const toggle = (metric: string): void => {
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
      ) : failure !== undefined ? (
        <Failure title="The run cannot be read" message={failure} />
      ) : !data ? (
        <Loading what="the curves" />
      ) : !data.curves['loss/overall'] ? (
        <Empty title={run.state === 'running' ? 'Waiting for the first steps' : 'This run has no steps'}>
          {run.error !== null && <p className="selectable">{run.error}</p>}
        </Empty>
      ) : (
        <Curves key={run.id} data={data} hidden={hidden} toggle={toggle} smoothing={smoothing} logScale={logScale} />
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
  data: RunData;
  hidden: ReadonlySet<string>;
  toggle: (metric: string) => void;
  smoothing: number;
  logScale: boolean;
}

const formatLoss = (y: number): string => formatTick('number', y);

function Curves({ data, hidden, toggle, smoothing, logScale }: CurvesProps) {
  const [cursor, setCursor] = useState<number | null>(null);
  const [part, setPart] = useState<ChartPart | null>(null);
  const loss = useMemo(() => chartsOf([data])[0]!, [data]);
  const lines = useMemo(() => linesOf(loss, [data], 'step', smoothing, hidden), [loss, data, smoothing, hidden]);
  const markers = useMemo(() => markersOf(data, 'step'), [data]);
  const ends = useMemo(() => axisBounds([data], 'step'), [data]);
  const onView = useCallback(
    (view: ChartPart | null) => {
      const shown = view === null ? null : partOf(view, ends);
      if (shown !== undefined) setPart(shown);
    },
    [ends],
  );
  const steps = data.curves['loss/overall']!.steps;
  return (
    <>
      <div className="loss-legend" role="group" aria-label="Loss terms">
        {loss.metrics.map(({ name, label, color }) => (
          <button
            key={name}
            type="button"
            className="loss-term"
            aria-pressed={!hidden.has(name)}
            onClick={() => {
              toggle(name);
            }}
          >
            <span className="loss-swatch" style={{ background: `var(${color})` }} />
            {label}
            <b>
              {valueText(
                loss.unit,
                lines.find((line) => line.label === label),
                cursor,
              )}
            </b>
          </button>
        ))}
        <span className="loss-step muted">step {formatCount(Math.round(cursor ?? steps.at(-1)!))}</span>
      </div>
      <Chart
        label={`Loss curves over ${formatCount(steps.length)} steps`}
        from={part?.from ?? ends[0]}
        to={part?.to ?? ends[1]}
        bounds0={ends}
        logY={logScale}
        bounds={null}
        wholeX
        formatX={formatCount}
        formatY={formatLoss}
        lines={lines}
        markers={markers}
        cursor={cursor}
        onCursor={setCursor}
        onView={onView}
      />
    </>
  );
}
