/** @file Colours of a map's points by cluster, fate or label, and the legend that explains them. */

import { formatCount } from './format.ts';
import type { MapPoints } from './mapPoints.ts';

export const colourings = ['cluster', 'fate', 'label'] as const;
export type Colouring = (typeof colourings)[number];

type Rgb = readonly [number, number, number];

export interface LegendEntry {
  name: string;
  colour: Rgb;
  /** Of points. */
  count: number;
  /** Which points: their value in `values`. */
  value: number;
}

export interface Colours {
  /** What is coloured, `[n]`: -1 or 0 means nothing. */
  values: ArrayLike<number>;
  colourOf: (value: number) => Rgb;
  /** Most frequent first, as many as fit. */
  legend: LegendEntry[];
  /** Entries that the legend leaves out. */
  more: number;
}

const legendLength = 14;
const grey: Rgb = [138, 146, 156];

/** What can be coloured by; the others have nothing to tell. */
export function colouringsOf({ clusters, balanced, labels }: MapPoints): Colouring[] {
  return colourings.filter((by) => (by === 'cluster' ? clusters > 0 : by === 'fate' ? balanced : labels.length > 0));
}

export function coloursOf(points: MapPoints, by: Colouring): Colours {
  switch (by) {
    case 'cluster':
      return withLegend(points.cluster, (value) => (value < 0 ? 'in no cluster' : `cluster ${formatCount(value)}`), {
        none: -1,
      });
    case 'label':
      return withLegend(points.label, (value) => points.labels[value - 1] ?? 'without label', { none: 0 });
    case 'fate':
      return withLegend(points.removed, (value) => (value === 1 ? 'removed' : 'kept'), {
        colourOf: (value) => (value === 1 ? [222, 110, 48] : [72, 128, 214]),
      });
  }
}

function withLegend(
  values: ArrayLike<number>,
  nameOf: (value: number) => string,
  {
    none,
    colourOf = (value) => (value === none ? grey : hue(value)),
  }: { none?: number; colourOf?: (value: number) => Rgb },
): Colours {
  const counts = new Map<number, number>();
  for (let i = 0; i < values.length; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  const legend = sorted.slice(0, legendLength).map(([value, count]) => ({
    ...{ value, count, name: nameOf(value), colour: colourOf(value) },
  }));
  return { values, colourOf, legend, more: sorted.length - legend.length };
}

/** Far apart for neighbouring numbers: steps of the golden angle, in three lightnesses that show on light and dark. */
function hue(value: number): Rgb {
  const angle = (value * 137.508) % 360;
  const lightness = [0.5, 0.62, 0.42][value % 3]!;
  const strength = 0.62 * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + angle / 30) % 12;
    return Math.round(255 * (lightness - strength * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Colours `[n, 4]`; with a selection the other points fade. */
export function paint(colours: Colours, selected: ReadonlySet<number> | null): Uint8Array {
  const { values, colourOf } = colours;
  const painted = new Uint8Array(4 * values.length);
  const known = new Map<number, Rgb>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let colour = known.get(value);
    if (!colour) known.set(value, (colour = colourOf(value)));
    painted[4 * i] = colour[0];
    painted[4 * i + 1] = colour[1];
    painted[4 * i + 2] = colour[2];
    painted[4 * i + 3] = selected === null || selected.has(i) ? 230 : 36;
  }
  return painted;
}

export const cssColour = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;
