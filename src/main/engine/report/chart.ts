/** @file Charts as inline SVG: a small curve panel, and cluster sizes before and after on a logarithmic axis. */

import { html, type Markup } from './html.ts';
import { integer, plural, tick } from './format.ts';
import { finitePoints, sizeBins, smooth, thin, type Point, type SizeBin } from './series.ts';
import type { ReportClusters, ReportCurve } from './input.ts';

const panel = { width: 300, height: 150, left: 40, right: 8, top: 8, bottom: 22 };
const sizes = { width: 1040, height: 300, left: 44, right: 12, top: 14, bottom: 30 };
/** Set, not measured: smoothing would round off their corners. */
const exact = new Set(['lr', 'logitScale']);
/** More clusters are put together in neighbouring bins. */
export const mostBins = 90;

interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Maps [low, high] to [from, to]. */
const scale =
  ([low, high]: readonly [number, number], from: number, to: number) =>
  (value: number): number =>
    low === high ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from);

const at = (value: number): string => value.toFixed(1);

/** Up to about four round values within [low, high]. */
export function niceTicks(low: number, high: number): number[] {
  if (low === high) return [low];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** 1, 2, 5, 10, 20, ... within [low, high]; powers of ten alone when there would be too many. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  const decades = Math.log10(high / low);
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const factor of decades > 3 ? [1] : [1, 2, 5]) {
      const value = factor * 10 ** power;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  return ticks;
}

/** Raw values faint, smoothed ones strong; a few wild values leave the frame instead of flattening the rest. */
export function curvePanel(curve: ReportCurve, label: string): Markup {
  const points = finitePoints(curve);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return html`<p class="note">No values.</p>`;
  const domain = yDomain(points);
  const inner = { width: panel.width - panel.left - panel.right, height: panel.height - panel.top - panel.bottom };
  // room for the dot at the end
  const x = scale([first.x, last.x], 0, inner.width - 4);
  const y = scale(domain, inner.height - 2, 2);
  const line = (shown: readonly Point[]) => shown.map((p) => `${at(x(p.x))},${at(y(p.y))}`).join(' ');
  const smoothed = exact.has(curve.name) ? points : smooth(points);
  const bottom = panel.height - panel.bottom;
  return html`<svg viewBox="0 0 ${panel.width} ${panel.height}" role="img" aria-label="${label}">
    ${niceTicks(...domain).map(
      (value) =>
        html`<line
            class="grid"
            x1="${panel.left}"
            x2="${panel.width - panel.right}"
            y1="${at(panel.top + y(value))}"
            y2="${at(panel.top + y(value))}"
          />
          <text class="tick" x="${panel.left - 6}" y="${at(panel.top + y(value) + 3.5)}" text-anchor="end"
            >${tick(value)}</text
          >`,
    )}
    <svg x="${panel.left}" y="${panel.top}" width="${inner.width}" height="${inner.height}">
      <polyline class="raw" points="${line(thin(points, 400))}" />
      <polyline class="smooth" points="${line(thin(smoothed, 200))}" />
      <circle class="end" cx="${at(x(last.x))}" cy="${at(y(smoothed.at(-1)!.y))}" r="2.6" />
    </svg>
    <text class="tick" x="${panel.left}" y="${bottom + 15}">${integer(first.x)}</text>
    <text class="tick" x="${panel.width - panel.right}" y="${bottom + 15}" text-anchor="end">
      ${plural(last.x, 'step')}
    </text>
  </svg>`;
}

function yDomain(points: readonly Point[]): readonly [number, number] {
  const sorted = points.map(({ y }) => y).sort((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const [low, high] = [quantile(0.005), quantile(0.995)];
  const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
  const room = (high - low) / 2;
  // all of it where nothing is wild
  const shown = [Math.max(lowest, low - room), Math.min(highest, high + room)] as const;
  return shown[0] === shown[1]
    ? [shown[0] - Math.abs(shown[0]) / 2 - 1e-9, shown[1] + Math.abs(shown[1]) / 2 + 1e-9]
    : shown;
}

/** Each cluster as a drop from its size before to its size after, from the largest to the smallest. */
export function clusterChart({ before, after }: ReportClusters): Markup {
  const bins = sizeBins(before, after, mostBins);
  const shown = bins.flatMap((bin) => [bin.before, bin.after]).filter((size) => size > 0);
  const high = Math.max(...shown, 1) * 1.15;
  const low = Math.min(...shown, high / 1.15) / 1.15;
  const floor = sizes.height - sizes.bottom;
  const hasEmpty = bins.some((bin) => bin.before === 0 || bin.after === 0);
  // empty clusters have no logarithm: they lie on a line of their own under the axis
  const lowest = hasEmpty ? floor - 26 : floor;
  const toY = scale([Math.log(low), Math.log(high)], lowest, sizes.top);
  const y = (size: number) => (size > 0 ? toY(Math.log(size)) : floor);
  const step = (sizes.width - sizes.left - sizes.right) / bins.length;
  const ticks = [...logTicks(low, high).map((value) => ({ at: y(value), text: tick(value) }))];
  if (hasEmpty) ticks.push({ at: floor, text: '0' });
  return html`<svg
    viewBox="0 0 ${sizes.width} ${sizes.height}"
    role="img"
    aria-label="Pictures of each cluster before and after balancing"
  >
    ${ticks.map((value) => gridLine(sizes, value.at, value.text))}
    ${bins.map((bin, i) => drop(bin, sizes.left + (i + 0.5) * step, y, Math.min(5, step * 0.36)))}
    <text class="tick" x="${sizes.left}" y="${floor + 22}">largest cluster</text>
    <text class="tick" x="${sizes.width - sizes.right}" y="${floor + 22}" text-anchor="end">
      smallest of ${integer(before.length)}
    </text>
  </svg>`;
}

const gridLine = (frame: Frame, y: number, text: string): Markup =>
  html`<line class="grid" x1="${frame.left}" x2="${frame.width - frame.right}" y1="${at(y)}" y2="${at(y)}" />
    <text class="tick" x="${frame.left - 8}" y="${at(y + 3.5)}" text-anchor="end">${text}</text>`;

function drop(bin: SizeBin, x: number, y: (size: number) => number, radius: number): Markup {
  const what = bin.clusters === 1 ? 'cluster' : `mean of ${bin.clusters} clusters`;
  return html`<g
    ><title>${what}: ${tick(bin.before)} before, ${tick(bin.after)} after</title>
    <line class="drop" x1="${at(x)}" x2="${at(x)}" y1="${at(y(bin.before))}" y2="${at(y(bin.after))}" />
    <circle class="before" cx="${at(x)}" cy="${at(y(bin.before))}" r="${at(radius)}" />
    <circle class="after" cx="${at(x)}" cy="${at(y(bin.after))}" r="${at(radius)}"
  /></g>`;
}
