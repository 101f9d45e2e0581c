/** @file One chart with its legend: values under the pointer, curves to switch off, and saving. */

import { useCallback, useMemo, useRef } from 'react';
import { Chart, paperOf, resolveColor } from '../../components/chart/Chart.tsx';
import { drawChart, type ChartSpec, type Line } from '../../components/chart/drawing.ts';
import { chartSvg, paintCanvas } from '../../components/chart/paint.ts';
import { Icon } from '../../components/Icon.tsx';
import { request } from '../../api/api.ts';
import {
  formatOn,
  formatTick,
  linesOf,
  markersOf,
  showPart,
  toggleMetric,
  useChartView,
  valueText,
  type ChartKind,
} from '../../state/runCharts.ts';
import { smoothingWeight, type Axis } from '../../state/series.ts';
import type { RunData } from '../../state/runs.ts';
import { attempt, notify } from '../../state/session.ts';
import { useWorkspace } from '../../state/workspace.ts';
import { RunSwatch } from './RunSwatch.tsx';

interface ChartPanelProps {
  kind: ChartKind;
  data: RunData[];
  axis: Axis;
  ends: readonly [number, number];
}

const shareBounds = [0, 1] as const;
/** Of a saved picture, in pixels; a PNG has twice as many. */
const saved = { width: 1000, height: 420 };

export function ChartPanel({ kind, data, axis, ends }: ChartPanelProps) {
  const view = useChartView((state) => state.view);
  const smoothing = useChartView((state) => state.smoothing);
  const logY = useChartView((state) => state.logY);
  const hidden = useChartView((state) => state.hidden);
  const compared = data.length > 1;
  const lines = useMemo(
    () => linesOf(kind, data, axis, smoothingWeight(smoothing), hidden),
    [kind, data, axis, smoothing, hidden],
  );
  const markers = useMemo(() => (compared ? [] : data.flatMap((run) => markersOf(run, axis))), [data, axis, compared]);
  const formatX = useCallback((x: number) => formatOn(axis, x), [axis]);
  const formatY = useCallback((y: number) => formatTick(kind.unit, y), [kind.unit]);
  const spec: Omit<ChartSpec, 'width' | 'height'> = {
    from: view?.from ?? ends[0],
    to: view?.to ?? ends[1],
    logY,
    bounds: kind.unit === 'share' && !logY ? shareBounds : null,
    wholeX: axis === 'step' || axis === 'samples',
    formatX,
    formatY,
    lines,
    markers,
  };
  const points = lines.reduce((sum, { raw }) => sum + raw.length, 0);
  const onView = (part: { from: number; to: number } | null): void => {
    if (part === null) useChartView.setState({ view: null });
    else showPart(part.from, part.to, ends);
  };
  return (
    <section className="run-chart" data-wide={(kind.wide && !compared) || undefined} aria-label={kind.title}>
      <header>
        <h3>{kind.title}</h3>
        <Legend kind={kind} lines={lines} compared={compared} />
        <SaveMenu kind={kind} data={data} spec={spec} />
      </header>
      <Plot
        label={`${kind.title}: ${lines.length} curve${lines.length === 1 ? '' : 's'} of ${points} points`}
        spec={spec}
        ends={ends}
        onView={onView}
      />
    </section>
  );
}

interface PlotProps {
  label: string;
  spec: Omit<ChartSpec, 'width' | 'height'>;
  ends: readonly [number, number];
  onView: (part: { from: number; to: number } | null) => void;
}

/** Follows the pointer alone, so that the rest is not made anew with it. */
function Plot({ label, spec, ends, onView }: PlotProps) {
  const cursor = useChartView((state) => state.cursor);
  return <Chart {...spec} label={label} bounds0={ends} cursor={cursor} onCursor={setCursor} onView={onView} />;
}

const setCursor = (cursor: number | null): void => {
  useChartView.setState({ cursor });
};

function Legend({ kind, lines, compared }: { kind: ChartKind; lines: Line[]; compared: boolean }) {
  const cursor = useChartView((state) => state.cursor);
  const hidden = useChartView((state) => state.hidden);
  const text = (line: Line | undefined): string => valueText(kind.unit, line, cursor);
  if (compared) {
    return (
      <ul className="run-legend">
        {lines.map((line) => (
          <li key={line.label} className="run-term">
            <RunSwatch {...line} /> {line.label} <b>{text(line)}</b>
          </li>
        ))}
      </ul>
    );
  }
  if (kind.metrics.length === 1) {
    return (
      <p className="run-legend run-term">
        <b>{text(lines[0])}</b>
      </p>
    );
  }
  return (
    <div className="run-legend" role="group" aria-label={`Curves of ${kind.title}`}>
      {kind.metrics.map(({ name, label, color }) => (
        <button
          key={name}
          type="button"
          className="run-term"
          aria-pressed={!hidden.has(name)}
          onClick={() => {
            toggleMetric(name);
          }}
        >
          <RunSwatch color={color} dash={[]} /> {label} <b>{text(lines.find((line) => line.label === label))}</b>
        </button>
      ))}
    </div>
  );
}

interface SaveProps {
  kind: ChartKind;
  data: RunData[];
  spec: Omit<ChartSpec, 'width' | 'height'>;
}

function SaveMenu({ kind, data, spec }: SaveProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    menu.current?.removeAttribute('open');
  };
  const workspace = useWorkspace((state) => state.id);
  const name = `${data[0]?.facts.student ?? 'run'} ${kind.title.toLowerCase()}`;
  const tell = (file: string | null): void => {
    if (file !== null) notify('info', `Saved ${file}`);
  };
  const picture = async (format: 'png' | 'svg'): Promise<void> => {
    tell(await request('chart.save', { name, format, content: chartFile(kind.title, spec, format) }));
  };
  const table = async (): Promise<void> => {
    if (workspace === null) return;
    const metrics = kind.metrics.map((one) => one.name);
    tell(await request('chart.saveTable', { workspace, name, runs: data.map(({ facts }) => facts.run), metrics }));
  };
  const entries = [
    { label: 'PNG picture…', work: () => picture('png') },
    { label: 'SVG drawing…', work: () => picture('svg') },
    { label: 'CSV of all points…', work: table },
  ];
  return (
    <details
      ref={menu}
      className="run-save"
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) close();
      }}
      onKeyDown={({ key }) => {
        if (key === 'Escape') close();
      }}
    >
      <summary aria-label={`Save ${kind.title}`} title="Save">
        <Icon name="save" />
      </summary>
      <div role="group" aria-label={`Save ${kind.title} as`}>
        {entries.map(({ label, work }) => (
          <button
            key={label}
            type="button"
            onClick={() => {
              close();
              attempt(work());
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </details>
  );
}

/** The chart at its own size, as base64 of a PNG or text of an SVG. */
function chartFile(title: string, spec: Omit<ChartSpec, 'width' | 'height'>, format: 'png' | 'svg'): string {
  const lines = spec.lines.map((line) => ({ ...line, color: resolveColor(line.color) }));
  const drawing = drawChart({ ...spec, ...saved, lines });
  if (format === 'svg') return chartSvg(drawing, paperOf(), { title, entries: lines });
  const canvas = document.createElement('canvas');
  canvas.width = saved.width * 2;
  canvas.height = saved.height * 2;
  const context = canvas.getContext('2d')!;
  context.scale(2, 2);
  paintCanvas(context, drawing, paperOf());
  return canvas.toDataURL('image/png').replace(/^.*,/, '');
}
