/** @file Curves over steps: the raw one faint behind the smoothed one, drawn by uPlot on a canvas. */

import 'uplot/dist/uPlot.min.css';
import './lineChart.css';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import UPlot from 'uplot';
import { formatCount, formatValue } from '../state/format.ts';
import type { Column } from '../state/curve.ts';

/** How a curve looks. */
export interface Line {
  label: string;
  /** Name of a CSS variable. */
  color: string;
  shown: boolean;
}

interface LineChartProps {
  /** What the picture says, for those who do not see it. */
  label: string;
  /** The chart is built anew when another array comes. */
  lines: readonly Line[];
  steps: number[];
  /** Values of each line. */
  raw: Column[];
  smoothed: Column[];
  logScale: boolean;
  /** Index of the step under the pointer. */
  onPoint: (index: number | null) => void;
}

export function LineChart({ label, lines, steps, raw, smoothed, logScale, onPoint }: LineChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(undefined);
  const data = useRef<UPlot.AlignedData>([[]]);
  const dark = useSyncExternalStore(watchTheme, isDark);

  useEffect(() => {
    const columns = raw.flatMap((column, index) => [column, smoothed[index] ?? []]);
    data.current = [steps, ...(logScale ? columns.map(positive) : columns)];
    chart.current?.setData(data.current);
  }, [steps, raw, smoothed, logScale]);

  // after the effect above, so that a chart is never built without its data
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    // the colours of a canvas do not follow the theme by themselves, so `dark` builds anew
    const built = new UPlot(chartOptions(element, lines, logScale, onPoint), data.current, element);
    chart.current = built;
    const resize = new ResizeObserver(() => {
      built.setSize(sizeOf(element));
    });
    resize.observe(element);
    return () => {
      chart.current = undefined;
      resize.disconnect();
      built.destroy();
    };
  }, [lines, logScale, onPoint, dark]);

  return <div ref={host} className="line-chart" role="img" aria-label={label} />;
}

/** A logarithm has no place for the rest. */
const positive = (column: Column): Column => column.map((value) => (value !== null && value > 0 ? value : null));

const logarithmic: UPlot.Scale = {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's enum does not exist at run time
  distr: 3,
  // uPlot looks for ticks for ever between bounds that are not numbers, as when no curve is shown
  range: (_, min: number | null, max: number | null) =>
    min === null || max === null || !(min > 0) ? [0.1, 10] : UPlot.rangeLog(min, max, 10, false),
};

const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');
const isDark = (): boolean => darkQuery.matches;
const watchTheme = (changed: () => void): (() => void) => {
  darkQuery.addEventListener('change', changed);
  return () => {
    darkQuery.removeEventListener('change', changed);
  };
};

const sizeOf = (element: HTMLElement): { width: number; height: number } => ({
  width: element.clientWidth,
  height: element.clientHeight,
});

function chartOptions(
  element: HTMLElement,
  lines: readonly Line[],
  logScale: boolean,
  onPoint: LineChartProps['onPoint'],
): UPlot.Options {
  const styles = getComputedStyle(element);
  const color = (name: string): string => styles.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: color('--ink-3'),
    font: '11px "Inter Variable", sans-serif',
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    gap: 6,
  };
  return {
    ...sizeOf(element),
    padding: [12, 16, 0, 4],
    legend: { show: false },
    cursor: { points: { show: false }, y: false, drag: { x: true, y: false, setScale: true } },
    scales: { x: { time: false }, y: logScale ? logarithmic : {} },
    axes: [
      {
        ...axis,
        size: 28,
        incrs: wholeSteps,
        values: (_, ticks) => ticks.map(formatCount),
      },
      {
        ...axis,
        size: 52,
        values: (_, ticks: (number | null)[]) => ticks.map((tick) => (tick === null ? '' : formatTick(tick))),
      },
    ],
    series: [
      {},
      ...lines.flatMap((line): UPlot.Series[] => {
        const stroke = color(line.color);
        const common = { show: line.shown, points: { show: false }, spanGaps: true };
        return [
          { ...common, stroke, width: 1, alpha: 0.25 },
          { ...common, stroke, width: 1.75 },
        ];
      }),
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx } }) => {
          onPoint(idx ?? null);
        },
      ],
    },
  };
}

/** Distances of ticks: 1, 2, 5, 10, 20 ... */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((one) => one * 10 ** power)).flat();

const formatTick = (tick: number): string =>
  formatValue(tick)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
