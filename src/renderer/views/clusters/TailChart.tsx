/** @file The long tail: sizes of the clusters by rank, before balance and after, as in the paper's figure. */

import '../../components/charts.css';
import { useRef, useState } from 'react';
import type { ClusterFacts } from '../../../preload/contract.ts';
import { useSize } from '../../components/useSize.ts';
import { formatCount } from '../../state/format.ts';
import { rankScale, sizeScale } from '../../state/sizeScale.ts';

/** Room for the axes, in pixels. */
const margin = { top: 10, right: 12, bottom: 34, left: 52 };

type Tail = NonNullable<ClusterFacts['tail']>;

export function TailChart({ tail }: { tail: ClusterFacts['tail'] }) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const [pointed, setPointed] = useState<number | null>(null);
  const at = pointed ?? 0;
  return (
    <section className="chart" aria-label="Cluster sizes by rank">
      <h2>
        Cluster sizes by rank
        {tail && tail.rank.length > 0 && (
          <span className="tail-legend">
            <span className="tail-rank">rank {formatCount(tail.rank[at] ?? 1)}</span>
            <i className="tail-before" /> before {formatCount(tail.before[at] ?? 0)}
            <i className="tail-after" /> after {formatCount(tail.after[at] ?? 0)}
          </span>
        )}
      </h2>
      <div ref={host} className="chart-body">
        {tail === null ? (
          <p className="muted chart-none">The files of this clustering are gone. Cluster again to see its sizes.</p>
        ) : (
          size && <Tails tail={tail} {...size} pointed={pointed} onPoint={setPointed} />
        )}
      </div>
    </section>
  );
}

interface TailsProps {
  tail: Tail;
  width: number;
  height: number;
  /** Index of the rank under the pointer. */
  pointed: number | null;
  onPoint: (at: number | null) => void;
}

function Tails({ tail: { rank, after, before }, width, height, pointed, onPoint }: TailsProps) {
  const last = rank.at(-1) ?? 1;
  const all = [...after, ...before];
  const [ranks, sizes] = [rankScale(last), sizeScale(Math.min(...all), Math.max(...all))];
  const [inner, tall] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  const x = (value: number): number => margin.left + ranks.to(value) * inner;
  const y = (value: number): number => margin.top + (1 - sizes.to(value)) * tall;
  const line = (column: number[]): string =>
    `M${rank.map((one, at) => `${x(one).toFixed(1)},${y(column[at]!).toFixed(1)}`).join('L')}`;
  const base = margin.top + tall;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`${formatCount(last)} clusters by size: the largest holds ${formatCount(before[0] ?? 0)} images before balance and ${formatCount(after[0] ?? 0)} after, the smallest ${formatCount(before.at(-1) ?? 0)} and ${formatCount(after.at(-1) ?? 0)}`}
      onPointerMove={({ nativeEvent }) => {
        const place = (nativeEvent.offsetX - margin.left) / inner;
        onPoint(place < -0.02 || place > 1.02 ? null : nearest(rank, ranks.from(place)));
      }}
      onPointerLeave={() => {
        onPoint(null);
      }}
    >
      {sizes.ticks.map((tick) => (
        <g key={tick}>
          <line className="chart-grid" x1={margin.left} x2={width - margin.right} y1={y(tick)} y2={y(tick)} />
          <text className="chart-tick" x={margin.left - 6} y={y(tick) + 4} textAnchor="end">
            {formatCount(tick)}
          </text>
        </g>
      ))}
      {ranks.ticks.map((tick) => (
        <text key={tick} className="chart-tick" x={x(tick)} y={base + 14} textAnchor="middle">
          {formatCount(tick)}
        </text>
      ))}
      <text className="chart-tick" x={margin.left + inner / 2} y={height - 4} textAnchor="middle">
        cluster, the largest first
      </text>
      <text className="chart-tick" transform={`translate(10 ${margin.top + tall / 2}) rotate(-90)`} textAnchor="middle">
        images, log
      </text>
      <path className="tail-fill" d={`${line(after)}L${x(last)},${base}L${x(1)},${base}Z`} />
      <path className="tail-line tail-line-before" d={line(before)} />
      <path className="tail-line tail-line-after" d={line(after)} />
      {pointed !== null && (
        <g>
          <line className="chart-pointer" x1={x(rank[pointed]!)} x2={x(rank[pointed]!)} y1={margin.top} y2={base} />
          <circle className="tail-dot-before" cx={x(rank[pointed]!)} cy={y(before[pointed]!)} r={3.5} />
          <circle className="tail-dot-after" cx={x(rank[pointed]!)} cy={y(after[pointed]!)} r={3.5} />
        </g>
      )}
    </svg>
  );
}

/** Index of the rank that is nearest to `wanted`. */
function nearest(rank: number[], wanted: number): number {
  const next = rank.findIndex((one) => one >= wanted);
  if (next < 0) return rank.length - 1;
  return next > 0 && wanted - rank[next - 1]! < rank[next]! - wanted ? next - 1 : next;
}
