/** @file A chart as shapes in pixels, which a canvas and an SVG draw alike. */

import { envelopeOf } from './envelope.ts';
import { extentOf, keyPoints, type Points } from './reduce.ts';
import { linearScale, logScale, type Scale } from './scale.ts';

export interface Line {
  label: string;
  color: string;
  /** Lengths of strokes and gaps in pixels; empty: through. */
  dash: readonly number[];
  xs: Float64Array;
  raw: Float32Array<ArrayBuffer>;
  /** Null: the raw curve stands alone. */
  smoothed: Float32Array<ArrayBuffer> | null;
}

export interface Marker {
  x: number;
  kind: 'checkpoint' | 'evaluation' | 'alarm';
  text: string;
}

export interface ChartSpec {
  width: number;
  height: number;
  /** Shown part of the x axis. */
  from: number;
  to: number;
  logY: boolean;
  /** Bounds of a share or percentage; null: as the values are. */
  bounds: readonly [number, number] | null;
  wholeX: boolean;
  formatX: (x: number) => string;
  formatY: (y: number) => string;
  lines: readonly Line[];
  markers: readonly Marker[];
}

export interface Stroke {
  /** x, y, x, y ... */
  points: Float32Array;
  /** Of more points than columns of pixels: how far they reach in each (`envelopeOf`). */
  envelope: Float32Array | null;
  color: string;
  width: number;
  opacity: number;
  dash: readonly number[];
}

export interface Drawing {
  width: number;
  height: number;
  plot: { left: number; top: number; right: number; bottom: number };
  x: Scale;
  y: Scale;
  xLabels: { at: number; text: string }[];
  yLabels: { at: number; text: string }[];
  strokes: Stroke[];
  markers: (Marker & { at: number })[];
}

/** Half the width of a digit at 11 px. */
const halfLetter = 3.4;
const margin = { top: 10, right: 14, bottom: 22, left: 58 };

export function drawChart(spec: ChartSpec): Drawing {
  const { width, height, from, to, logY, lines } = spec;
  const plot = { left: margin.left, top: margin.top, right: width - margin.right, bottom: height - margin.bottom };
  const columns = Math.max(1, Math.round(plot.right - plot.left));
  const reduced = lines.map(({ xs, raw, smoothed }) => ({
    raw: reduce({ xs, ys: raw }),
    smoothed: smoothed && reduce({ xs, ys: smoothed }),
  }));
  const x = linearScale(from, to, Math.max(2, Math.floor(columns / 90)), spec.wholeX);
  const y = yScale(
    reduced.flatMap(({ raw, smoothed }) => [raw.extent, smoothed?.extent].filter((extent) => extent !== undefined)),
    spec,
    Math.max(2, Math.floor((plot.bottom - plot.top) / 34)),
  );
  // the scales once more, since a function called for each of so many points makes a number on the heap each time
  const onY = (value: number): number => (logY ? Math.log10(value) : value);
  const low = onY(y.from(0));
  const perX = (plot.right - plot.left) / (to - from || 1);
  const perY = (plot.bottom - plot.top) / (onY(y.from(1)) - low);
  const limit = plot.bottom - plot.top;
  const shape = ({ xs, ys }: Points, indices: Uint32Array): Pick<Stroke, 'points' | 'envelope'> => {
    const points = new Float32Array(2 * indices.length);
    for (let at = 0; at < indices.length; at++) {
      const i = indices[at]!;
      const value = ys[i]!;
      points[2 * at] = plot.left + (xs[i]! - from) * perX;
      // infinity lies above the plot
      const height = ((logY ? Math.log10(value) : value) - low) * perY;
      points[2 * at + 1] = plot.bottom - Math.max(-limit, Math.min(2 * limit, height));
    }
    return { points, envelope: indices.length > columns ? envelopeOf(points, plot.left, columns) : null };
  };
  const strokes = lines.flatMap(({ color, dash, xs }, index): Stroke[] => {
    const { raw, smoothed } = reduced[index]!;
    const rawStroke = { ...shape({ xs, ys: raw.ys }, raw.indices), color };
    if (!smoothed) return [{ ...rawStroke, width: 1.5, opacity: 1, dash }];
    return [
      { ...rawStroke, width: 1, opacity: 0.3, dash: [] },
      { ...shape({ xs, ys: smoothed.ys }, smoothed.indices), color, width: 1.75, opacity: 1, dash },
    ];
  });
  // all raw curves lie behind all smoothed ones
  strokes.sort((a, b) => a.opacity - b.opacity);
  const inside = (value: number): boolean => value >= from && value <= to;
  const atX = (value: number): number => plot.left + x.to(value) * (plot.right - plot.left);
  return {
    width,
    height,
    plot,
    x,
    y,
    strokes,
    xLabels: x.ticks.filter(inside).map((tick) => {
      const text = spec.formatX(tick);
      // the last one ends at the edge
      return { at: Math.min(atX(tick), width - text.length * halfLetter - 2), text };
    }),
    yLabels: y.ticks.map((tick) => ({
      at: plot.bottom - y.to(tick) * (plot.bottom - plot.top),
      text: spec.formatY(tick),
    })),
    markers: spec.markers.filter((marker) => inside(marker.x)).map((marker) => ({ ...marker, at: atX(marker.x) })),
  };

  function reduce(points: Points) {
    const indices = knownKeyPoints(points, { from, to, columns, logY });
    return { ys: points.ys, indices, extent: extentOf(points.ys, indices) };
  }
}

interface Part {
  from: number;
  to: number;
  columns: number;
  logY: boolean;
}

/** By the room of the values: the slider changes the smoothed curves alone. */
const newest = new WeakMap<ArrayBuffer, { room: ArrayBufferLike; key: string; indices: Uint32Array }>();

function knownKeyPoints({ xs, ys }: Points, part: Part): Uint32Array {
  const room = xs.buffer;
  const key = JSON.stringify([ys.length, part]);
  const known = newest.get(ys.buffer);
  if (known?.room === room && known.key === key) return known.indices;
  const indices = keyPoints({ xs, ys }, part, part.logY);
  newest.set(ys.buffer, { room, key, indices });
  return indices;
}

function yScale(extents: [number, number][], { logY, bounds }: ChartSpec, ticks: number): Scale {
  if (extents.length === 0) return linearScale(...(bounds ?? [0, 1]), ticks);
  let low = Math.min(...extents.map(([least]) => least));
  let high = Math.max(...extents.map(([, greatest]) => greatest));
  if (logY) {
    if (low === high) [low, high] = [low / 2, high * 2];
    const room = (high / low) ** 0.04;
    return logScale(low / room, high * room, ticks);
  }
  if (bounds) return linearScale(Math.min(low, bounds[0]), Math.max(high, bounds[1]), ticks);
  if (low === high) [low, high] = [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
  const room = (high - low) * 0.05;
  // a curve of positive values has no place below zero
  return linearScale(low >= 0 ? Math.max(0, low - room) : low - room, high + room, ticks);
}
